"""How many calls may be in progress, and how many requests and tokens may be sent in a minute."""

from __future__ import annotations

import sys
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import attrs

from llm_core.ports.clock import SYSTEM_CLOCK, Clock

from .argument_checks import require_number
from .signals import Signal

if TYPE_CHECKING:
    import asyncio

_MINUTE = 60.0  # seconds


@attrs.define(eq=False)
class Sent:
    """A request of the last minute."""

    time: float
    """When it was sent, by the limiter's clock."""
    tokens: float
    """What it costs: the estimate, until its usage is known."""


class Turn:
    """A call that waits for its turn, or has it. Its permit is free again once it has left, or is collected."""

    def __init__(self, limiter: Limiter, tokens: float) -> None:
        """Belong to *limiter*, for a request of about *tokens*."""
        self.tokens = tokens
        self.sent: Sent | None = None
        """What was entered for it when it was admitted."""
        self.signal: Signal = Signal()
        """Set when there is something new for it."""
        self._limiter = limiter
        self._loop = _running_loop()

    @property
    def is_dead(self) -> bool:
        """Whether the event loop of its task has ended, so that it neither goes on nor leaves."""
        return self._loop is not None and self._loop.is_closed()

    def settle(self, tokens: int) -> None:
        """Replace the estimate by what the request did cost."""
        if self.sent is not None:
            self.sent.tokens = tokens

    def leave(self) -> None:
        """Give the turn back, or leave the queue."""
        self._limiter.leave(self)


class Limiter:
    """Limits that several chats share, across threads, tasks and event loops: first come, first served.

    *concurrent* calls may be in progress. In no period of 60 seconds do more than *requests_per_minute* begin, nor
    those of more than *tokens_per_minute*. Tokens are estimated before a call, as its characters / 4, without its
    answer; once the usage is known, that counts. A request that alone exceeds the tokens of a minute waits for a minute
    without any.
    """

    def __init__(
        self,
        *,
        concurrent: int | None = None,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Set the limits; None is no limit.

        Raises:
            ValueError: a limit is less than 1.
        """
        limits = {
            "concurrent": concurrent,
            "requests_per_minute": requests_per_minute,
            "tokens_per_minute": tokens_per_minute,
        }
        for name, limit in limits.items():
            require_number(name, limit, least=1)
        self.tokens_per_minute = tokens_per_minute
        self._concurrent = concurrent
        self._requests = requests_per_minute
        self._clock = clock
        self._lock = threading.RLock()  # reentrant: garbage collection may end a turn in the thread that holds it
        self._queue: list[weakref.ref[Turn]] = []
        self._active: list[weakref.ref[Turn]] = []
        self._window: deque[Sent] = deque()

    @property
    def in_progress(self) -> int:
        """How many calls have their turn."""
        with self._lock:
            return len(_living(self._active))

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        with self._lock:
            return len(_living(self._queue))

    def enter(self, tokens: float) -> Turn:
        """Return a turn for a request of about *tokens*, which may have to wait: see `wait_of`."""
        turn = Turn(self, min(tokens, self.tokens_per_minute or tokens))
        with self._lock:
            self._queue.append(weakref.ref(turn, self._collected))
            self._admit()
        return turn

    def wait_of(self, turn: Turn) -> float | None:
        """Return the seconds until *turn* can have its turn; 0 if it has it, None if it waits for the end of a call.

        `Turn.signal` is a new one, which is set when this changes.
        """
        with self._lock:
            self._admit()
            if turn.sent is not None:
                return 0.0
            turn.signal = Signal()
            queue = _living(self._queue)
            now = self._clock.now()
            return max(self._start([one.tokens for one in queue[: queue.index(turn) + 1]], now) - now, 0.0) or None

    def leave(self, turn: Turn) -> None:
        """Give the turn back, or leave the queue."""
        with self._lock:
            self._queue = [one for one in self._queue if one() is not turn]
            self._active = [one for one in self._active if one() is not turn]
            self._admit()

    def _collected(self, _: weakref.ref[Turn]) -> None:
        with self._lock:
            self._admit()

    def _admit(self) -> None:
        """Give a turn to those at the head of the queue that fit, and wake the one that is the head then."""
        now = self._clock.now()
        while self._window and self._window[0].time + _MINUTE <= now:
            self._window.popleft()
        self._active, self._queue = _alive(self._active), _alive(self._queue)
        for turn in _living(self._queue):
            if self._concurrent is not None and len(self._active) >= self._concurrent:
                break
            if self._start([turn.tokens], now) > now:
                break
            turn.sent = Sent(now, turn.tokens)
            self._active.append(self._queue.pop(0))
            if self._requests or self.tokens_per_minute:
                self._window.append(turn.sent)
            turn.signal.set()
        for head in _living(self._queue[:1]):
            head.signal.set()

    def _start(self, amounts: Sequence[float], now: float) -> float:
        """Return when the last of several requests, with *amounts* of tokens, can be sent, each as soon as it fits."""
        times, tokens = [one.time for one in self._window], [one.tokens for one in self._window]
        start, first, total = now, 0, sum(tokens)
        for amount in amounts:
            if self._requests is not None and len(times) >= self._requests:
                start = max(start, times[-self._requests] + _MINUTE)
            while self.tokens_per_minute is not None and first < len(times) and total + amount > self.tokens_per_minute:
                start = max(start, times[first] + _MINUTE)
                total -= tokens[first]
                first += 1
            times.append(start)
            tokens.append(amount)
            total += amount
        return start


def _living(turns: Iterable[weakref.ref[Turn]]) -> list[Turn]:
    return [turn for turn in (one() for one in turns) if turn is not None and not turn.is_dead]


def _alive(turns: Iterable[weakref.ref[Turn]]) -> list[weakref.ref[Turn]]:
    return [one for one in turns if (turn := one()) is not None and not turn.is_dead]


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread; a program that never imported asyncio has none."""
    if "asyncio" not in sys.modules:
        return None
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
