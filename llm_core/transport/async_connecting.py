"""A TCP connection to one of several addresses, for async callers; they keep the deadline."""

import asyncio
import socket
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress

from .connecting import NEXT_ADDRESS
from .lookups import Address


async def aconnect(addresses: Sequence[Address]) -> socket.socket:
    """Return a socket that is connected to the first of *addresses* that accepts. Raises OSError if none does."""
    waiting, attempts = deque(addresses), set[asyncio.Task[socket.socket]]()
    error = OSError("the host has no address")
    try:
        while waiting or attempts:
            if waiting:
                attempts.add(asyncio.create_task(_connected(waiting.popleft())))
            timeout = NEXT_ADDRESS if waiting else None
            done, _ = await asyncio.wait(attempts, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            for attempt in done:
                attempts.discard(attempt)
                try:
                    return attempt.result()
                except OSError as failed:
                    error = failed
        raise error
    finally:
        _give_up(attempts)
        del error  # this frame would be part of its traceback


async def _connected(address: Address) -> socket.socket:
    family, place = address
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        connected.setblocking(False)  # noqa: FBT003 -- its name in the standard library
        await asyncio.get_running_loop().sock_connect(connected, place)
    except BaseException:
        connected.close()
        raise
    return connected


def _give_up(attempts: Iterable[asyncio.Task[socket.socket]]) -> None:
    for attempt in attempts:
        attempt.add_done_callback(_close)
        attempt.cancel()


def _close(attempt: asyncio.Task[socket.socket]) -> None:
    with suppress(OSError, asyncio.CancelledError):
        attempt.result().close()
