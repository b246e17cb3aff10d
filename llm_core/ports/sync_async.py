"""Both sync and async verbs for a port that has one of the two: threads for a sync port, a loop for an async one."""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar, cast

from llm_core.domain.errors import ChatError, ConnectionFailedError, StreamInterruptedError
from llm_core.domain.events import StreamEvent
from llm_core.domain.provider_fault import ProviderFault, detached
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage

from .chat import AsyncChatPort, AsyncChatStream, ChatPort, ChatStream, ManagedChatPort, SyncChatPort
from .event_loops import require_asyncio
from .streams import AsyncEventStream, EventStream, UsageReport

if TYPE_CHECKING:  # asyncio is a third of the time of `import llm_core`, so the first call imports it
    import asyncio
    from concurrent.futures import Executor, Future

Result = TypeVar("Result")


def from_sync(chat: SyncChatPort) -> ChatPort:
    """Return *chat* with the async verbs added, each call in a thread of its own (asyncio only).

    A thread cannot be cancelled. A cancelled task continues at once; the connection is freed when the event that the
    thread waits for has arrived, at the latest by ``settings.timeout``.
    """
    return _FromSync(chat)


def from_async(chat: AsyncChatPort) -> ManagedChatPort:
    """Return *chat* with the sync verbs added, run on one event loop in a thread (asyncio only).

    The first sync call starts the thread; closing ends it. The caller closes *chat* itself.
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
        self._loop = _LoopThread()

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self._chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self._chat.astream(request)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self._loop.run(lambda: self._chat.acomplete(request))
        except _CallCancelledError:
            pass
        raise _closed_during_a_call([], None)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        usage, read = UsageReport(), _Read()
        return EventStream(self._events(request, usage, read), usage, read.abort)

    def _events(self, request: ChatRequest, usage: UsageReport, read: _Read) -> Generator[StreamEvent, None, None]:
        import asyncio

        stream, lock, seen = self._chat.astream(request), asyncio.Lock(), list[StreamEvent]()
        usage.read = lambda: stream.usage
        try:
            while (event := self._loop.run(lambda: _next(stream, lock), read)) is not None:
                seen.append(event)
                yield event
        except _CallCancelledError:
            pass
        else:
            return
        finally:
            self._free(stream, lock)
        raise _closed_during_a_call(seen, stream.usage)

    def _free(self, stream: AsyncChatStream, lock: asyncio.Lock) -> None:
        if sys.is_finalizing():  # the loop's thread has ended with the interpreter
            return
        with suppress(_LoopClosedError):  # a loop that has ended has closed its generators
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


class _CallCancelledError(Exception):
    """The loop's thread cancelled the call, or `_Read.abort` did."""


class _Read:
    """The read of a sync stream in progress, which `abort` ends from another thread."""

    def __init__(self) -> None:
        self._aborted = False
        self._future: Future[object] | None = None

    def begin(self, future: Future[object]) -> None:
        self._future = future
        if self._aborted:
            future.cancel()

    def abort(self) -> None:
        self._aborted = True
        future = self._future
        if future is not None:
            future.cancel()


class _LoopClosedError(RuntimeError):
    """A call of `_LoopThread.run` after its `close`."""


class _LoopThread:
    """An event loop in a daemon thread, from the first `run` to `close`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # reentrant: garbage collection may close a stream in the thread that holds it
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def run(self, work: Callable[[], Coroutine[object, object, Result]], read: _Read | None = None) -> Result:
        """Return what *work* returns on the loop; an exception here, such as KeyboardInterrupt, cancels it there.

        Raises:
            _CallCancelledError: `close` or *read* cancelled it.
        """
        from concurrent.futures import CancelledError

        future = self._submit(work)
        if read is not None:
            read.begin(cast("Future[object]", future))
        try:
            return future.result()
        except CancelledError:
            raise _CallCancelledError from None
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel the running calls and end the loop and its thread. Closing again does nothing."""
        with self._lock:
            self._closed = True
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _submit(self, work: Callable[[], Coroutine[object, object, Result]]) -> Future[Result]:
        import asyncio

        with self._lock:  # held until the loop has the work, so that `close` cancels it
            if self._closed:
                raise _LoopClosedError("this chat has been closed")
            if threading.current_thread() is self._thread:
                raise RuntimeError("a sync verb on the loop's own thread would wait for itself")
            return asyncio.run_coroutine_threadsafe(work(), self._loop or self._start())

    def _start(self) -> asyncio.AbstractEventLoop:
        import asyncio

        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_serve, args=(self._loop,), name="llm_core", daemon=True)
        self._thread.start()
        return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    import asyncio

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.get_loop().run_forever()
