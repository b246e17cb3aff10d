"""The script of an `InMemoryChat`."""

import copy
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import TypeAlias

import attrs

from llm_core.domain import validators
from llm_core.domain.errors import ChatError, StreamInterruptedError
from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import ResponseBuilder, events_from_response
from llm_core.domain.responses import ChatResponse

from .request_diff import shown_difference, shown_request


def _no_end(_: object, field: validators.Field, events: tuple[StreamEvent, ...]) -> None:
    for index, event in enumerate(events):
        if isinstance(event, StreamEnd):
            raise ValueError(f"{field.name}[{index}]: a broken stream has no StreamEnd")


def _events(events: Sequence[StreamEvent]) -> tuple[StreamEvent, ...]:
    return validators.tuple_of("events", events, TextDelta, ReasoningDelta, ToolCallStart, ToolCallDelta, StreamEnd)


def _interrupted() -> ChatError:
    return StreamInterruptedError()


@attrs.frozen
class BrokenStream:
    """A response that breaks off: a stream yields `events` and then raises `error`; `complete` raises it."""

    events: tuple[StreamEvent, ...] = attrs.field(converter=_events, validator=_no_end)
    """The events before the break; no `StreamEnd`."""
    error: ChatError = attrs.field(factory=_interrupted, kw_only=True, validator=validators.instance(ChatError))
    """The error to raise, by default a `StreamInterruptedError`; its `partial` is filled in from `events`."""


Answer: TypeAlias = str | AssistantMessage | ChatResponse | ChatError | BrokenStream
_ANSWERS = "str, AssistantMessage, ChatResponse, ChatError or BrokenStream"


def _answer(_: object, field: validators.Field, value: Answer) -> None:
    if not isinstance(value, Answer):
        raise ValueError(f"{field.name}: expected {_ANSWERS}, got {type(value).__name__}")


@attrs.frozen
class Delayed:
    """A slow answer: a wait before its first event, and between its events, all in seconds.

    `complete` waits for the sum. A wait beyond the request's timeout ends in a `ChatTimeoutError` when that has passed.
    """

    item: Answer = attrs.field(validator=_answer)
    """The answer."""
    seconds: float = attrs.field(validator=validators.not_negative)
    """The wait before the first event, or before the error of an answer without events."""
    between: float = attrs.field(default=0.0, kw_only=True, validator=validators.not_negative)
    """The wait before each later event, the `StreamEnd` or the error that follows the events included."""


ScriptItem: TypeAlias = Answer | Delayed
ScriptFunction: TypeAlias = Callable[[ChatRequest], ScriptItem | Coroutine[object, object, ScriptItem]]
Script: TypeAlias = Sequence[ScriptItem] | ScriptFunction


class UnexpectedCallError(AssertionError):
    """A call after the last answer of the script."""

    def __init__(self, request: ChatRequest, call: int, answers: int, previous: ChatRequest | None = None) -> None:
        """*call* counts from 1; *answers* is the length of the script; *previous* is the request before this one."""
        super().__init__(request, call, answers, previous)
        self.request = request
        """The request of the unexpected call."""
        self.call = call
        """The number of the call, from 1."""
        self.answers = answers
        """How many answers the script has."""
        self.previous = previous
        """The request before it; None: there is none."""

    def __str__(self) -> str:
        """Return the number of the call, and how its request differs from the one before it."""
        sentence = (
            f"unexpected call {self.call}: the script has {self.answers} answer{'s' if self.answers != 1 else ''}; "
        )
        if self.previous is None:
            return f"{sentence}the request:\n{shown_request(self.request)}"
        difference = shown_difference(self.previous, self.request)
        return f"{sentence}the request, beside that of call {self.call - 1}:\n{difference}"


def play(item: Answer, chunk_size: int) -> Iterator[StreamEvent]:
    """Yield the events of *item*, or raise its error: a copy, so that a script can be played twice."""
    match item:
        case str():
            yield from play(AssistantMessage(item), chunk_size)
        case AssistantMessage():
            yield from play(ChatResponse(message=item), chunk_size)
        case ChatResponse():
            yield from events_from_response(item, chunk_size=chunk_size)
        case BrokenStream():
            yield from item.events
            raise _with_partial(item)
        case ChatError():
            raise copy.copy(item)
        case _:
            raise TypeError(f"script: expected Delayed, {_ANSWERS}, got {item!r}")


def _with_partial(broken: BrokenStream) -> ChatError:
    error = copy.copy(broken.error)
    builder = ResponseBuilder()
    for event in broken.events:
        builder.add(event)
    error.partial = error.partial or builder.partial()
    return error
