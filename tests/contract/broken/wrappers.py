"""Transparent wrappers of streams and of a chat; a broken adapter's subclass overrides one method."""

from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Self

import attrs

from llm_core import AsyncChatStream, ChatPort, ChatRequest, ChatResponse, ChatStream, StreamEvent, Usage
from llm_core.ports.streams import AsyncEventStream


@attrs.define
class StreamWrapper:
    """A `ChatStream` that delegates to another."""

    inner: ChatStream

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamEvent:
        return next(self.inner)

    def __enter__(self) -> Self:
        self.inner.__enter__()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()

    def close(self) -> None:
        self.inner.close()

    def until_done(self) -> ChatResponse:
        return self.inner.until_done()

    @property
    def response(self) -> ChatResponse:
        return self.inner.response

    @property
    def usage(self) -> Usage | None:
        return self.inner.usage


@attrs.define
class AsyncStreamWrapper:
    """An `AsyncChatStream` that delegates to another."""

    inner: AsyncChatStream

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        return await anext(aiter(self.inner))

    async def __aenter__(self) -> Self:
        await self.inner.__aenter__()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self.inner.aclose()

    async def until_done(self) -> ChatResponse:
        return await self.inner.until_done()

    @property
    def response(self) -> ChatResponse:
        return self.inner.response

    @property
    def usage(self) -> Usage | None:
        return self.inner.usage


@attrs.frozen(kw_only=True)
class WrappedStreams:
    """A `ChatPort` with wrapped streams; it references them, so that a leaked one stays open until the clause ends."""

    chat: ChatPort
    wrap: Callable[[ChatStream], ChatStream] = StreamWrapper
    wrap_async: Callable[[AsyncChatStream], AsyncChatStream] = AsyncStreamWrapper
    streams: list[ChatStream] = attrs.field(factory=list, init=False)
    async_streams: list[AsyncChatStream] = attrs.field(factory=list, init=False)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        self.streams.append(self.chat.stream(request))
        return self.wrap(self.streams[-1])

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        self.async_streams.append(self.chat.astream(request))
        return self.wrap_async(self.async_streams[-1])

    def close(self) -> None:
        for stream in self.streams:
            stream.close()
        close = getattr(self.chat, "close", None)
        if close is not None:
            close()

    async def aclose(self) -> None:
        for stream in self.async_streams:
            await stream.aclose()


@attrs.frozen
class BlockingChat:
    """A `ChatPort` whose async methods call the sync ones, and so block the event loop."""

    chat: ChatPort

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._events(request))

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        with self.chat.stream(request) as stream:
            for event in stream:
                yield event
