"""Broken in how an answer arrives."""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from typing import Self

import attrs
import httpx

from llm_core import (
    AssistantMessage,
    BadResponseError,
    ChatPort,
    ChatResponse,
    ChatStream,
    StreamEnd,
    StreamEvent,
    TextDelta,
    from_async,
)

from .mutating import AsyncEvents, Events, Mutated, PerMethodChat, in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import AsyncStreamWrapper, StreamWrapper, WrappedStreams

ELSE = ChatResponse(message=AssistantMessage("Something else."))


class _RawStream(StreamWrapper):
    """A stream that passes on whatever its events are, also after the end."""

    def __init__(self, events: Events) -> None:
        self.events = events

    def __next__(self) -> StreamEvent:
        return next(self.events)

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        self.events.close()


class _RawAsyncStream(AsyncStreamWrapper):
    """Its twin."""

    def __init__(self, events: AsyncEvents) -> None:
        self.events = events

    async def __anext__(self) -> StreamEvent:
        return await anext(self.events)

    async def __aenter__(self) -> Self:
        return self

    async def aclose(self) -> None:
        await self.events.aclose()


def _tells(chat: ChatPort, change: Callable[[list[StreamEvent]], Iterable[StreamEvent]]) -> ChatPort:
    """Return *chat*, its events changed as a whole; nobody watches over them."""

    def told(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        return iter(change(list(events)))

    return Mutated(chat, on_events=told, as_stream=_RawStream, as_async_stream=_RawAsyncStream)


@in_memory("stream.one-end", shows="Right contains one more item: <class 'llm_core.domain.events.StreamEnd'>")
def yields_stream_end_twice(chat: ChatPort) -> ChatPort:
    return _tells(chat, lambda events: [*events, events[-1]])


@in_memory("stream.one-end", shows="Left contains one more item: <class 'llm_core.domain.events.StreamEnd'>")
def yields_no_stream_end(chat: ChatPort) -> ChatPort:
    return _tells(chat, lambda events: events[:-1])


@in_memory("stream.one-end", shows="isinstance(TextDelta(text='P.S.'), StreamEnd)")
def yields_a_delta_after_stream_end(chat: ChatPort) -> ChatPort:
    return _tells(chat, lambda events: [*events, TextDelta("P.S.")])


@in_memory("stream.one-end", shows="1 < 1")
def yields_all_text_in_one_delta(chat: ChatPort) -> ChatPort:
    def join(events: list[StreamEvent]) -> list[StreamEvent]:
        words = "".join(event.text for event in events if isinstance(event, TextDelta))
        return [TextDelta(words), *(event for event in events if not isinstance(event, TextDelta))]

    return _tells(chat, join)


@in_memory("stream.end-agrees", shows="['message', 'finish_reason']")
def ends_with_another_response(chat: ChatPort) -> ChatPort:
    return _tells(chat, lambda events: [*events[:-1], StreamEnd(response=ELSE)])


@in_memory("stream.end-agrees", shows="['message', 'finish_reason']")
def drops_the_tool_calls_from_the_final_response(chat: ChatPort) -> ChatPort:
    def forget(events: list[StreamEvent]) -> list[StreamEvent]:
        end = events[-1]
        assert isinstance(end, StreamEnd)
        message = attrs.evolve(end.response.message, tool_calls=[])
        return [*events[:-1], StreamEnd(response=attrs.evolve(end.response, message=message))]

    return _tells(chat, forget)


def _other(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, message=ELSE.message))


@in_memory("stream.equals-complete", shows="== 'Something else.'", mode="stream")
def answers_differently_in_streams(chat: ChatPort) -> ChatPort:
    return PerMethodChat(for_complete=chat, for_stream=_other(chat), for_acomplete=chat, for_astream=chat)


@in_memory("stream.equals-complete", shows="== 'Something else.'", mode="complete")
def answers_differently_without_streams(chat: ChatPort) -> ChatPort:
    return PerMethodChat(for_complete=_other(chat), for_stream=chat, for_acomplete=_other(chat), for_astream=chat)


@in_memory("stream.equals-complete", shows="== 'Something else.'", mode="acomplete")
def answers_differently_in_async_calls(chat: ChatPort) -> ChatPort:
    return PerMethodChat(for_complete=chat, for_stream=chat, for_acomplete=_other(chat), for_astream=_other(chat))


