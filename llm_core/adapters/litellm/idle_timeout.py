"""How long a stream waits for its next event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TypeVar, cast

import attrs

from llm_core.domain.errors import ChatTimeoutError

Chunk = TypeVar("Chunk")


@attrs.define
class Patience:
    """The seconds for each event: chunks that bring none do not count.

    One timer serves the whole stream, and moves on when it rings; `asyncio.timeout` would set one for every
    chunk, which is 5 % of what a chunk costs.
    """

    seconds: float
    _until: float = attrs.field(init=False)
    _timer: asyncio.TimerHandle | None = None
    _waiting: asyncio.Task[object] | None = None
    _rang: bool = False

    def __attrs_post_init__(self) -> None:
        """Begin to wait."""
        self.reset()

    def reset(self) -> None:
        """Begin to wait anew."""
        self._until = time.monotonic() + self.seconds

    def remaining(self) -> float:
        """Return the seconds that are left."""
        return self._until - time.monotonic()

    def check(self) -> None:
        """Raise ChatTimeoutError if no time is left."""
        if self.remaining() <= 0:
            raise ChatTimeoutError

    async def wait_for(self, chunks: AsyncIterator[Chunk]) -> Chunk | None:
        """Return the next chunk, or None at their end. TimeoutError when the time is over."""
        task = self._waiting = cast("asyncio.Task[object]", asyncio.current_task())
        cancelled = task.cancelling()
        if self._timer is None:
            self._set_timer()
        try:
            return await anext(chunks, None)
        except asyncio.CancelledError:
            if self._rang and task.cancelling() == cancelled + 1:  # by nobody but us
                raise TimeoutError from None
            raise
        finally:
            self._waiting = None
            if self._rang:
                task.uncancel()

    def end(self) -> None:
        """Put the timer away."""
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.remaining(), self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._waiting is not None and self.remaining() > 0:
            self._set_timer()
        elif self._waiting is not None:
            self._rang = True
            self._waiting.cancel()
