"""Closing, at the exit of the interpreter, what is open in event loops that stand still: it prints errors otherwise."""

from __future__ import annotations

import asyncio
import atexit
import os
import weakref
from contextlib import suppress

_PATIENCE = 1.0  # seconds

_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, int] = weakref.WeakKeyDictionary()  # with its process


def close_at_exit(loop: asyncio.AbstractEventLoop) -> None:
    """Close the async generators of *loop* at exit, as `asyncio.run` does at its end, if it is open and not running."""
    if not _loops:
        atexit.unregister(close_loops)
        atexit.register(close_loops)
    _loops[loop] = os.getpid()


def close_loops() -> None:
    """Do so now. A loop of the parent process, whose selector a forked child shares, is left alone."""
    for loop, process in list(_loops.items()):
        if process == os.getpid() and not loop.is_running() and not loop.is_closed():
            with suppress(Exception):
                loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), _PATIENCE))
