"""Where `Cached` keeps answers: the Protocol of stores, and a store in memory."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from .argument_checks import require_number


class Store(Protocol):
    """Texts by key, each kept for a time. Threads, tasks and event loops share a store, so its methods are safe there.

    A key is 64 hexadecimal digits; a text is JSON. A store may drop any text at any time.
    """

    def get(self, key: str, /) -> str | None:
        """Return the text of *key*; None if there is none, or its time is over."""

    def set(self, key: str, text: str, /, *, seconds: float | None) -> None:
        """Keep *text*, for *seconds*; None: without limit."""

    async def aget(self, key: str, /) -> str | None:
        """Return what `get` returns, without blocking the event loop."""

    async def aset(self, key: str, text: str, /, *, seconds: float | None) -> None:
        """Keep *text* as `set` does, without blocking the event loop."""


class MemoryStore:
    """A store in this process, of *max_entries* texts at most: beyond them the one that was unused longest goes."""

    def __init__(self, max_entries: int = 1_000, *, now: Callable[[], float] = time.time) -> None:
        """Start empty; *now* returns the time in seconds.

        Raises:
            ValueError: *max_entries* is less than 1.
        """
        require_number("max_entries", max_entries, least=1)
        self._max_entries = max_entries
        self._now = now
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[str, float | None]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many texts there are, those whose time is over included."""
        return len(self._entries)

    def get(self, key: str, /) -> str | None:
        """Return the text of *key*; None if there is none, or its time is over."""
        with self._lock:
            text, expires = self._entries.get(key, (None, None))
            if expires is not None and expires <= self._now():
                del self._entries[key]
                return None
            if text is not None:
                self._entries.move_to_end(key)
            return text

    def set(self, key: str, text: str, /, *, seconds: float | None) -> None:
        """Keep *text*, for *seconds*; None: without limit."""
        with self._lock:
            self._entries[key] = (text, None if seconds is None else self._now() + seconds)
            self._entries.move_to_end(key)
            if len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)

    async def aget(self, key: str, /) -> str | None:
        """Return the text of *key*; None if there is none, or its time is over."""
        return self.get(key)

    async def aset(self, key: str, text: str, /, *, seconds: float | None) -> None:
        """Keep *text*, for *seconds*; None: without limit."""
        self.set(key, text, seconds=seconds)
