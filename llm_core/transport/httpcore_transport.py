"""Sync HTTP over a pool of httpcore connections, the layer beneath httpx: no cookies, hooks or redirects."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache

import attrs
import httpcore
import httpx

from llm_core.wires.http_request import HTTPRequest

from .deadline import Deadline
from .http_types import HTTPResponse


@attrs.frozen(eq=False)
class ConnectionPool:
    """A httpcore pool that survives the garbage collector closing a stream inside the pool's own critical section.

    The collector may run anywhere and close a stream that was abandoned in a reference cycle. If it runs while the
    pool holds its lock, closing that stream would wait for the same lock forever. This object replaces that lock, and
    puts off the release of such a stream until the lock is free.
    """

    inner: httpcore.ConnectionPool
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _inside: set[int] = attrs.field(factory=set)  # ids of the threads that hold the lock or wait for it
    # References to open bodies: else the collector would close httpcore's own generators, which take the lock, too.
    _bodies: dict[httpcore.Response, Iterator[bytes]] = attrs.field(factory=dict)
    _postponed: list[httpcore.Response] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        """Replace httpcore's lock, for which httpcore has no public parameter."""
        self.inner._optional_thread_lock = self  # type: ignore[assignment]  # noqa: SLF001 -- it enters and exits like the original

    def __enter__(self) -> None:
        """Acquire the lock."""
        self._inside.add(threading.get_ident())  # before the lock is held: the collector may run in between
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        """Release the lock, then the streams that could not be released meanwhile."""
        self._lock.release()
        self._inside.discard(threading.get_ident())
        while self._postponed:
            with suppress(Exception):  # another thread was faster; or it concerns another call's connection
                self.release(self._postponed.pop())

    def send(self, request: httpcore.Request) -> httpcore.Response:
        """Send *request*, and return the response once its head has been read."""
        response = self.inner.handle_request(request)
        self._bodies[response] = response.iter_stream()
        return response

    def body(self, response: httpcore.Response) -> Iterator[bytes]:
        """Return the body of *response*; it is received while it is read."""
        return self._bodies[response]

    def release(self, response: httpcore.Response) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end. Idempotent."""
        if threading.get_ident() in self._inside:
            self._postponed.append(response)
            return
        try:
            response.close()
        finally:
            self._bodies.pop(response, None)

    def close(self) -> None:
        """Close all connections."""
        self.inner.close()


@attrs.frozen
class HttpcoreResponse:
    """An `HTTPResponse` of httpcore."""

    response: httpcore.Response
    pool: ConnectionPool
    headers: Mapping[str, str] = attrs.field(repr=False)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        return self.pool.body(self.response)

    def close(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end."""
        self.pool.release(self.response)


def send_with_httpcore(pool: ConnectionPool, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
    """Send *request*, and return the response once its head has been read, before *deadline*."""
    response = pool.send(_httpcore_request(request, deadline))  # the headers are in no local while Ctrl-C may come
    received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    return HttpcoreResponse(response, pool, received)


def _httpcore_request(request: HTTPRequest, deadline: Deadline) -> httpcore.Request:
    timeouts = {"connect": deadline, "read": deadline, "write": deadline, "pool": deadline.seconds}
    url = parse_url(request.url)
    headers = {**request.headers, "Host": url.host_header, "Content-Length": str(len(request.content))}
    return httpcore.Request(
        b"POST",
        url.url,
        headers=[(name.encode(), value.encode()) for name, value in headers.items()],
        content=request.content,
        extensions={"timeout": timeouts},
    )


@attrs.frozen
class ParsedURL:
    """A URL in the form that httpcore takes, and its Host header."""

    url: httpcore.URL
    host_header: str


@lru_cache(maxsize=256)
def parse_url(url: str) -> ParsedURL:
    """Return *url* parsed. Raises httpx.InvalidURL, or httpx.UnsupportedProtocol for other schemes than HTTP's."""
    parsed = httpx.URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise httpx.UnsupportedProtocol("api_base must begin with http:// or https://")
    parts = httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path)
    return ParsedURL(parts, parsed.netloc.decode())
