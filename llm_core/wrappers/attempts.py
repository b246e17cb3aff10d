"""Counts the calls that are made beneath a wrapper, through whatever wrappers stand between."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import attrs


@attrs.define(eq=False)
class AttemptCount:
    """How many calls were made of chats that are no wrappers."""

    calls: int = 0
    """The calls so far."""
    _outer: "AttemptCount | None" = None

    def add(self) -> None:
        """Count a call, also for the count around this one."""
        self.calls += 1
        if self._outer is not None:
            self._outer.add()


_CURRENT: ContextVar[AttemptCount | None] = ContextVar("attempts", default=None)


@contextmanager
def counting() -> Iterator[AttemptCount]:
    """Count the calls that begin in this thread or task until the block is left."""
    outer = _CURRENT.get()
    count = AttemptCount(0, outer)
    _CURRENT.set(count)
    try:
        yield count
    finally:
        _CURRENT.set(outer)  # not by a token: a stream may be closed in another context


def count_attempt() -> None:
    """Count a call of a chat that is no wrapper, where it is counted at all."""
    count = _CURRENT.get()
    if count is not None:
        count.add()
