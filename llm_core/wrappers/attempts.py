"""Counts the calls that are made beneath a wrapper, through whatever wrappers stand between."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    token = _CURRENT.set(count)
    try:
        yield count
    finally:
        with suppress(ValueError):  # a stream may be closed in another context, where nothing was set
            _CURRENT.reset(token)


def count_attempt() -> None:
    """Count a call of a chat that is no wrapper, where it is counted at all."""
    count = _CURRENT.get()
    if count is not None:
        count.add()
