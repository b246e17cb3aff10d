"""Broken in when and how the pieces of a stream are told, and in what it does when it is read again."""

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

from .mutating import Bent, in_memory, over_http
from .plain_chat import PlainChat, aiter_lines
from .wrappers import AsyncShell, Shell, Shelled

ELSE = ChatResponse(message=AssistantMessage("Something else."))


def _tells(chat: ChatPort, change: Callable[[Iterable[StreamEvent]], Iterator[StreamEvent]]) -> ChatPort:
    """Return *chat*, its events changed one by one, as they come."""
    return Bent(chat, tells=change)


@in_memory("stream.one-end", shows="assert False")
def tells_pieces_of_nothing(chat: ChatPort) -> ChatPort:
    def tells(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        yield TextDelta("")
        yield from events

    return _tells(chat, tells)


@in_memory("stream.whole-characters", shows="\\ud83d")
def tells_halves_of_characters(chat: ChatPort) -> ChatPort:
    def tells(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        for event in events:
            if isinstance(event, TextDelta):
                units = event.text.encode("utf-16-le")
                halves = (units[place : place + 2] for place in range(0, len(units), 2))
                yield from (TextDelta(half.decode("utf-16-le", "surrogatepass")) for half in halves)
            else:
                yield event

    return _tells(chat, tells)


@in_memory("stream.break-is-an-error", shows="'A rather lon' == 'A ra", how="silence")
def tells_each_piece_when_the_next_has_come(chat: ChatPort) -> ChatPort:
    def tells(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        held = list[StreamEvent]()
        for event in events:
            yield from held
            held = [event]
        yield from held

    return _tells(chat, tells)


@over_http("stream.break-is-an-error", shows="'A rather' == ", how="silence")
def waits_until_it_has_some_bytes(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        waiting = b""
        async for packet in response.aiter_bytes(chunk_size=256):
            *whole, waiting = (waiting + packet).split(b"\n")
            for line in whole:
                yield line.decode()

    return from_async(attrs.evolve(chat, lines=lines))


@over_http(
    "stream.error-has-its-kind",
    shows="RateLimitError'> is <class 'llm_core.domain.errors.ServerError'>",
    failure=FAILURES["too-many"],
)
def takes_every_error_in_mid_stream_for_the_servers_own(chat: PlainChat) -> ChatPort:
    def look(chunk: object) -> object:
        if isinstance(chunk, dict) and "error" in chunk:
            raise ServerError
        return chunk

    return from_async(attrs.evolve(chat, looks_at=look))


@over_http("stream.framing", shows="could not be read", framing="tight", escapes=BadResponseError)
def wants_a_space_after_the_colon(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        async for line in aiter_lines(response):
            if line.startswith("data: "):
                yield line

    return from_async(attrs.evolve(chat, lines=lines))


@over_http("stream.framing", shows="could not be read", framing="crlf", escapes=BadResponseError)
def wants_events_to_end_in_two_line_feeds(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        waiting = b""
        async for packet in response.aiter_bytes():
            *whole, waiting = (waiting + packet).split(b"\n\n")
            for event in whole:
                yield event.decode()

    return from_async(attrs.evolve(chat, lines=lines))


@over_http("stream.framing", shows="could not be read", framing="comments", escapes=BadResponseError)
def takes_every_line_for_data(chat: PlainChat) -> ChatPort:
    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        async for line in aiter_lines(response):
            yield line if line.startswith("data:") or not line else f"data:{line}"

    return from_async(attrs.evolve(chat, lines=lines))


@in_memory("stream.slow-reader", shows="no answer in time", escapes=ChatTimeoutError)
def counts_the_callers_own_time(chat: ChatPort) -> ChatPort:
    def tells(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        told = time.monotonic()
        for event in events:
            if time.monotonic() - told > 0.4:
                raise ChatTimeoutError
            told = time.monotonic()
            yield event

    return _tells(chat, tells)


@attrs.define
class _Forgetful(Shell):
    def until_done(self) -> ChatResponse:
        return response_from_events(list(self))


@attrs.define
class _AsyncForgetful(AsyncShell):
    async def until_done(self) -> ChatResponse:
        return response_from_events([event async for event in self])


@in_memory("stream.response", shows="'All of it.' != 't.'")
def tells_by_until_done_what_nobody_had_read(chat: ChatPort) -> ChatPort:
    return Shelled(chat=chat, around=_Forgetful, around_async=_AsyncForgetful)


@attrs.define
class _Lax(Shell):
    shut: bool = False

    def close(self) -> None:
        self.shut = True
        self.inner.close()

    def until_done(self) -> ChatResponse:
        return ELSE if self.shut else self.inner.until_done()


@attrs.define
class _AsyncLax(AsyncShell):
    shut: bool = False

    async def aclose(self) -> None:
        self.shut = True
        await self.inner.aclose()

    async def until_done(self) -> ChatResponse:
        return ELSE if self.shut else await self.inner.until_done()


@in_memory("stream.once", shows="DID NOT RAISE RuntimeError")
def answers_after_it_was_closed(chat: ChatPort) -> ChatPort:
    return Shelled(chat=chat, around=_Lax, around_async=_AsyncLax)


@attrs.define
class _Replaying(Shell):
    seen: list[StreamEvent] = attrs.field(factory=list)
    left: list[StreamEvent] = attrs.field(factory=list)

    def __iter__(self) -> Self:
        self.left = [*self.seen] if self.seen and isinstance(self.seen[-1], StreamEnd) else []
        return self

    def __next__(self) -> StreamEvent:
        if self.left:
            return self.left.pop(0)
        self.seen.append(next(self.inner))
        return self.seen[-1]


@in_memory("stream.once", shows="[] != [TextDelta(", mode="stream")
def tells_all_again(chat: ChatPort) -> ChatPort:
    return Shelled(chat=chat, around=_Replaying)


@attrs.define
class _Restless(Shell):
    again: Callable[[], ChatStream]
    begun: bool = False

    def __next__(self) -> StreamEvent:
        self.begun = True
        return next(self.inner)

    def __enter__(self) -> Self:
        if self.begun:
            self.again().__enter__()
        self.inner.__enter__()
        return self


@attrs.frozen
class _Restarting:
    chat: ChatPort

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return _Restless(self.chat.stream(request), lambda: self.chat.stream(request))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@in_memory("stream.once", shows="requested again", mode="stream")
def asks_again_where_it_is_entered_late(chat: ChatPort) -> ChatPort:
    return _Restarting(chat)
