"""What a call through the gateway brings: facts by name, which are compared with the expected ones."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Literal, TypeAlias

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.tools import Tool
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.testing import FakeProvider
from llm_core.testing.clauses.modes import STREAMS, Mode, call_in_mode

from .stack import Stack

Facts: TypeAlias = Mapping[str, object]

WEATHER = Tool(
    name="weather",
    description="The weather in a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
_numbers = count(1)


@attrs.frozen(kw_only=True)
class Run:
    """One behaviour in one mode. `model` is a group of the gateway that no other run uses: failures put it aside."""

    stack: Stack
    mode: Mode
    model: str
    crowd: int
    """The number of calls where many are made at once."""


Backend: TypeAlias = Literal["first", "second", "responses", "dead"]


@attrs.frozen(kw_only=True)
class Behaviour:
    """Something that is promised, and how it is observed. The gateway's model has the backends `behind`."""

    name: str
    promise: str
    observe: Callable[[Run], Facts]
    expected: Facts
    expected_in_streams: Facts | None = None
    """None: as `expected`."""
    behind: Sequence[Backend] = ("first",)
    has_fallback: bool = False
    """Whether another group, which the second provider serves, stands in if all backends fail."""

    def model(self, mode: Mode) -> str:
        """Return the group of the gateway that one run of it has to itself."""
        return f"{self.name}, {mode}".replace(",", "").replace(" ", "-")

    def differences(self, mode: Mode, seen: Facts) -> str:
        """Return which facts were expected otherwise; empty if none was."""
        expected = (
            self.expected if mode not in STREAMS or self.expected_in_streams is None else self.expected_in_streams
        )
        found = (name for name in expected if seen.get(name) != expected[name])
        return ", ".join(f"{name}: {_shown(seen.get(name, seen.get('error')))}" for name in found)


def new_request(*tools: Tool, text: str = "Hello") -> ChatRequest:
    """Return a request that the gateway has not seen, so that it does not answer from its cache."""
    return ChatRequest(messages=[UserMessage(f"{text} {next(_numbers)}")], tools=tools)


def calls_at(provider: FakeProvider) -> int:
    """Return the number of model calls that reached *provider*; newer gateways also list its models."""
    return sum(not request.path.endswith("/models") for request in provider.recorder.requests)


def facts_of(chat: ChatPort, request: ChatRequest, mode: Mode) -> Facts:
    """Return what the answer to *request* holds, or the error."""
    try:
        return facts_of_response(call_in_mode(chat, request, mode))
    except ChatError as error:
        return facts_of_error(error)


def facts_of_response(response: ChatResponse) -> Facts:
    """Return what *response* holds."""
    usage = response.usage
    return {
        "text": response.text,
        "calls": [(call.id, call.name, dict(call.arguments)) for call in response.tool_calls],
        "invalid calls": [(call.name, call.arguments_text) for call in response.invalid_tool_calls],
        "reasoning": "".join(part.text for part in response.message.reasoning),
        "finish reason": response.finish_reason.value,
        "raw finish reason": response.raw_finish_reason,
        "usage": None if usage is None else _counts(usage),
        "cost": None if usage is None or usage.cost_usd is None else str(usage.cost_usd),
        "model": response.model,
        "error": None,
    }


def _counts(usage: Usage) -> tuple[int | None, ...]:
    """Return the tokens of input and output, and those of cache and reasoning among them."""
    return usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.reasoning_tokens


def facts_of_error(error: ChatError) -> Facts:
    """Return what *error* holds."""
    return {
        "error": type(error).__name__,
        "retryable": error.retryable,
        "retry after": error.retry_after,
        "has a request id": error.request_id is not None,
        "partial": None if error.partial is None else error.partial.content,
    }


def _shown(value: object) -> str:
    return value if isinstance(value, str) and value else repr(value)
