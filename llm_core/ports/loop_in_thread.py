"""The event loop on which `from_async` runs what its sync verbs ask for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # asyncio costs a third of `import llm_core`, so it waits for the first call
    import asyncio
    from concurrent.futures import Future

Result = TypeVar("Result")


class LoopEndedError(RuntimeError):
    """ErrorContext to run something after `LoopThread.close`."""


class LoopThread:
    """An event loop that runs in a daemon thread from the first `run` to `close`."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.RLock()  # a stream that is collected in here closes itself through here
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def run(self, work: Callable[[], Coroutine[object, object, Result]]) -> Result:
        """Return what *work* returns on the loop; an interrupt here cancels it there."""
        future = self._begin(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what runs, end the loop and its thread; again does nothing."""
        with self._lock:
            self._closed = True
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _begin(self, work: Callable[[], Coroutine[object, object, Result]]) -> Future[Result]:
        import asyncio

        with self._lock:  # held while the work is handed over: `close` then finds it, and cancels it
            if self._closed:
                raise LoopEndedError("this chat has been closed")
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
