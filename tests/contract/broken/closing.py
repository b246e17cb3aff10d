"""Broken adapters that do not release the connection, or do not close or cancel correctly."""

import asyncio
import warnings
from contextlib import suppress
from types import TracebackType
from typing import Self

import attrs

from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ConnectionFailedError,
    StreamEvent,
    TextDelta,
    from_async,
)

from .mutating import in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import AsyncStreamWrapper, BlockingChat, StreamWrapper, WrappedStreams


@attrs.define
class _NoExit(StreamWrapper):
    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Release nothing."""


@attrs.define
class _AsyncNoExit(AsyncStreamWrapper):
    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Release nothing."""


@over_http("close.break", shows="the connection is still open")
def leaks_the_connection_after_a_break(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap=_NoExit)


@over_http("aclose.break", shows="the connection is still open")
def leaks_the_connection_after_an_async_break(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap_async=_AsyncNoExit)


@attrs.define
class _DrainsOnClose(StreamWrapper):
    def close(self) -> None:
        with suppress(ChatError):
            self.inner.until_done()


@attrs.define
class _AsyncDrainsOnClose(AsyncStreamWrapper):
    async def aclose(self) -> None:
        with suppress(ChatError):
            await self.inner.until_done()


@over_http("close.break", shows="the connection is still open")
def reads_the_whole_stream_before_it_closes(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap=_DrainsOnClose)


@over_http("aclose.break", shows="the connection is still open")
def reads_the_whole_async_stream_before_it_closes(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap_async=_AsyncDrainsOnClose)


@attrs.define
class _ClosesWithoutException(StreamWrapper):
    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        if exc_type is None:
            self.close()


@attrs.define
class _AsyncClosesWithoutException(AsyncStreamWrapper):
    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        if exc_type is None:
            await self.aclose()


@over_http("close.exception", shows="the connection is still open")
def leaks_the_connection_after_an_exception(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap=_ClosesWithoutException)


@over_http("aclose.exception", shows="the connection is still open")
def leaks_the_connection_after_an_async_exception(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap_async=_AsyncClosesWithoutException)


@attrs.define
class _OnlyMarkedClosed(StreamWrapper):
    closed: bool = False

    def __next__(self) -> StreamEvent:
        if self.closed:
            raise StopIteration
        return next(self.inner)

    def close(self) -> None:
        self.closed = True


@attrs.define
class _AsyncOnlyMarkedClosed(AsyncStreamWrapper):
    closed: bool = False

    async def __anext__(self) -> StreamEvent:
        if self.closed:
            raise StopAsyncIteration
        return await anext(aiter(self.inner))

    async def aclose(self) -> None:
        self.closed = True


@over_http("close.twice", shows="the connection is still open")
def leaks_the_connection_after_close(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap=_OnlyMarkedClosed)


@over_http("aclose.twice", shows="the connection is still open")
def leaks_the_connection_after_aclose(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap_async=_AsyncOnlyMarkedClosed)


@attrs.define
class _ClosesOnce(StreamWrapper):
    closed: bool = False

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True
        self.inner.close()


@attrs.define
class _AsyncClosesOnce(AsyncStreamWrapper):
    closed: bool = False

    async def aclose(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True
        await self.inner.aclose()


@in_memory("close.twice", shows="closed already", raises=RuntimeError)
def raises_when_closed_twice(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_ClosesOnce)


@in_memory("aclose.twice", shows="closed already", raises=RuntimeError)
def raises_when_aclosed_twice(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap_async=_AsyncClosesOnce)


@attrs.define
class _YieldsAfterClose(StreamWrapper):
    has_more: bool = False

    def __next__(self) -> StreamEvent:
        if self.has_more:
            self.has_more = False
            return TextDelta("One more thing.")
        return next(self.inner)

    def close(self) -> None:
        self.has_more = True
        self.inner.close()


@in_memory("close.twice", shows="TextDelta(text='One more thing.')")
def yields_a_delta_after_close(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_YieldsAfterClose)


@attrs.define
class _AsyncShielded(AsyncStreamWrapper):
    async def __aenter__(self) -> Self:
        await asyncio.shield(asyncio.ensure_future(self.inner.__aenter__()))
        return self

    async def __anext__(self) -> StreamEvent:
        return await asyncio.shield(asyncio.ensure_future(anext(aiter(self.inner))))

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Do not interrupt the running read."""


@over_http("cancel.enter", shows="the connection is still open")
def keeps_waiting_for_the_response_when_cancelled(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap_async=_AsyncShielded)


@over_http("cancel.stream", shows="the connection is still open")
def keeps_reading_the_stream_when_cancelled(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap_async=_AsyncShielded)


@attrs.frozen
class _Shielded:
    """An `AsyncChatPort` that calls in a shielded task, and returns *answer*, if given, when it is cancelled."""

    chat: PlainChat
    answer: ChatResponse | None = None

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return await asyncio.shield(asyncio.ensure_future(self.chat.acomplete(request)))
        except asyncio.CancelledError:
            if self.answer is None:
                raise
            return self.answer

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@over_http("cancel.complete", shows="the connection is still open")
def keeps_the_request_running_when_cancelled(chat: PlainChat) -> ChatPort:
    return from_async(_Shielded(chat))


@over_http("cancel.complete", shows="the task swallowed the cancellation: it returned an answer")
def returns_an_answer_when_cancelled(chat: PlainChat) -> ChatPort:
    return from_async(_Shielded(chat, ChatResponse(message=AssistantMessage("Never mind."))))


@attrs.frozen
class _ConvertsCancellation:
    """An `AsyncChatPort` that raises a `ChatError` when it is cancelled."""

    chat: PlainChat

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        with suppress(asyncio.CancelledError):
            return await self.chat.acomplete(request)
        raise ConnectionFailedError

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@over_http("cancel.complete", shows="the task swallowed the cancellation: it ended with ConnectionFailedError()")
def raises_connection_failed_error_when_cancelled(chat: PlainChat) -> ChatPort:
    return from_async(_ConvertsCancellation(chat))


@over_http("cancel.complete", shows="too late to cancel: the call ended with StreamInterruptedError(")
def blocks_the_loop_so_that_the_call_cannot_be_cancelled(chat: PlainChat) -> ChatPort:
    return BlockingChat(from_async(chat))


@attrs.define
class _WarnsOnClose(StreamWrapper):
    def close(self) -> None:
        warnings.warn("unclosed socket", ResourceWarning, stacklevel=2)
        self.inner.close()


@attrs.define
class _AsyncWarnsOnClose(AsyncStreamWrapper):
    async def aclose(self) -> None:
        warnings.warn("unclosed socket", ResourceWarning, stacklevel=2)
        await self.inner.aclose()


@in_memory("close.break", shows="leaving it warns: ResourceWarning: unclosed socket")
def warns_when_closed(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_WarnsOnClose)


@in_memory("aclose.break", shows="leaving it warns: ResourceWarning: unclosed socket")
def warns_when_aclosed(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap_async=_AsyncWarnsOnClose)
