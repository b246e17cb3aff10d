"""A clock for wrappers that does not wait."""

import asyncio
import threading


class FakeClock:
    """Time that passes only in waits, of which it keeps the lengths."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float, woken: threading.Event, /) -> None:
        if not woken.is_set():
            self._pass(seconds)

    async def asleep(self, seconds: float, /) -> None:
        self._pass(seconds)
        await asyncio.sleep(0)

    def _pass(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds
