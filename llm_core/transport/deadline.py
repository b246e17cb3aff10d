"""A deadline across reads: HTTP clients only limit each read, so a server that drips bytes could hold a caller."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, TypeVar, cast

import attrs

from .open_call import AbortedError, OpenCall

if TYPE_CHECKING:
    import asyncio

Chunk = TypeVar("Chunk")

_MAX_SECONDS = 1_000_000.0  # what every platform's sockets and timers accept


@attrs.define(eq=False, repr=False)
class Deadline:
    """*seconds* from now, or from the last `reset`.

    For a stream that is read with `wait_for` one timer serves all chunks and is set again when it fires;
    `asyncio.timeout` would set one per chunk, which is 5 % of what a chunk costs.
    """

    seconds: float
    call: OpenCall | None = None
    """The sync call that keeps to it; another thread may end it earlier."""
    _until: float = attrs.field(init=False)
    _timer: asyncio.TimerHandle | None = attrs.field(default=None, init=False)
    _waiting: asyncio.Task[object] | None = attrs.field(default=None, init=False)
    _expired: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        """Start."""
        self.seconds = min(self.seconds, _MAX_SECONDS)
        self.reset()

    def reset(self) -> None:
        """Start again."""
        self._until = time.monotonic() + self.seconds

    def shorten(self, seconds: float) -> None:
        """Leave at most *seconds* from now."""
        self._until = min(self._until, time.monotonic() + seconds)
        self.cancel()  # the timer would fire later
        self._timer = None

    @property
    def remaining(self) -> float:
        """The remaining seconds, not negative."""
        return max(0.0, self._until - time.monotonic())

    def left(self) -> float:
        """Return the remaining seconds, more than zero.

        Raises TimeoutError if there are none, and `AbortedError` if the call was aborted.
        """
        if self.call is not None and self.call.aborted:
            raise AbortedError
        left = self._until - time.monotonic()
        if left <= 0.0:
            raise TimeoutError("the deadline has passed")
        return left

    check = left  # called for its errors alone: a chunk that completes no event does not move the deadline

    async def wait_for(self, chunks: AsyncIterator[Chunk]) -> Chunk | None:
        """Return the next chunk, or None at the end. Raises TimeoutError at the deadline. Call `cancel` afterwards."""
        import asyncio

        task = self._waiting = cast("asyncio.Task[object]", asyncio.current_task())
        cancelling = task.cancelling()
        if self._timer is None:
            self._set_timer()
        try:
            return await anext(chunks, None)
        except asyncio.CancelledError:
            if self._expired and task.cancelling() == cancelling + 1:  # by this deadline alone
                raise TimeoutError from None
            raise
        finally:
            self._waiting = None
            if self._expired:
                task.uncancel()

    def cancel(self) -> None:
        """Cancel the timer of `wait_for`."""
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        import asyncio

        self._timer = asyncio.get_running_loop().call_later(self.remaining, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self._waiting is not None and self.remaining > 0:
            self._set_timer()
        elif self._waiting is not None:
            self._expired = True
            self._waiting.cancel()
