"""The events of a stream, and the fold from events to a `ChatResponse`."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias, assert_never

import attrs

from . import validators
from .errors import StreamInterruptedError
from .messages import AssistantMessage, ReasoningPart
from .reprs import truncated_repr
from .responses import ChatResponse, FinishReason
from .surrogates import join_surrogates
from .tools import InvalidToolCall, ToolCall, parse_tool_call


@attrs.frozen
class TextDelta:
    """The next text of the answer."""

    text: str = attrs.field(repr=truncated_repr)
    """The text to append; one or more whole characters."""


@attrs.frozen
class ReasoningDelta:
    """The next text of the reasoning."""

    text: str = attrs.field(repr=truncated_repr)
    """The text to append; one or more whole characters."""


@attrs.frozen(kw_only=True)
class ToolCallStart:
    """A tool call begins."""

    index: int
    """The position of the call among the calls of the response, from 0; its deltas carry it too."""
    id: str
    """The id of the call."""
    name: str
    """The name of the tool."""


@attrs.frozen(kw_only=True)
class ToolCallDelta:
    """The next text of a tool call's arguments."""

    index: int
    """The index of the `ToolCallStart`."""
    arguments_text: str = attrs.field(repr=truncated_repr)
    """The JSON text to append."""


@attrs.frozen(kw_only=True)
class StreamEnd:
    """The last event."""

    response: ChatResponse = attrs.field(validator=validators.instance(ChatResponse))
    """The whole response, with what no delta carries: usage, finish reason, signatures."""


StreamEvent: TypeAlias = TextDelta | ReasoningDelta | ToolCallStart | ToolCallDelta | StreamEnd


def response_from_events(events: Iterable[StreamEvent]) -> ChatResponse:
    """Return the response that the events tell.

    Content, reasoning and calls are rebuilt from the deltas alone; the end adds what no delta can tell.

    Raises:
        StreamInterruptedError: the events end without a `StreamEnd`; `partial` holds what they told.
        ValueError: the events contradict each other: a delta of no call, a call begun twice, an event after the end.
    """
    told = ResponseBuilder()
    for event in events:
        told.add(event)
    if told.end is None:
        raise StreamInterruptedError(partial=told.partial())
    message = told.message(told.end.finish_reason, told.end.message)
    return attrs.evolve(told.end, message=message)


@attrs.define
class _OpenCall:
    id: str
    name: str
    pieces: list[str] = attrs.field(factory=list)


@attrs.define
class ResponseBuilder:
    """What a stream has told so far: the one mutable value, which whoever reads the stream keeps to itself."""

    end: ChatResponse | None = None
    """The response of the `StreamEnd`; None before it."""
    _words: list[str] = attrs.field(factory=list)
    _thoughts: list[str] = attrs.field(factory=list)
    _calls: dict[int, _OpenCall] = attrs.field(factory=dict)

    def add(self, event: StreamEvent) -> None:
        """Take in the next event."""
        if self.end is not None:
            raise ValueError("an event after the end")
        match event:
            case TextDelta(text):
                self._words.append(text)
            case ReasoningDelta(text):
                self._thoughts.append(text)
            case ToolCallStart():
                self._begin(event)
            case ToolCallDelta(index=index):
                self._open(index).pieces.append(event.arguments_text)
            case StreamEnd():
                self.end = event.response
            case _:
                assert_never(event)

    def message(self, reason: FinishReason, told: AssistantMessage | None = None) -> AssistantMessage:
        """Return the finished message; *told* is the provider's own reading, taken for what its words agree on."""
        return self._message(told or AssistantMessage(), cut_off=reason is FinishReason.LENGTH)

    def partial(self) -> AssistantMessage:
        """Return what has arrived; a call that is not finished is an invalid call."""
        return self._message(AssistantMessage(), cut_off=True)

    def _message(self, told: AssistantMessage, *, cut_off: bool) -> AssistantMessage:
        calls = [self._call(index, told, cut_off=cut_off) for index in sorted(self._calls)]
        return AssistantMessage(
            join_surrogates(self._words),
            tool_calls=[call for call in calls if isinstance(call, ToolCall)],
            invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
            reasoning=self._reasoning(told),
            provider_data=told.provider_data,
        )

    def _reasoning(self, told: AssistantMessage) -> tuple[ReasoningPart, ...]:
        thoughts = join_surrogates(self._thoughts)
        if thoughts == "".join(part.text for part in told.reasoning):
            return told.reasoning
        return (ReasoningPart(thoughts),) if thoughts else ()

    def _call(self, index: int, told: AssistantMessage, *, cut_off: bool) -> ToolCall | InvalidToolCall:
        call, text = self._calls[index], join_surrogates(self._calls[index].pieces)
        own = next((one for one in told.all_tool_calls if one.id == call.id), None)
        if isinstance(own, InvalidToolCall) and (own.name, own.arguments_text) == (call.name, text):
            return own  # no delta tells what the problem was
        data = own.provider_data if own else ()
        return parse_tool_call(id=call.id, name=call.name, arguments_text=text, cut_off=cut_off, provider_data=data)

    def _begin(self, event: ToolCallStart) -> None:
        if event.index in self._calls:
            raise ValueError(f"ToolCallStart: a second call with index {event.index}")
        self._calls[event.index] = _OpenCall(event.id, event.name)

    def _open(self, index: int) -> _OpenCall:
        if index not in self._calls:
            raise ValueError(f"ToolCallDelta: no call with index {index} has begun")
        return self._calls[index]


def events_from_response(response: ChatResponse, *, chunk_size: int) -> Iterator[StreamEvent]:
    """Yield the events that `fold` turns into *response* again, at most *chunk_size* characters a delta."""
    message = response.message
    for part in message.reasoning:
        yield from map(ReasoningDelta, _pieces(part.text, chunk_size))
    yield from map(TextDelta, _pieces(message.content, chunk_size))
    for index, call in enumerate(message.all_tool_calls):
        yield ToolCallStart(index=index, id=call.id, name=call.name)
        for piece in _pieces(call.arguments_json if isinstance(call, ToolCall) else call.arguments_text, chunk_size):
            yield ToolCallDelta(index=index, arguments_text=piece)
    yield StreamEnd(response=response)


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))
