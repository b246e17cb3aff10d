"""Makes further calls of an adapter, many at once, and requires the answer to each of them."""

import asyncio
import functools
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import assert_never

import attrs

from llm_core.domain.errors import ChatError, UnsupportedFeatureError
from llm_core.domain.messages import SystemMessage, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import Tool
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.testing.capabilities import Capabilities
from llm_core.testing.expectations import expected_events
from llm_core.testing.fake_provider.server import FakeProvider
from llm_core.testing.scenarios import Echoes, Replies, Scenario

from .deadlock_guard import in_time

_WIDTH = 400  # characters of an outcome in a message
AT_ONCE = 16  # calls: more than most pools and semaphores have slots
PROMPT = 5.0  # seconds within which further calls are done: a hundred times what they take, and less than a wait
_ANSWER = Replies(text="Yes, still here.", usage=Usage(input_tokens=13, output_tokens=4), id="answer-of-a-further-call")
_TOOL = Tool(name="ring", description="Rings.", parameters={"type": "object", "properties": {}})
PLAIN_REQUEST = ChatRequest(messages=[UserMessage("Still here?")])
"""The request of a further call where the adapter refuses the other one, a combination."""
_EARLIER_ID = Replies().id
_SETTINGS = ChatSettings(temperature=0.5, max_tokens=20_000, seed=11, stop=["OVER"])  # room for reasoning


@functools.cache  # the same object for every clause, so that its normal form is made once
def next_request(claims: Capabilities) -> ChatRequest:
    """Return the request of the further calls: a tool and one setting of those that *claims* cover."""
    names = [name for name in ("temperature", "max_tokens", "seed", "stop") if name in claims.settings]
    return ChatRequest(
        messages=[SystemMessage("Be brief."), UserMessage("Still here?")],
        tools=[_TOOL] if claims.tools else [],
        settings=ChatSettings(**{name: getattr(_SETTINGS, name) for name in names[:1]}),
    )


@attrs.frozen
class Outcome:
    """What a call gave, for a person to read, the tokens that it reported, and the id of the answer."""

    text: str
    tokens: tuple[int | None, int | None] | None = None
    id: str | None = None

    def is_as(self, expected: "Outcome", *, has_usage: bool) -> bool:
        """Return whether it is *expected*, with an id that is not that of an earlier answer.

        Tokens may be missing unless the adapter *has_usage*.
        """
        is_own = self.id == expected.id or self.id != _EARLIER_ID
        tokens = (expected.tokens,) if has_usage else (None, expected.tokens)
        return self.text == expected.text and self.tokens in tokens and is_own

    def __str__(self) -> str:
        tokens = "" if self.tokens is None else f", tokens {self.tokens}"
        return f"{self.text}{tokens}{'' if self.id is None else f', id {self.id}'}"


@attrs.frozen
class Arranged:
    """A chat that `arrange` returned for *scenario*, and the fake providers that it started for it."""

    chat: ChatPort
    scenario: Scenario
    providers: tuple[FakeProvider, ...]
    request: ChatRequest
    has_usage: bool = False
    """Whether each answer must report its tokens."""

    def let_answer(self) -> Outcome:
        """Make every fake provider answer from now on; return the answer, or the error, that each next call must give.

        An adapter without one plays its scenario again.
        """
        for provider in self.providers:
            provider.play(_ANSWER)
        return self._outcome(self.providers[-1].visible(_ANSWER) if self.providers else self.scenario)

    def _outcome(self, scenario: Scenario) -> Outcome:
        try:
            return self.outcome_of(response_from_events(expected_events(scenario, self.request)))
        except ChatError as error:
            return self.outcome_of(error)

    def outcome_of(self, result: ChatResponse | Exception) -> Outcome:
        """Return the fields of a response that every provider and library reports alike; the class of an error.

        An exception that is no ChatError is shown whole. An echo in memory has no tokens.
        """
        match result:
            case ChatError():
                return Outcome(type(result).__name__)
            case Exception():
                return Outcome(repr(result))
            case ChatResponse():
                has_tokens = result.usage is not None and (self.providers or not isinstance(self.scenario, Echoes))
                return _shown(result, result.usage if has_tokens else None)
            case _:
                assert_never(result)


