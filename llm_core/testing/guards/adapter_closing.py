"""Closes an adapter after a clause, whichever of `aclose` and `close` it has."""

import asyncio
import atexit
import functools
from collections.abc import Callable, Coroutine
from contextlib import suppress

from llm_core.ports.chat import ChatPort

from .deadlock_guard import in_time

_SECONDS = 2  # for an adapter that hangs already


def close_adapter(chat: ChatPort) -> None:
    """Call `aclose` and then `close`, where *chat* has them."""
    _close(chat, _run_in_kept_loop)


def close_hanging(chat: ChatPort) -> None:
    """As `close_adapter`, without waiting for long or raising: the deadlock is reported already."""
    with suppress(Exception):
        in_time(_SECONDS, lambda: _close(chat, asyncio.run))


def _close(chat: ChatPort, run: Callable[[Coroutine[object, object, None]], None]) -> None:
    aclose, close = getattr(chat, "aclose", None), getattr(chat, "close", None)
    if callable(aclose):
        run(_await(aclose()))
    if callable(close):
        close()


async def _await(closing: object) -> None:
    if asyncio.iscoroutine(closing):
        await closing


@functools.cache
def _kept_loop() -> asyncio.AbstractEventLoop:
    """Return a loop for closing alone: a new one after each clause would take longer than most closing."""
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


def _run_in_kept_loop(closing: Coroutine[object, object, None]) -> None:
    loop = _kept_loop()
    try:
        loop.run_until_complete(closing)
    finally:
        if asyncio.all_tasks(loop):  # end them as `asyncio.run` does, before the next clause
            _kept_loop.cache_clear()
            atexit.unregister(loop.close)
            with asyncio.Runner(loop_factory=lambda: loop):
                pass
