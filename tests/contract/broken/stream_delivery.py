"""Broken adapters that deliver events late, split or misread, or mishandle a stream that is read again."""

import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from typing import Self

import attrs
import httpx

from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    BadResponseError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    ChatTimeoutError,
    ServerError,
    StreamEnd,
    StreamEvent,
    TextDelta,
    from_async,
    response_from_events,
)
from llm_core.testing.clauses.stream_break_clauses import FAILURES

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat, aiter_lines
from .wrappers import AsyncStreamWrapper, StreamWrapper, WrappedStreams

OTHER_RESPONSE = ChatResponse(message=AssistantMessage("Something else."))


def _with_events(chat: ChatPort, change: Callable[[Iterable[StreamEvent]], Iterator[StreamEvent]]) -> ChatPort:
    """Wrap *chat* so that its events are changed one by one, as they arrive."""
    return Mutated(chat, on_events=change)


@in_memory("stream.one-end", shows="1 deltas are empty")
def yields_an_empty_text_delta(chat: ChatPort) -> ChatPort:
    def change_events(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        yield TextDelta("")
        yield from events

    return _with_events(chat, change_events)


@in_memory("stream.whole-characters", shows="\\ud83d")
def splits_surrogate_pairs_between_deltas(chat: ChatPort) -> ChatPort:
    def change_events(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        for event in events:
            if isinstance(event, TextDelta):
                encoded = event.text.encode("utf-16-le")
                units = (encoded[index : index + 2] for index in range(0, len(encoded), 2))
                yield from (TextDelta(unit.decode("utf-16-le", "surrogatepass")) for unit in units)
            else:
                yield event

    return _with_events(chat, change_events)


@in_memory("stream.break-is-an-error", shows="the text that was yielded before the break: expected 'A", how="silence")
def holds_each_event_until_the_next_arrives(chat: ChatPort) -> ChatPort:
    def change_events(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        held = list[StreamEvent]()
        for event in events:
            yield from held
            held = [event]
        yield from held

    return _with_events(chat, change_events)


@over_http("stream.break-is-an-error", shows="expected 'A rather', got ", how="silence")
def waits_for_a_full_buffer_before_it_decodes(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        buffered = b""
        async for packet in response.aiter_bytes(chunk_size=256):
            *complete, buffered = (buffered + packet).split(b"\n")
            for line in complete:
                yield line.decode()

    return from_async(attrs.evolve(chat, lines=lines))


@over_http(
    "stream.error-has-its-kind",
    shows="class: expected RateLimitError, got ServerError",
    failure=FAILURES["too-many"],
)
def raises_server_error_for_every_error_in_the_stream(chat: PlainChat) -> ChatPort:
    def raise_server_error(chunk: object) -> object:
        if isinstance(chunk, dict) and "error" in chunk:
            raise ServerError
        return chunk

    return from_async(attrs.evolve(chat, on_chunk=raise_server_error))


@over_http("stream.framing", shows="could not be read", framing="tight", raises=BadResponseError)
def requires_a_space_after_the_colon(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        async for line in aiter_lines(response):
            if line.startswith("data: "):
                yield line

    return from_async(attrs.evolve(chat, lines=lines))


@over_http("stream.framing", shows="could not be read", framing="crlf", raises=BadResponseError)
def requires_two_line_feeds_after_an_event(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        buffered = b""
        async for packet in response.aiter_bytes():
            *complete, buffered = (buffered + packet).split(b"\n\n")
            for event in complete:
                yield event.decode()

    return from_async(attrs.evolve(chat, lines=lines))


@over_http("stream.framing", shows="could not be read", framing="comments", raises=BadResponseError)
def treats_every_line_as_data(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        async for line in aiter_lines(response):
            yield line if line.startswith("data:") or not line else f"data:{line}"

    return from_async(attrs.evolve(chat, lines=lines))


@in_memory("stream.slow-reader", shows="no answer in time", raises=ChatTimeoutError)
def counts_the_time_of_the_caller_towards_the_timeout(chat: ChatPort) -> ChatPort:
    def change_events(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        last_event_at = time.monotonic()
        for event in events:
            if time.monotonic() - last_event_at > 0.4:
                raise ChatTimeoutError
            last_event_at = time.monotonic()
            yield event

    return _with_events(chat, change_events)


@attrs.define
class _CollectsUnread(StreamWrapper):
    def until_done(self) -> ChatResponse:
        return response_from_events(list(self))


@attrs.define
class _AsyncCollectsUnread(AsyncStreamWrapper):
    async def until_done(self) -> ChatResponse:
        return response_from_events([event async for event in self])


@in_memory("stream.response", shows="the text of `until_done` and of `response`[0]: expected 'All")
def returns_only_the_unread_remainder_from_until_done(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_CollectsUnread, wrap_async=_AsyncCollectsUnread)


@attrs.define
class _AnswersAfterClose(StreamWrapper):
    closed: bool = False

    def close(self) -> None:
        self.closed = True
        self.inner.close()

    def until_done(self) -> ChatResponse:
        return OTHER_RESPONSE if self.closed else self.inner.until_done()


@attrs.define
class _AsyncAnswersAfterClose(AsyncStreamWrapper):
    closed: bool = False

    async def aclose(self) -> None:
        self.closed = True
        await self.inner.aclose()

    async def until_done(self) -> ChatResponse:
        return OTHER_RESPONSE if self.closed else await self.inner.until_done()


@in_memory("stream.once", shows="DID NOT RAISE RuntimeError")
def returns_a_response_from_until_done_after_close(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_AnswersAfterClose, wrap_async=_AsyncAnswersAfterClose)


@attrs.define
class _Replaying(StreamWrapper):
    yielded: list[StreamEvent] = attrs.field(factory=list)
    replayed: list[StreamEvent] = attrs.field(factory=list)

    def __iter__(self) -> Self:
        self.replayed = [*self.yielded] if self.yielded and isinstance(self.yielded[-1], StreamEnd) else []
        return self

    def __next__(self) -> StreamEvent:
        if self.replayed:
            return self.replayed.pop(0)
        self.yielded.append(next(self.inner))
        return self.yielded[-1]


@in_memory("stream.once", shows="events after the end[2]: expected nothing, got", mode="stream")
def yields_all_events_again_when_iterated_again(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_Replaying)


@attrs.define
class _EntersAgain(StreamWrapper):
    open_again: Callable[[], ChatStream]
    started: bool = False

    def __next__(self) -> StreamEvent:
        self.started = True
        return next(self.inner)

    def __enter__(self) -> Self:
        if self.started:
            self.open_again().__enter__()
        self.inner.__enter__()
        return self


@attrs.frozen
class _OpensSecondStream:
    chat: ChatPort

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return _EntersAgain(self.chat.stream(request), lambda: self.chat.stream(request))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@in_memory("stream.once", shows="requested again", mode="stream")
def sends_a_second_request_when_entered_after_the_first_read(chat: ChatPort) -> ChatPort:
    return _OpensSecondStream(chat)
