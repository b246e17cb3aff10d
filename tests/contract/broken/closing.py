"""Broken in what it frees, over real connections."""

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
)
from llm_core import from_async as both_colours

from .mutating import in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import AsyncShell, Blocking, Shell, Shelled


@attrs.define
class _Careless(Shell):
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Free nothing."""


@attrs.define
class _AsyncCareless(AsyncShell):
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Free nothing."""


@over_http("close.break", shows="the connection is still open")
def leaks_when_a_loop_breaks(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around=_Careless)


@over_http("aclose.break", shows="the connection is still open")
def leaks_when_an_async_loop_breaks(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around_async=_AsyncCareless)


@attrs.define
class _Polite(Shell):
    def close(self) -> None:
        with suppress(ChatError):
            self.inner.until_done()


@attrs.define
class _AsyncPolite(AsyncShell):
    async def aclose(self) -> None:
        with suppress(ChatError):
            await self.inner.until_done()


@over_http("close.break", shows="the connection is still open")
def hears_the_rest_before_it_hangs_up(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around=_Polite)


@over_http("aclose.break", shows="the connection is still open")
def hears_the_rest_before_it_hangs_up_async(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around_async=_AsyncPolite)


@attrs.define
class _Shocked(Shell):
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if kind is None:
            self.close()


@attrs.define
class _AsyncShocked(AsyncShell):
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if kind is None:
            await self.aclose()


@over_http("close.exception", shows="the connection is still open")
def leaks_on_an_exception(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around=_Shocked)


@over_http("aclose.exception", shows="the connection is still open")
def leaks_on_an_exception_in_async_code(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around_async=_AsyncShocked)


@attrs.define
class _Closed(Shell):
    closed: bool = False

    def __next__(self) -> StreamEvent:
        if self.closed:
            raise StopIteration
        return next(self.inner)

    def close(self) -> None:
        self.closed = True


@attrs.define
class _AsyncClosed(AsyncShell):
    closed: bool = False

    async def __anext__(self) -> StreamEvent:
        if self.closed:
            raise StopAsyncIteration
        return await anext(aiter(self.inner))

    async def aclose(self) -> None:
        self.closed = True


@over_http("close.twice", shows="the connection is still open")
def leaks_after_close(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around=_Closed)


@over_http("aclose.twice", shows="the connection is still open")
def leaks_after_aclose(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around_async=_AsyncClosed)


@attrs.define
class _Once(Shell):
    closed: bool = False

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True
        self.inner.close()


@attrs.define
class _AsyncOnce(AsyncShell):
    closed: bool = False

    async def aclose(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True
        await self.inner.aclose()


@in_memory("close.twice", shows="closed already", escapes=RuntimeError)
def cannot_be_closed_twice(chat: ChatPort) -> ChatPort:
    return Shelled(chat=chat, around=_Once)


@in_memory("aclose.twice", shows="closed already", escapes=RuntimeError)
def cannot_be_aclosed_twice(chat: ChatPort) -> ChatPort:
    return Shelled(chat=chat, around_async=_AsyncOnce)


@attrs.define
class _Talkative(Shell):
    last: bool = False

    def __next__(self) -> StreamEvent:
        if self.last:
            self.last = False
            return TextDelta("One more thing.")
        return next(self.inner)

    def close(self) -> None:
        self.last = True
        self.inner.close()


@in_memory("close.twice", shows="TextDelta(text='One more thing.')")
def goes_on_after_close(chat: ChatPort) -> ChatPort:
    return Shelled(chat=chat, around=_Talkative)


@attrs.define
class _Deaf(AsyncShell):
    async def __aenter__(self) -> Self:
        await asyncio.shield(asyncio.ensure_future(self.inner.__aenter__()))
        return self

    async def __anext__(self) -> StreamEvent:
        return await asyncio.shield(asyncio.ensure_future(anext(aiter(self.inner))))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Leave the read that goes on alone."""


@over_http("cancel.enter", shows="the connection is still open")
def goes_on_waiting_when_it_is_cancelled(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around_async=_Deaf)


@over_http("cancel.stream", shows="the connection is still open")
def goes_on_reading_when_it_is_cancelled(chat: PlainChat) -> ChatPort:
    return Shelled(chat=both_colours(chat), around_async=_Deaf)


@attrs.frozen
class _Uncancelled:
    """An `AsyncChatPort` that calls in a task of its own, and may take cancelling for an answer."""

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
def goes_on_asking_when_it_is_cancelled(chat: PlainChat) -> ChatPort:
    return both_colours(_Uncancelled(chat))


@over_http("cancel.complete", shows="the task swallowed the cancellation: it returned an answer")
def takes_cancelling_for_an_answer(chat: PlainChat) -> ChatPort:
    return both_colours(_Uncancelled(chat, ChatResponse(message=AssistantMessage("Never mind."))))


@attrs.frozen
class _Stubborn:
    """An `AsyncChatPort` that takes cancelling for a failure of its own."""

    chat: PlainChat

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        with suppress(asyncio.CancelledError):
            return await self.chat.acomplete(request)
        raise ConnectionFailedError

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@over_http("cancel.complete", shows="the task swallowed the cancellation: it ended with ConnectionFailedError()")
def takes_cancelling_for_a_failure(chat: PlainChat) -> ChatPort:
    return both_colours(_Stubborn(chat))


@over_http("cancel.complete", shows="too late to cancel: the call ended with StreamInterruptedError()")
def blocks_whoever_would_cancel_it(chat: PlainChat) -> ChatPort:
    return Blocking(both_colours(chat))


@attrs.define
class _Warning(Shell):
    def close(self) -> None:
        warnings.warn("unclosed socket", ResourceWarning, stacklevel=2)
        self.inner.close()


@attrs.define
class _AsyncWarning(AsyncShell):
    async def aclose(self) -> None:
        warnings.warn("unclosed socket", ResourceWarning, stacklevel=2)
        await self.inner.aclose()


@in_memory("close.break", shows="leaving it warns: ResourceWarning: unclosed socket")
def warns_when_it_is_closed(chat: ChatPort) -> ChatPort:
    return Shelled(chat=chat, around=_Warning)


@in_memory("aclose.break", shows="leaving it warns: ResourceWarning: unclosed socket")
def warns_when_it_is_aclosed(chat: ChatPort) -> ChatPort:
    return Shelled(chat=chat, around_async=_AsyncWarning)