@in_memory("stream.equals-complete", shows="assert '  a \\t line", mode="astream")
def swaps_the_first_two_text_deltas(chat: ChatPort) -> ChatPort:
    def swap(events: list[StreamEvent]) -> list[StreamEvent]:
        first, second, *rest = (event for event in events if isinstance(event, TextDelta))
        return [second, first, *rest, *(event for event in events if not isinstance(event, TextDelta))]

    return _tells(chat, swap)


@in_memory("stream.equals-complete", shows="assert '  a \\t line", mode="stream")
def drops_the_last_text_delta(chat: ChatPort) -> ChatPort:
    def drop(events: list[StreamEvent]) -> list[StreamEvent]:
        last = max(place for place, event in enumerate(events) if isinstance(event, TextDelta))
        return events[:last] + events[last + 1 :]

    return _tells(chat, drop)


@in_memory("stream.equals-complete", shows="!= None", mode="stream")
def drops_the_usage_of_streams(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, usage=None))


@over_http("stream.equals-complete", shows="�", packet_size=1, mode="stream")
def decodes_each_packet_by_itself(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        waiting = ""
        async for packet in response.aiter_bytes():
            *whole, waiting = (waiting + packet.decode(errors="replace")).split("\n")
            for line in whole:
                yield line

    return from_async(attrs.evolve(chat, lines=lines))


@over_http("answer.text", shows="could not be read", mode="stream", raises=BadResponseError)
def splits_lines_at_unicode_line_separators(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        async for line in response.aiter_lines():
            yield line

    return from_async(attrs.evolve(chat, lines=lines))


@over_http(
    "stream.equals-complete",
    shows="Left contains 2 more items, first extra item: ToolCall(id='call_1'",
    packet_size=None,
    mode="stream",
)
def merges_all_tool_calls_into_one(chat: PlainChat) -> ChatPort:
    def merge(chunk: object) -> object:
        match chunk:
            case {"choices": [{"delta": {"tool_calls": [dict(call)]}}]}:
                call["index"] = 0
                call.pop("id", None)
        return chunk

    return from_async(attrs.evolve(chat, on_chunk=merge))


@over_http("answer.calls-by-turns", shows="ToolCall(id='call_1'", mode="stream")
def adds_each_delta_to_the_latest_call(chat: PlainChat) -> ChatPort:
    begun = [0]

    def follow(chunk: object) -> object:
        match chunk:
            case {"choices": [{"delta": {"tool_calls": [dict(piece)]}}]}:
                begun.append(piece["index"] if "id" in piece else begun[-1])
                piece["index"] = begun[-1]
        return chunk

    return from_async(attrs.evolve(chat, on_chunk=follow))


def _eager(stream: ChatStream) -> ChatStream:
    return StreamWrapper(stream.__enter__())


@in_memory("stream.begins-late", shows="0 == 1")
def sends_the_request_before_the_stream_is_entered(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_eager)


@attrs.define
class _Idle(StreamWrapper):
    def __enter__(self) -> Self:
        return self


@attrs.define
class _AsyncIdle(AsyncStreamWrapper):
    async def __aenter__(self) -> Self:
        return self


@in_memory("stream.begins-at-enter", shows="1 == 0")
def sends_the_request_only_at_the_first_read(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_Idle, wrap_async=_AsyncIdle)


@attrs.define
class _Hasty(StreamWrapper):
    @property
    def response(self) -> ChatResponse:
        return ELSE


@attrs.define
class _AsyncHasty(AsyncStreamWrapper):
    @property
    def response(self) -> ChatResponse:
        return ELSE


@in_memory("stream.response", shows="DID NOT RAISE RuntimeError")
def has_a_response_before_the_end(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_Hasty, wrap_async=_AsyncHasty)


@in_memory("close.twice", shows="DID NOT RAISE RuntimeError")
def has_a_response_after_close(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_Hasty)


@in_memory("aclose.twice", shows="DID NOT RAISE RuntimeError")
def has_a_response_after_aclose(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap_async=_AsyncHasty)


@attrs.define
class _Forgetful(StreamWrapper):
    def until_done(self) -> ChatResponse:
        self.inner.until_done()
        return ELSE


@in_memory("stream.response", shows="'All of it.' != 'Something else.'", mode="stream")
def returns_another_response_from_until_done(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_Forgetful)
