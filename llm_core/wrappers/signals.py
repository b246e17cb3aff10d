"""Signals that end a wait, whichever thread or event loop waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class Signal:
    """A flag that is set once; `wait_for` waits for it. Any thread may set it."""

    def __init__(self) -> None:
        """Start unset."""
        self._lock = threading.RLock()  # reentrant: garbage collection may set it in a thread that holds it
        self._is_set = False
        self._wakers: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        """Whether `set` has been called."""
        return self._is_set

    def set(self) -> None:
        """Set the flag, and end every wait for it. Setting it again does nothing."""
        with self._lock:
            self._is_set = True
            wakers, self._wakers = self._wakers, []
        for waker in wakers:
            waker()

    def add(self, waker: Callable[[], None]) -> None:
        """Call *waker* when the flag is set: at once if it is."""
        with self._lock:
            if not self._is_set:
                self._wakers.append(waker)
                return
        waker()

    def remove(self, waker: Callable[[], None]) -> None:
        """Do not call *waker*."""
        with self._lock:
            self._wakers = [other for other in self._wakers if other is not waker]


def task_waker(loop: asyncio.AbstractEventLoop, woken: asyncio.Future[None]) -> Callable[[], None]:
    """Return a function that completes *woken*, of *loop*, from any thread; nothing happens once the loop has ended."""

    def complete() -> None:
        if not woken.done():
            woken.set_result(None)

    def wake() -> None:
        with suppress(RuntimeError):  # the loop has ended, and with it the task that waited
            loop.call_soon_threadsafe(complete)

    return wake
