"""An event loop in a thread of its own, which runs the calls of sync callers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:  # asyncio is a third of the time of `import llm_core`, so the first call imports it
    import asyncio
    from concurrent.futures import Future

Result = TypeVar("Result")


class CallCancelledError(Exception):
    """The loop's thread cancelled the call, or `PendingRead.abort` did."""


class PendingRead:
    """The read of a sync stream in progress, which `abort` ends from another thread."""

    def __init__(self) -> None:
        """Wait for no read yet."""
        self._aborted = False
        self._future: Future[object] | None = None

    def begin(self, future: Future[object]) -> None:
        """Wait for *future*; cancel it if `abort` was called before."""
        self._future = future
        if self._aborted:
            future.cancel()

    def abort(self) -> None:
        """End the read."""
        self._aborted = True
        future = self._future
        if future is not None:
            future.cancel()


class LoopClosedError(RuntimeError):
    """A call of `LoopThread.run` after its `close`."""


class LoopThread:
    """An event loop in a daemon thread, from the first `run` to `close`."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.RLock()  # reentrant: garbage collection may close a stream in the thread that holds it
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def run(self, work: Callable[[], Coroutine[object, object, Result]], read: PendingRead | None = None) -> Result:
        """Return what *work* returns on the loop; an exception here, such as KeyboardInterrupt, cancels it there.

        Raises:
            CallCancelledError: `close` or *read* cancelled it.
        """
        from concurrent.futures import CancelledError

        future = self._submit(work)
        if read is not None:
            read.begin(cast("Future[object]", future))
        try:
            return future.result()
        except CancelledError:
            raise CallCancelledError from None
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
                raise LoopClosedError("this chat has been closed")
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
