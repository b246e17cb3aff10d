"""Time for wrappers and for the fake: one object that a test replaces, and that a whole stack may share."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What time is read from, and what waits. A test that must not wait passes one that returns at once."""

    def now(self) -> float:
        """Return seconds since some moment in the past; they never run backwards."""

    def sleep(self, seconds: float, woken: threading.Event, /) -> None:
        """Wait in a sync verb, until *woken* is set if that is sooner; *seconds* may be infinite."""

    async def asleep(self, seconds: float, /) -> None:
        """Wait in an async verb; *seconds* is finite."""


class SystemClock:
    """Real time."""

    def now(self) -> float:
        """Return the monotonic time."""
        return time.monotonic()

    def sleep(self, seconds: float, woken: threading.Event, /) -> None:
        """Wait; a signal handler that raises, as for Ctrl-C, ends the wait."""
        woken.wait(min(seconds, threading.TIMEOUT_MAX))

    async def asleep(self, seconds: float, /) -> None:
        """Wait; cancelling the task ends the wait."""
        import asyncio

        await asyncio.sleep(seconds)


SYSTEM_CLOCK = SystemClock()
