"""Idle connections of httpcore2, without a lock: an interrupt, a fork or a collected stream can leave none held."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeAlias, cast

import attrs
import httpcore2

from .deadline_backend import DeadlineBackend
from .log_levels import limit_log_levels
from .open_call import OpenCall
from .surplus import has_surplus
from .urls import parse_url

limit_log_levels({"httpcore2": logging.INFO})  # below, it logs response headers and malformed answers
_KEEPALIVE = 30.0  # seconds that an idle connection is kept: most servers keep theirs longer

_Place: TypeAlias = tuple[bytes, bytes, int]


@attrs.define(eq=False, repr=False)
class ConnectionPool:
    """Connections to one proxy, or to the providers themselves.

    A connection that a call uses is in no list, and returns to its list once its answer was read to the end.
    `list.append` and `list.pop` are atomic.
    """

    _proxy: str | None
    _certificates: ssl.SSLContext | None = attrs.field(repr=False)
    closed: bool = False
    _idle: dict[_Place, list[httpcore2.ConnectionInterface]] = attrs.field(factory=dict)
    _factory: httpcore2.ConnectionPool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make what makes connections; it holds none of them itself."""
        self._factory = httpcore2.ConnectionPool(
            ssl_context=self._certificates,
            proxy=None if self._proxy is None else _proxy(self._proxy, self._certificates),
            keepalive_expiry=_KEEPALIVE,
            network_backend=cast(httpcore2.NetworkBackend, DeadlineBackend()),
        )

    def send(self, request: httpcore2.Request, call: OpenCall) -> PooledResponse:
        """Send *request* for *call*, and return the response once its head has been read."""
        origin, connection = request.url.origin, None
        idle = self._idle.setdefault((origin.scheme, origin.host, origin.port), [])
        try:
            while True:
                connection = self._next_idle(idle) or self._factory.create_connection(origin)
                with suppress(httpcore2.ConnectionNotAvailable):  # it was idle, and no byte could be sent
                    return PooledResponse(connection.handle_request(request), connection, idle, self, call)
                connection.close()
        except BaseException:
            if connection is not None:
                connection.close()
            raise

    def _next_idle(self, idle: list[httpcore2.ConnectionInterface]) -> httpcore2.ConnectionInterface | None:
        """Take an idle connection that the server has not closed; close the others on the way."""
        while idle:
            with suppress(IndexError):  # another thread was faster
                connection = idle.pop()
                try:
                    if connection.is_available() and not connection.has_expired():
                        return connection
                except BaseException:
                    connection.close()
                    raise
                connection.close()
        return None

    def close(self) -> None:
        """Close the idle connections; those in use are closed when their calls are done."""
        self.closed = True
        for idle in list(self._idle.values()):
            while idle:
                with suppress(IndexError):
                    idle.pop().close()


@attrs.define(eq=False, repr=False)
class PooledResponse:
    """A response of httpcore2, and the connection that it comes over."""

    response: httpcore2.Response
    _connection: httpcore2.ConnectionInterface
    _idle: list[httpcore2.ConnectionInterface]
    _pool: ConnectionPool
    _call: OpenCall
    _is_whole: bool = False

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        yield from self.response.iter_stream()
        self._is_whole = True  # not after an interrupt, whatever state the connection is then in

    def close(self) -> None:
        """Return the connection to the pool; close it if the body was not read to its end, or bytes came behind it."""
        try:
            is_reusable = self._is_whole and not has_surplus(self.response.stream)
            self.response.close()
            self._call.detach()
            if is_reusable and self._connection.is_idle() and not self._call.aborted:
                self._keep()
            else:
                self._connection.close()
        except BaseException:
            self._connection.close()
            raise

    def _keep(self) -> None:
        self._idle.append(self._connection)
        if len(self._idle) > 1:
            with suppress(IndexError):
                self._close_oldest()
        if self._pool.closed:  # meanwhile
            self._pool.close()

    def _close_oldest(self) -> None:
        oldest = self._idle.pop(0)
        if oldest.has_expired():
            oldest.close()
        else:
            self._idle.insert(0, oldest)


def _proxy(url: str, certificates: ssl.SSLContext | None) -> httpcore2.Proxy:
    """Return the proxy in httpcore2's form, which takes user and password apart from the URL."""
    parsed = parse_url(url)
    return httpcore2.Proxy(
        httpcore2.URL(scheme=parsed.scheme, host=parsed.host, port=parsed.port, target="/"),
        auth=parsed.login,
        ssl_context=certificates if parsed.scheme == "https" else None,
    )