def require_answers(arranged: Arranged, modes: Sequence[str], count: int, seconds: float) -> None:
    """Make *count* calls at once, in turn in each of *modes*. AssertionError unless each is answered.

    AssertionError if a provider answers at once, and they are not; DeadlockError after *seconds*.
    """
    expected = arranged.let_answer()
    chosen = [modes[number % len(modes)] for number in range(count)]
    works: list[Callable[[], list[Outcome]]] = [
        partial(_sync, arranged, mode) for mode in chosen if not mode.startswith("a")
    ]
    if in_loop := [mode for mode in chosen if mode.startswith("a")]:
        works.append(lambda: asyncio.run(_all(arranged, in_loop)))
    began = time.monotonic()
    outcomes = [outcome for outcomes in in_time(seconds, *works) for outcome in outcomes]
    waited = time.monotonic() - began
    _require_all(arranged, expected, outcomes)
    if arranged.providers and waited > PROMPT:
        raise AssertionError(
            f"after the clause the adapter must answer as before:\n{len(outcomes)} further calls, made at once, took "
            f"{waited:.1f} seconds, and the provider answers at once"
        )


async def require_answers_in_loop(arranged: Arranged, modes: Sequence[str], count: int) -> None:
    """As `require_answers`, with the async *modes*, in the running loop."""
    expected = arranged.let_answer()
    outcomes = await _all(arranged, [modes[number % len(modes)] for number in range(count)])
    _require_all(arranged, expected, outcomes)


def _require_all(arranged: Arranged, expected: Outcome, outcomes: Sequence[Outcome]) -> None:
    """Raise AssertionError unless each of *outcomes* is *expected*."""
    wrong = [outcome for outcome in outcomes if not outcome.is_as(expected, has_usage=arranged.has_usage)]
    if wrong:
        lines = [
            "after the clause the adapter must answer as before:",
            f"{len(wrong)} of {len(outcomes)} further calls, made at once, gave something else",
            f"expected: {_cut(str(expected))}",
            f"the first wrong one: {_cut(str(wrong[0]))}",
        ]
        raise AssertionError("\n".join(lines))


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def _sync(arranged: Arranged, mode: str) -> list[Outcome]:
    try:
        try:
            return [arranged.outcome_of(_called(arranged.chat, arranged.request, mode))]
        except UnsupportedFeatureError:
            return [arranged.outcome_of(_called(arranged.chat, PLAIN_REQUEST, mode))]
    except Exception as error:  # noqa: BLE001 -- whatever it is, `_require_all` reports it
        return [arranged.outcome_of(error)]


async def _all(arranged: Arranged, modes: Sequence[str]) -> list[Outcome]:
    return await asyncio.gather(*(_async(arranged, mode) for mode in modes))


async def _async(arranged: Arranged, mode: str) -> Outcome:
    try:
        try:
            return arranged.outcome_of(await _acalled(arranged.chat, arranged.request, mode))
        except UnsupportedFeatureError:
            return arranged.outcome_of(await _acalled(arranged.chat, PLAIN_REQUEST, mode))
    except Exception as error:  # noqa: BLE001 -- as above
        return arranged.outcome_of(error)


def _called(chat: ChatPort, request: ChatRequest, mode: str) -> ChatResponse:
    if mode == "complete":
        return chat.complete(request)
    with chat.stream(request) as stream:
        return response_from_events(stream)


async def _acalled(chat: ChatPort, request: ChatRequest, mode: str) -> ChatResponse:
    if mode == "acomplete":
        return await chat.acomplete(request)
    async with chat.astream(request) as stream:
        return response_from_events([event async for event in stream])


def _shown(response: ChatResponse, usage: Usage | None) -> Outcome:
    message = response.message
    fields: dict[str, object] = {
        "text": message.content,
        "reasoning": "".join(part.text for part in message.reasoning),
        "calls": [(call.name, dict(call.arguments)) for call in message.tool_calls],
        "invalid calls": [(call.name, call.arguments_text) for call in message.invalid_tool_calls],
        "finish reason": response.finish_reason.value,
        "ignored settings": response.ignored_settings,
    }
    text = ", ".join(f"{name} {value!r}" for name, value in fields.items() if value)
    return Outcome(text, None if usage is None else (usage.input_tokens, usage.output_tokens), response.id)
