"""What the author of a wrapper defines, and what the clauses about wrappers share."""

import asyncio
from collections.abc import Sequence

import attrs

from llm_core.domain.messages import AssistantMessage, ReasoningPart, SystemMessage, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import ToolCall
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.testing.probe_chat import Outcome, ProbeChat
from llm_core.testing.scenarios import Scenario

from .author_api import ContractAuthorApi
from .modes import Mode, call_in_mode

ANSWER = ChatResponse(
    message=AssistantMessage(
        "A rather long answer.",
        tool_calls=[ToolCall(id="call_1", name="ring", arguments={"times": 2})],
        reasoning=[ReasoningPart("Let me see.", signature="signed")],
    ),
    raw_finish_reason="tool_use",
    usage=Usage(input_tokens=7, output_tokens=5),
    model="model-1",
    id="answer-1",
    ignored_settings=["seed"],
)
"""A response with every field."""


class WrapperAuthorApi(ContractAuthorApi):
    """Define `chat_for` and `wrap`; say in the attributes what your wrapper does beyond passing on."""

    chats: int = 1
    """How many chats `wrap` gets."""
    attempts_per_call: int = 1
    """The calls beneath, if each fails with a retryable error: of one chat or of several."""
    begins_in_callers_thread: bool = True
    """Whether the sync verbs make the calls beneath in the thread of the caller."""

    def chat_for(self, scenario: Scenario) -> ChatPort:
        """Return an adapter that keeps the contract, connected to a provider that plays *scenario*.

        As `arrange` of the contract of adapters: by ``self.fake_provider(scenario)`` or ``self.record(request)``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define chat_for(self, scenario) -> ChatPort")

    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        """Return the wrapper under test over *chats*, with nothing to wait for: no pauses, no delays."""
        raise NotImplementedError(f"{type(self).__name__} must define wrap(self, chats) -> ChatPort")

    def neutral(self, chat: ChatPort) -> ChatPort:
        """Return the wrapper over one chat so that it only passes on: one attempt, no limit, an empty store."""
        return self.wrap([chat])

    def arrange(self, scenario: Scenario) -> ChatPort:
        """Return the neutral form, which keeps the contract of adapters."""
        return self.neutral(self.chat_for(scenario))

    def wrapped(self, *outcomes: Outcome) -> tuple[ChatPort, list[ProbeChat]]:
        """Return the wrapper over probes, of which each plays *outcomes*."""
        probes = [ProbeChat(*outcomes) for _ in range(self.chats)]
        return self.wrap(probes), probes

    def require_next_answer(self, chat: ChatPort, mode: Mode) -> None:
        """Raise AssertionError unless the wrapper answers another call, after one that has ended early."""
        response = self.in_time(lambda: call_in_mode(chat, distinct_request(1), mode))
        assert ANSWER.message == response.message, "the next call of the wrapper is not answered as the chat answers"


def distinct_request(number: int) -> ChatRequest:
    """Return a request that differs from that of every other *number*, so that no cache answers it."""
    return ChatRequest(
        messages=[SystemMessage("Be brief."), UserMessage(f"Are you there, {number}?")],
        settings=ChatSettings(temperature=0.5, extra={"number": number}),
    )


def open_calls(probes: Sequence[ProbeChat]) -> str:
    """Return the calls beneath that are still in progress, for the message of an assertion; empty if there are none."""
    calls = [call for probe in probes for call in probe.calls if call.is_open]
    return ", ".join(f"{call.verb} after {call.sent} events" for call in calls)


async def until_idle(probes: Sequence[ProbeChat], seconds: float = 1.0) -> None:
    """Let the loop run until no call beneath is in progress, at most for *seconds*."""
    deadline = asyncio.get_running_loop().time() + seconds
    while open_calls(probes) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 -- threads end calls too
        await asyncio.sleep(0.01)


def fields_of(value: attrs.AttrsInstance) -> dict[str, object]:
    """Return the fields of a request, a response or a description by name."""
    return {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
