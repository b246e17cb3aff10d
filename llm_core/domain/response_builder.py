"""From events to a `ChatResponse`, and from a response to events."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import assert_never

import attrs

from .errors import StreamInterruptedError
from .events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from .messages import NO_MESSAGE, AssistantMessage, ReasoningPart
from .responses import ChatResponse, FinishReason
from .surrogates import join_surrogates
from .tools import InvalidToolCall, ToolCall, parse_tool_call, sent_text


def response_from_events(events: Iterable[StreamEvent]) -> ChatResponse:
    """Return the response that *events* add up to.

    Content, reasoning and calls are built from the deltas alone; the end adds what no delta carries.

    Raises:
        StreamInterruptedError: the events end without a `StreamEnd`; `partial` holds the message so far.
        ValueError: the events contradict each other: a delta without its call, a call that starts twice, an event
            after the end.
    """
    builder = ResponseBuilder()
    for event in events:
        builder.add(event)
    if builder.end is None:
        raise StreamInterruptedError(partial=builder.partial())
    message = builder.message(builder.end.finish_reason, builder.end.message)
    return attrs.evolve(builder.end, message=message)


@attrs.define(eq=False, repr=False)
class _OpenCall:
    id: str
    name: str
    deltas: list[str] = attrs.field(factory=list)


@attrs.define(eq=False, repr=False)
class ResponseBuilder:
    """Builds a response from the events of one stream. It is mutable: do not share it between readers."""

    end: ChatResponse | None = None
    """The response of the `StreamEnd`; None before it."""
    _text: list[str] = attrs.field(factory=list)
    _reasoning: list[str] = attrs.field(factory=list)
    _calls: dict[int, _OpenCall] = attrs.field(factory=dict)

    def add(self, event: StreamEvent) -> None:
        """Add the next event."""
        if self.end is not None:
            raise ValueError("an event after the end")
        match event:
            case TextDelta():
                self._text.append(event.text)
            case ReasoningDelta():
                self._reasoning.append(event.text)
            case ToolCallStart():
                self._start(event)
            case ToolCallDelta():
                self._open(event.index).deltas.append(event.arguments_text)
            case StreamEnd():
                self.end = event.response
            case _:
                assert_never(event)

    def message(self, reason: FinishReason, final: AssistantMessage | None = None) -> AssistantMessage:
        """Return the finished message.

        *final* is the message of the `StreamEnd`. It adds provider data, signatures and the problems of invalid calls
        wherever its text equals that of the deltas.
        """
        return self._message(final or NO_MESSAGE, cut_off=reason is FinishReason.LENGTH)

    def partial(self, whole: Collection[int] | None = ()) -> AssistantMessage:
        """Return the message so far; a call whose arguments are incomplete is an invalid call.

        *whole* are the indices of the calls that have ended, so that no arguments are ``{}``; None: all have.
        """
        return self._message(NO_MESSAGE, cut_off=whole is not None, whole=whole or ())

    def _message(self, final: AssistantMessage, *, cut_off: bool, whole: Collection[int] = ()) -> AssistantMessage:
        if not self._calls and not self._reasoning and final is NO_MESSAGE:
            return AssistantMessage(join_surrogates(self._text))
        final_calls = {call.id: call for call in reversed(final.all_tool_calls)}  # the first of those with one id
        calls = [
            self._call(index, final_calls, cut_off=cut_off and index not in whole) for index in sorted(self._calls)
        ]
        return AssistantMessage(
            join_surrogates(self._text),
            tool_calls=[call for call in calls if isinstance(call, ToolCall)],
            invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
            reasoning=self._reasoning_parts(final),
            provider_data=final.provider_data,
        )

    def _reasoning_parts(self, final: AssistantMessage) -> tuple[ReasoningPart, ...]:
        text = join_surrogates(self._reasoning)
        if text == "".join(part.text for part in final.reasoning):
            return final.reasoning
        return (ReasoningPart(text),) if text else ()

    def _call(
        self, index: int, final_calls: Mapping[str, ToolCall | InvalidToolCall], *, cut_off: bool
    ) -> ToolCall | InvalidToolCall:
        call, text = self._calls[index], join_surrogates(self._calls[index].deltas)
        same = final_calls.get(call.id)
        if isinstance(same, InvalidToolCall) and (same.name, same.arguments_text) == (call.name, text):
            return same  # no delta carries its `problem`
        data = same.provider_data if same else ()
        return parse_tool_call(id=call.id, name=call.name, arguments_text=text, cut_off=cut_off, provider_data=data)

    def _start(self, event: ToolCallStart) -> None:
        if event.index in self._calls:
            raise ValueError(f"ToolCallStart: a second call with index {event.index}")
        self._calls[event.index] = _OpenCall(event.id, event.name)

    def _open(self, index: int) -> _OpenCall:
        if index not in self._calls:
            raise ValueError(f"ToolCallDelta: no call with index {index} has begun")
        return self._calls[index]


def events_from_response(response: ChatResponse, *, chunk_size: int) -> Iterator[StreamEvent]:
    """Yield events that `response_from_events` turns into *response*, each with at most *chunk_size* characters."""
    message = response.message
    for part in message.reasoning:
        yield from map(ReasoningDelta, _split(part.text, chunk_size))
    yield from map(TextDelta, _split(message.content, chunk_size))
    for index, call in enumerate(message.all_tool_calls):
        yield ToolCallStart(index=index, id=call.id, name=call.name)
        for chunk in _split(sent_text(call), chunk_size):
            yield ToolCallDelta(index=index, arguments_text=chunk)
    yield StreamEnd(response=response)


def _split(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))
