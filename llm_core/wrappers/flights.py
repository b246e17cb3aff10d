"""Calls in progress, so that equal requests at once make one call."""

from __future__ import annotations

import sys
import threading
import weakref
from functools import partial
from typing import TYPE_CHECKING

import attrs

from .signals import Signal

if TYPE_CHECKING:
    from llm_core.domain.responses import ChatResponse

Caller = tuple[int, int]


@attrs.define(eq=False)
class Flight:
    """A call in progress: others with an equal request wait for its end."""

    caller: Caller
    """The thread and the task that make the call."""
    ended: Signal = attrs.field(factory=Signal)
    """Set once the call has ended, in whichever way."""
    response: ChatResponse | None = None
    """The response, if it has one by then."""


class Turn:
    """Held by the caller that makes the call of a flight: its flight ends with it, also where an interrupt comes."""


class Flights:
    """The calls in progress by key; threads, tasks and event loops share them."""

    def __init__(self) -> None:
        """Start without any."""
        self._lock = threading.RLock()  # reentrant: garbage collection may end a flight in a thread that holds it
        self._flights: dict[str, tuple[Flight, weakref.ref[Turn]]] = {}

    def __len__(self) -> int:
        """Return how many calls are in progress."""
        return len(self._flights)

    def join(self, key: str) -> tuple[Flight, Turn | None]:
        """Return the flight of *key*, and None; the caller begins it, and must `end` it, if it gets a turn instead."""
        with self._lock:
            if key in self._flights:
                return self._flights[key][0], None
            flight, turn = Flight(this_caller()), Turn()
            self._flights[key] = flight, weakref.ref(turn, partial(self._left, key))
            return flight, turn

    def end(self, key: str, flight: Flight, response: ChatResponse | None = None) -> None:
        """End *flight*, with its *response*. Ending it again does nothing."""
        with self._lock:
            if key not in self._flights or self._flights[key][0] is not flight:
                return
            flight.response = flight.response or response  # an interrupt may have come between these lines before
            flight.ended.set()
            del self._flights[key]

    def _left(self, key: str, turn: weakref.ref[Turn]) -> None:
        with self._lock:
            if key in self._flights and self._flights[key][1] is turn:
                self.end(key, self._flights[key][0])


def this_caller() -> Caller:
    """Return the ids of the current thread and task: a caller that waited for its own open stream would never end."""
    return threading.get_ident(), _task_id()


def _task_id() -> int:
    asyncio = sys.modules.get("asyncio")  # a sync call does not import it
    if asyncio is None:
        return 0
    try:
        return id(asyncio.current_task())
    except RuntimeError:  # no loop runs in this thread
        return 0
