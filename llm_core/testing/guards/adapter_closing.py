"""Closes an adapter after a clause, whichever of `aclose` and `close` it has."""

import asyncio
from contextlib import suppress

from llm_core.ports.chat import ChatPort

from .deadlock_guard import in_time

_SECONDS = 2  # for an adapter that hangs already


def close_adapter(chat: ChatPort) -> None:
    """Call `aclose` and then `close`, where *chat* has them."""
    aclose, close = getattr(chat, "aclose", None), getattr(chat, "close", None)
    if callable(aclose):
        asyncio.run(_await(aclose()))
    if callable(close):
        close()


def close_hanging(chat: ChatPort) -> None:
    """As `close_adapter`, without waiting for long or raising: the deadlock is reported already."""
    with suppress(Exception):
        in_time(_SECONDS, lambda: close_adapter(chat))


async def _await(closing: object) -> None:
    if asyncio.iscoroutine(closing):
        await closing
