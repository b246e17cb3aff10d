"""What runs beside the calls: threads, tasks, and whether the event loop stands still."""

import asyncio
import threading
import time
from collections.abc import Awaitable

MAX_LEFT_OVER = 4

_TICK = 0.01  # seconds
_MAX_WAIT = 1.5  # seconds to end in
_FAKE_PROVIDER_THREAD = "fake-provider"


def wait_for_few_threads(before: set[threading.Thread]) -> bool:
    """Return whether few threads run that are not of *before* or the fake provider's, or do within a second or two."""
    until = time.monotonic() + _MAX_WAIT
    while not (few := MAX_LEFT_OVER >= len(_without_fake_provider(set(threading.enumerate()) - before))) and time.monotonic() < until:
        time.sleep(_TICK)
    return few


async def wait_for_few_tasks() -> bool:
    """Return whether few tasks run beside this one, or do within a second or two."""
    until = time.monotonic() + _MAX_WAIT
    while not (few := MAX_LEFT_OVER >= len(asyncio.all_tasks()) - 1) and time.monotonic() < until:  # noqa: ASYNC110 -- they tell nobody
        await asyncio.sleep(_TICK)
    return few


async def longest_loop_pause(work: Awaitable[object]) -> float:
    """Return for how many seconds at most the loop stood still while *work* was done.

    What its thread computed meanwhile is left out: a slow machine is not a blocked loop.
    """
    pauses: list[float] = []
    ticker = asyncio.create_task(_tick(pauses))
    await asyncio.sleep(0)  # the first tick begins
    try:
        await work
        await asyncio.sleep(_TICK)  # the last one ends
    finally:
        ticker.cancel()
    return max(pauses, default=0.0)


async def _tick(pauses: list[float]) -> None:
    while True:
        began, computed = time.monotonic(), time.thread_time()
        await asyncio.sleep(_TICK)
        pauses.append(time.monotonic() - began - (time.thread_time() - computed))


def _without_fake_provider(threads: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threads if thread.name != _FAKE_PROVIDER_THREAD]
