"""httpcore's pool of connections, made to bear that the collector closes a stream in the midst of the pool's own work.

A stream that was abandoned in a cycle of references is closed by whatever makes the collector run. If that is the pool
itself, while it holds its lock, the stream would wait for this very lock, and for ever.
"""

import threading
from collections.abc import Iterator
from contextlib import suppress

import attrs
import httpcore


@attrs.frozen(eq=False)
class Pool:
    """The connections to one origin's proxy, or to all origins without one; it is its own lock."""

    inner: httpcore.ConnectionPool
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _inside: set[int] = attrs.field(factory=set)  # the threads that hold the lock, or wait for it
    # What is open is held here: else the collector would end httpcore's own generators, which take the lock as well.
    _bodies: dict[httpcore.Response, Iterator[bytes]] = attrs.field(factory=dict)
    _late: list[httpcore.Response] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        """Take the place of httpcore's lock; there is no other way in."""
        self.inner._optional_thread_lock = self  # type: ignore[assignment]  # noqa: SLF001 -- it enters and leaves as that does

    def __enter__(self) -> None:
        """Lock."""
        self._inside.add(threading.get_ident())  # before the lock is taken, for the collector may come in between
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        """Unlock, and let go of what could not be let go of meanwhile."""
        self._lock.release()
        self._inside.discard(threading.get_ident())
        while self._late:
            with suppress(Exception):  # another thread was first; or what is no affair of this call's
                self.release(self._late.pop())

    def send(self, request: httpcore.Request) -> httpcore.Response:
        """Send *request*, and return the reply, its head read."""
        response = self.inner.handle_request(request)
        self._bodies[response] = response.iter_stream()
        return response

    def body(self, response: httpcore.Response) -> Iterator[bytes]:
        """Return the body of *response*, which arrives as it is read."""
        return self._bodies[response]

    def release(self, response: httpcore.Response) -> None:
        """Give its connection back, or close it if the body was not read to its end; again does nothing."""
        if threading.get_ident() in self._inside:
            self._late.append(response)
            return
        try:
            response.close()
        finally:
            self._bodies.pop(response, None)

    def close(self) -> None:
        """Close all connections."""
        self.inner.close()
