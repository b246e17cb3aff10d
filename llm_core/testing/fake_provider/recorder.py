"""What reached the fake provider: every request, and every connection with its end."""

import threading

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.testing.dialects.dialect import RecordedRequest


@attrs.define
class Recorder:
    """Fills while the fake provider plays; may be read from any thread."""

    _changed: threading.Condition = attrs.field(factory=threading.Condition, init=False)
    _requests: list[RecordedRequest] = attrs.field(factory=list, init=False)
    _seen: list[ChatRequest] = attrs.field(factory=list, init=False)
    _problems: list[str] = attrs.field(factory=list, init=False)
    _open: int = attrs.field(default=0, init=False)
    _gave_up: bool = attrs.field(default=False, init=False)

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
        """The request that was understood last. AssertionError where there was none."""
        if not self.seen:
            raise AssertionError("no request was understood")
        return self.seen[-1]

    @property
    def problems(self) -> tuple[str, ...]:
        """Why requests were not understood, in the order of their arrival."""
        with self._changed:
            return tuple(self._problems)

    @property
    def count(self) -> int:
        """How many requests arrived, over HTTP or reported by the adapter's author."""
        return max(len(self.requests), len(self.seen))

    def see(self, request: ChatRequest) -> None:
        """Remember a request as it was understood."""
        with self._changed:
            self._seen.append(request)

    def misread(self, problem: str) -> None:
        """Remember that a request was not understood."""
        with self._changed:
            self._problems.append(problem)

    def receive(self, request: RecordedRequest) -> None:
        """Remember a request as it arrived."""
        with self._changed:
            self._requests.append(request)

    def connected(self) -> None:
        """Count a connection."""
        with self._changed:
            self._open += 1

    def disconnected(self) -> None:
        """Count its end."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def gave_up(self) -> None:
        """Remember that the fake provider lost patience: what it hung up itself, nobody freed."""
        with self._changed:
            self._gave_up = True

    def all_freed(self, *, within: float = 1.5) -> bool:
        """Return whether the callers have freed every connection, or do *within* that many seconds."""
        return self.has_open(0, within=within) and not self._gave_up

    def has_open(self, most: int, *, within: float = 1.5) -> bool:
        """Return whether at most that many connections are open, or are *within* that many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open <= most, within)
