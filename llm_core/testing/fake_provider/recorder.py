"""Records what reached the fake provider: every request, and every connection with its end."""

import threading
from collections.abc import Callable

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.testing.dialects.dialect import RecordedRequest


@attrs.define(repr=False)
class Recorder:
    """Filled while the fake provider runs; any thread may read it."""

    on_arrival: Callable[[], None] = lambda: None
    """Called when a request arrives, in the thread that received it: the call that sent it is still running."""
    _changed: threading.Condition = attrs.field(factory=threading.Condition, init=False)
    _requests: list[RecordedRequest] = attrs.field(factory=list, init=False)
    _seen: list[ChatRequest] = attrs.field(factory=list, init=False)
    _problems: list[str] = attrs.field(factory=list, init=False)
    _open: int = attrs.field(default=0, init=False)
    _accepted: int = attrs.field(default=0, init=False)
    _auxiliary: int = attrs.field(default=0, init=False)
    _gave_up: bool = attrs.field(default=False, init=False)

    def __repr__(self) -> str:
        """Return the counts alone: pytest shows the recorder in every failure that reads it."""
        with self._changed:
            return (
                f"<Recorder: {len(self._requests)} requests over HTTP, {len(self._seen)} understood, "
                f"{len(self._problems)} not understood, {self._open} connections open>"
            )

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """The HTTP requests, in the order of their arrival."""
        with self._changed:
            return tuple(self._requests)

    @property
    def seen(self) -> tuple[ChatRequest, ...]:
        """The requests as the fake provider understood them, in the order of their arrival."""
        with self._changed:
            return tuple(self._seen)

    @property
    def last(self) -> ChatRequest:
        """The last request that was understood. AssertionError without one."""
        if not self.seen:
            raise AssertionError("no request was understood")
        return self.seen[-1]

    @property
    def problems(self) -> tuple[str, ...]:
        """Why requests could not be read, in the order of their arrival."""
        with self._changed:
            return tuple(self._problems)

    @property
    def count(self) -> int:
        """The number of requests that arrived, over HTTP or through `record`."""
        return max(len(self.requests), len(self.seen))

    @property
    def accepted(self) -> int:
        """The number of connections that were opened, without those for requests that are not model calls."""
        with self._changed:
            return self._accepted - self._auxiliary

    def see(self, request: ChatRequest) -> None:
        """Add a request as the fake provider understood it."""
        self.on_arrival()
        with self._changed:
            self._seen.append(request)

    def misread(self, problem: str) -> None:
        """Add the reason why a request could not be read."""
        with self._changed:
            self._problems.append(problem)

    def receive(self, request: RecordedRequest) -> None:
        """Add an HTTP request."""
        with self._changed:
            self._requests.append(request)

    def connected(self) -> None:
        """Count an opened connection."""
        with self._changed:
            self._open += 1
            self._accepted += 1

    def assist(self) -> None:
        """Count a request that is not a model call, which may have a connection of its own."""
        with self._changed:
            self._auxiliary += 1
            self._changed.notify_all()

    def disconnected(self) -> None:
        """Count a closed connection."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def gave_up(self) -> None:
        """Note that the fake provider closed a connection itself, after its patience: the caller did not free it."""
        with self._changed:
            self._gave_up = True

    def all_freed(self, *, within: float = 1.5) -> bool:
        """Return True if the callers have freed every connection, waiting at most *within* seconds."""
        return self.has_open(0, within=within) and not self._gave_up

    def has_accepted(self, most: int, *, within: float = 0.5) -> bool:
        """Return True if at most *most* connections count in `accepted`, waiting at most *within* seconds.

        A connection counts until its first request shows that it is not for a model call.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self._accepted - self._auxiliary <= most, within)

    def has_open(self, most: int, *, within: float = 1.5) -> bool:
        """Return True if at most *most* connections are open, waiting at most *within* seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open <= most, within)
