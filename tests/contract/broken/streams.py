"""Broken adapters whose streams differ from `complete`, end incorrectly, or start at the wrong time."""

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
from llm_core.ports.streams import AsyncEventStream, EventStream

from .mutating import AsyncEvents, Events, Mutated, PerMethodChat, in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import AsyncStreamWrapper, StreamWrapper, WrappedStreams

OTHER_RESPONSE = ChatResponse(message=AssistantMessage("Something else."))


class _UncheckedStream(StreamWrapper):
    """A `ChatStream` that passes on every event without a check, also after the end."""

    def __init__(self, events: Events) -> None:
        super().__init__(EventStream(events))  # for what it reports beside its events
        self.events = events

    def __next__(self) -> StreamEvent:
        return next(self.events)

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        self.events.close()


class _AsyncUncheckedStream(AsyncStreamWrapper):
    """An `AsyncChatStream` that passes on every event without a check, also after the end."""

    def __init__(self, events: AsyncEvents) -> None:
        super().__init__(AsyncEventStream(events))  # as above
        self.events = events

    async def __anext__(self) -> StreamEvent:
        return await anext(self.events)

    async def __aenter__(self) -> Self:
        return self

    async def aclose(self) -> None:
        await self.events.aclose()


def _with_events(chat: ChatPort, change: Callable[[list[StreamEvent]], Iterable[StreamEvent]]) -> ChatPort:
    """Wrap *chat* so that its events are changed as a list, and not checked afterwards."""

    def change_events(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        return iter(change(list(events)))

    return Mutated(chat, on_events=change_events, as_stream=_UncheckedStream, as_async_stream=_AsyncUncheckedStream)


@in_memory("stream.one-end", shows="15 events came, and StreamEnd at the places [14, 15]")
def yields_stream_end_twice(chat: ChatPort) -> ChatPort:
    return _with_events(chat, lambda events: [*events, events[-1]])


@in_memory("stream.one-end", shows="13 events came, and StreamEnd at the places []")
def yields_no_stream_end(chat: ChatPort) -> ChatPort:
    return _with_events(chat, lambda events: events[:-1])


@in_memory("stream.one-end", shows="15 events came, and StreamEnd at the places [14]")
def yields_a_delta_after_stream_end(chat: ChatPort) -> ChatPort:
    return _with_events(chat, lambda events: [*events, TextDelta("P.S.")])


@in_memory("stream.one-end", shows="the text came in 1 delta: it was not streamed")
def yields_all_text_in_one_delta(chat: ChatPort) -> ChatPort:
    def join(events: list[StreamEvent]) -> list[StreamEvent]:
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        return [TextDelta(text), *(event for event in events if not isinstance(event, TextDelta))]

    return _with_events(chat, join)


@in_memory("stream.end-agrees", shows="the response in StreamEnd.message.content: expected '  a \\t")
def ends_with_another_response(chat: ChatPort) -> ChatPort:
    return _with_events(chat, lambda events: [*events[:-1], StreamEnd(response=OTHER_RESPONSE)])


@in_memory("stream.end-agrees", shows="the response in StreamEnd.message.tool_calls[0]: expected")
def drops_the_tool_calls_from_the_final_response(chat: ChatPort) -> ChatPort:
    def drop(events: list[StreamEvent]) -> list[StreamEvent]:
        end = events[-1]
        assert isinstance(end, StreamEnd)
        message = attrs.evolve(end.response.message, tool_calls=[])
        return [*events[:-1], StreamEnd(response=attrs.evolve(end.response, message=message))]

    return _with_events(chat, drop)


def _with_other_message(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, message=OTHER_RESPONSE.message))


@in_memory("stream.equals-complete", shows="got 'Something else.'", mode="stream")
def answers_differently_in_streams(chat: ChatPort) -> ChatPort:
    return PerMethodChat(for_complete=chat, for_stream=_with_other_message(chat), for_acomplete=chat, for_astream=chat)


@in_memory("stream.equals-complete", shows="got 'Something else.'", mode="complete")
def answers_differently_without_streams(chat: ChatPort) -> ChatPort:
    return PerMethodChat(
        for_complete=_with_other_message(chat),
        for_stream=chat,
        for_acomplete=_with_other_message(chat),
        for_astream=chat,
    )


