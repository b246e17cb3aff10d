"""What a fake shall answer."""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import attrs

from llm_core.domain import validators
from llm_core.domain.errors import ChatError, StreamInterruptedError
from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import ResponseBuilder, events_from_response
from llm_core.domain.responses import ChatResponse


def _no_end(_: object, field: validators.Field, events: tuple[StreamEvent, ...]) -> None:
    for index, event in enumerate(events):
        if isinstance(event, StreamEnd):
            raise ValueError(f"{field.name}[{index}]: an answer that is cut has no StreamEnd")


def _events(events: Sequence[StreamEvent]) -> tuple[StreamEvent, ...]:
    return validators.tuple_of("events", events, TextDelta, ReasoningDelta, ToolCallStart, ToolCallDelta, StreamEnd)


def _broken_off() -> ChatError:
    return StreamInterruptedError()


@attrs.frozen
class Cut:
    """An answer that breaks: a stream gives *events* and then raises *error*, `complete` raises it at once."""

    events: tuple[StreamEvent, ...] = attrs.field(converter=_events, validator=_no_end)
    error: ChatError = attrs.field(factory=_broken_off, kw_only=True, validator=validators.instance(ChatError))


ScriptItem: TypeAlias = str | AssistantMessage | ChatResponse | ChatError | Cut
Script: TypeAlias = Sequence[ScriptItem] | Callable[[ChatRequest], ScriptItem]


class UnexpectedCallError(AssertionError):
    """A call that the script does not answer."""

    def __init__(self, request: ChatRequest, call: int, answers: int) -> None:
        """Show what was asked, by which *call* (from 1), and how many *answers* the script has."""
        super().__init__(request, call, answers)
        self.request = request
        self.call = call
        self.answers = answers

    def __str__(self) -> str:
        """Say which call it was, and what it asked."""
        return f"call {self.call} was not expected: the script has {self.answers} answers; asked: {self.request}"


def play(item: ScriptItem, chunk_size: int) -> Iterator[StreamEvent]:
    """Yield the events of *item*; raise where it breaks. Whatever is raised is a copy: a script can be played twice."""
    match item:
        case str():
            yield from play(AssistantMessage(item), chunk_size)
        case AssistantMessage():
            yield from play(ChatResponse(message=item), chunk_size)
        case ChatResponse():
            yield from events_from_response(item, chunk_size=chunk_size)
        case Cut():
            yield from item.events
            raise _with_partial(item)
        case ChatError():
            raise copy.copy(item)
        case _:
            raise TypeError(f"a script item is str, AssistantMessage, ChatResponse, ChatError or Cut, not {item!r}")


def _with_partial(cut: Cut) -> ChatError:
    error = copy.copy(cut.error)
    told = ResponseBuilder()
    for event in cut.events:
        told.add(event)
    error.partial = error.partial or told.partial()
    return error
