"""Observes the process during a call: its threads, its tasks, and pauses of the event loop."""

import asyncio
import threading
import time
from collections.abc import Awaitable

MAX_LEFT_OVER = 4  # connections, threads or tasks that may remain after many calls

_TICK = 0.01  # seconds
_MAX_WAIT = 1.5  # seconds that threads and tasks may take to end
_FAKE_PROVIDER_THREAD = "fake-provider"


def wait_for_few_threads(before: set[threading.Thread]) -> bool:
    """Return True if at most MAX_LEFT_OVER threads remain, without those of *before* and the fake provider's.

    It waits for them to end, up to 1.5 seconds.
    """
    deadline = time.monotonic() + _MAX_WAIT
    while not (few := MAX_LEFT_OVER >= len(threads_since(before))) and time.monotonic() < deadline:
        time.sleep(_TICK)
    return few


def threads_since(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that run now, without those of *before* and the fake provider's."""
    return [thread for thread in set(threading.enumerate()) - before if thread.name != _FAKE_PROVIDER_THREAD]


async def wait_for_few_tasks(most: int = MAX_LEFT_OVER) -> bool:
    """Return True if at most *most* other tasks remain; it waits for them to end, up to 1.5 seconds."""
    deadline = time.monotonic() + _MAX_WAIT
    while not (few := most >= len(asyncio.all_tasks()) - 1) and time.monotonic() < deadline:  # noqa: ASYNC110 -- tasks send no signal when they end
        await asyncio.sleep(_TICK)
    return few


async def longest_loop_pause(work: Awaitable[object]) -> float:
    """Return the longest time in seconds that the event loop was blocked while *work* ran.

    The processor time of the loop's own thread is subtracted: a slow machine is not a blocked loop.
    """
    pauses: list[float] = []
    ticker = asyncio.create_task(_tick(pauses))
    await asyncio.sleep(0)  # let the first tick begin
    try:
        await work
        await asyncio.sleep(_TICK)  # let the last tick end
    finally:
        ticker.cancel()
    return max(pauses, default=0.0)


async def _tick(pauses: list[float]) -> None:
    while True:
        began, computed = time.monotonic(), time.thread_time()
        await asyncio.sleep(_TICK)
        pauses.append(time.monotonic() - began - (time.thread_time() - computed))