@in_memory("stream.equals-complete", shows="got 'Something else.'", mode="acomplete")
def answers_differently_in_async_calls(chat: ChatPort) -> ChatPort:
    return PerMethodChat(
        for_complete=chat,
        for_stream=chat,
        for_acomplete=_with_other_message(chat),
        for_astream=_with_other_message(chat),
    )


@in_memory("stream.equals-complete", shows="not what the deltas add up to", mode="astream")
def swaps_the_first_two_text_deltas(chat: ChatPort) -> ChatPort:
    def swap(events: list[StreamEvent]) -> list[StreamEvent]:
        first, second, *remaining = (event for event in events if isinstance(event, TextDelta))
        return [second, first, *remaining, *(event for event in events if not isinstance(event, TextDelta))]

    return _with_events(chat, swap)


@in_memory("stream.equals-complete", shows="not what the deltas add up to", mode="stream")
def drops_the_last_text_delta(chat: ChatPort) -> ChatPort:
    def drop(events: list[StreamEvent]) -> list[StreamEvent]:
        last = max(index for index, event in enumerate(events) if isinstance(event, TextDelta))
        return events[:last] + events[last + 1 :]

    return _with_events(chat, drop)


@in_memory("stream.equals-complete", shows="got None", mode="stream")
def drops_the_usage_of_streams(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, usage=None))


@over_http("stream.equals-complete", shows="�", packet_size=1, mode="stream")
def decodes_each_packet_by_itself(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        buffered = ""
        async for packet in response.aiter_bytes():
            *lines_, buffered = (buffered + packet.decode(errors="replace")).split("\n")
            for line in lines_:
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
    shows="invalid tool calls[0]: expected nothing, got",
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


@over_http("answer.calls-by-turns", shows="tool_calls[0].arguments: expected {'city': 'Oslo', 'at':", mode="stream")
def adds_each_delta_to_the_latest_call(chat: PlainChat) -> ChatPort:
    latest = [0]

    def follow(chunk: object) -> object:
        match chunk:
            case {"choices": [{"delta": {"tool_calls": [dict(delta)]}}]}:
                latest.append(delta["index"] if "id" in delta else latest[-1])
                delta["index"] = latest[-1]
        return chunk

    return from_async(attrs.evolve(chat, on_chunk=follow))


def _entered(stream: ChatStream) -> ChatStream:
    return StreamWrapper(stream.__enter__())


@in_memory("stream.begins-late", shows="1 request for 2 calls before a stream is read")
def sends_the_request_before_the_stream_is_entered(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_entered)


@attrs.define
class _SendsAtFirstRead(StreamWrapper):
    def __enter__(self) -> Self:
        return self


@attrs.define
class _AsyncSendsAtFirstRead(AsyncStreamWrapper):
    async def __aenter__(self) -> Self:
        return self


@in_memory("stream.begins-at-enter", shows="1 == 0")
def sends_the_request_only_at_the_first_read(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_SendsAtFirstRead, wrap_async=_AsyncSendsAtFirstRead)


@attrs.define
class _AlwaysHasResponse(StreamWrapper):
    @property
    def response(self) -> ChatResponse:
        return OTHER_RESPONSE


@attrs.define
class _AsyncAlwaysHasResponse(AsyncStreamWrapper):
    @property
    def response(self) -> ChatResponse:
        return OTHER_RESPONSE


@in_memory("stream.response", shows="`response` raises no RuntimeError, and is AssistantMessage(")
def has_a_response_before_the_end(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_AlwaysHasResponse, wrap_async=_AsyncAlwaysHasResponse)


@in_memory("close.twice", shows="DID NOT RAISE RuntimeError")
def has_a_response_after_close(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_AlwaysHasResponse)


@in_memory("aclose.twice", shows="DID NOT RAISE RuntimeError")
def has_a_response_after_aclose(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap_async=_AsyncAlwaysHasResponse)


@attrs.define
class _OtherResponse(StreamWrapper):
    def until_done(self) -> ChatResponse:
        self.inner.until_done()
        return OTHER_RESPONSE


@in_memory("stream.response", shows="the text of `until_done` and of `response`[0]: expected 'All", mode="stream")
def returns_another_response_from_until_done(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_OtherResponse)
