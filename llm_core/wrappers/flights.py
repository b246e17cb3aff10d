"""Calls in progress, so that equal requests at once make one call."""

from __future__ import annotations

import sys
import threading
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


class Flights:
    """The calls in progress by key; threads, tasks and event loops share them."""

    def __init__(self) -> None:
        """Start without any."""
        self._lock = threading.RLock()  # reentrant: garbage collection may end a flight in a thread that holds it
        self._flights: dict[str, Flight] = {}

    def __len__(self) -> int:
        """Return how many calls are in progress."""
        return len(self._flights)

    def join(self, key: str) -> tuple[Flight, bool]:
        """Return the flight of *key*, and whether the caller begins it, and so must `end` it."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            flight = self._flights[key] = Flight(this_caller())
            return flight, True

    def end(self, key: str, flight: Flight, response: ChatResponse | None = None) -> None:
        """End *flight*, with its *response*. Ending it again does nothing."""
        with self._lock:
            if self._flights.get(key) is not flight:
                return
            del self._flights[key]
            flight.response = response
        flight.ended.set()


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
