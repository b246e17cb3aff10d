"""Both sync and async verbs for a port that has one of the two: threads for a sync port, a loop for an async one."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from llm_core.domain.errors import ChatError, ConnectionFailedError, StreamInterruptedError
from llm_core.domain.events import StreamEvent
from llm_core.domain.provider_fault import ProviderFault, detached
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage

from .chat import AsyncChatPort, AsyncChatStream, ChatPort, ChatStream, ManagedChatPort, SyncChatPort
from .event_loops import require_asyncio
from .loop_thread import CallCancelledError, LoopClosedError, LoopThread, PendingRead
from .streams import AsyncEventStream, EventStream, UsageReport

if TYPE_CHECKING:  # asyncio is a third of the time of `import llm_core`, so the first call imports it
    import asyncio
    from concurrent.futures import Executor

Result = TypeVar("Result")


def from_sync(chat: SyncChatPort) -> ChatPort:
    """Return *chat* with the async verbs added, each call in a thread of its own (asyncio only).

    A thread cannot be cancelled. A cancelled task continues at once; the connection is freed when the event that the
    thread waits for has arrived, at the latest by ``settings.timeout``.
    """
    return _FromSync(chat)


def from_async(chat: AsyncChatPort) -> ManagedChatPort:
    """Return *chat* with the sync verbs added, run on one event loop in a thread (asyncio only).

    The first sync call starts the thread; `close` and `aclose` end it, with the sync calls in progress. The caller
    closes *chat* itself.
    """
    return _FromAsync(chat)


class _FromSync:
    def __init__(self, chat: SyncChatPort) -> None:
        self._chat = chat

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self._chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self._chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        require_asyncio()
        executor = _executor()
        try:
            return await _run_in(executor, lambda: self._chat.complete(request))
        finally:
            executor.shutdown(wait=False)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        usage = UsageReport()
        return AsyncEventStream(self._events(request, usage), usage)

    async def _events(self, request: ChatRequest, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        require_asyncio()
        executor, stream = _executor(), self._chat.stream(request)
        usage.read = lambda: stream.usage
        is_idle = False
        try:
            while (event := await _run_in(executor, lambda: next(stream, None))) is not None:
                is_idle = True
                yield event
                is_idle = False
            is_idle = True
        finally:
            closing = _run_in(executor, stream.close)  # the stream's one thread closes it after the read in progress
            executor.shutdown(wait=False)
            if is_idle:
                await closing


def _executor() -> Executor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="llm_core")


def _run_in(executor: Executor, work: Callable[[], Result]) -> asyncio.Future[Result]:
    import asyncio

    return asyncio.get_running_loop().run_in_executor(executor, work)


class _FromAsync(ManagedChatPort):
    def __init__(self, chat: AsyncChatPort) -> None:
        self._chat = chat
        self._loop = LoopThread()

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self._chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self._chat.astream(request)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self._loop.run(lambda: self._chat.acomplete(request))
        except CallCancelledError:
            pass
        raise _closed_during_a_call([], None)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        usage, read = UsageReport(), PendingRead()
        return EventStream(self._events(request, usage, read), usage, read.abort)

    def _events(
        self, request: ChatRequest, usage: UsageReport, read: PendingRead
    ) -> Generator[StreamEvent, None, None]:
        import asyncio

        stream, lock, seen = self._chat.astream(request), asyncio.Lock(), list[StreamEvent]()
        usage.read = lambda: stream.usage
        try:
            while (event := self._loop.run(lambda: _next(stream, lock), read)) is not None:
                seen.append(event)
                yield event
        except CallCancelledError:
            pass
        else:
            return
        finally:
            self._free(stream, lock)
        raise _closed_during_a_call(seen, stream.usage)

    def _free(self, stream: AsyncChatStream, lock: asyncio.Lock) -> None:
        if sys.is_finalizing():  # the loop's thread has ended with the interpreter
            return
        with suppress(LoopClosedError):  # a loop that has ended has closed its generators
            self._loop.run(lambda: _close(stream, lock))

    def close(self) -> None:
        self._loop.close()

    async def aclose(self) -> None:
        self._loop.close()


async def _next(stream: AsyncChatStream, lock: asyncio.Lock) -> StreamEvent | None:
    async with lock:
        return await anext(stream, None)


async def _close(stream: AsyncChatStream, lock: asyncio.Lock) -> None:
    async with lock:  # an interrupted read ends first: a generator that is running cannot be closed
        await stream.aclose()


def _closed_during_a_call(seen: Sequence[StreamEvent], usage: Usage | None) -> ChatError:
    """Return the error of a call that ended because the chat, or its stream, was closed by another thread."""
    builder = ResponseBuilder()
    for event in seen:
        builder.add(event)
    error = StreamInterruptedError(partial=builder.partial()) if seen else ConnectionFailedError()
    error.usage = usage
    error.detail = "the chat was closed while the call was in progress"
    return detached(error, ProviderFault("llm_core", "closed"))
