"""The connections of one event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import attrs

from llm_core.wires.http_request import HTTPRequest

from .async_connection import AsyncConnection
from .async_opening import aopen_connection
from .certificates import certificates
from .connection_pool import IdleConnections, Place
from .http_connection import request_bytes
from .open_call import AbortedError
from .urls import ParsedURL, parse_url


@attrs.define(eq=False, repr=False)
class AsyncConnectionPool:
    """Connections to providers and proxies, used in one event loop alone."""

    _idle: IdleConnections[AsyncConnection] = attrs.field(factory=IdleConnections)
    _used: set[AsyncConnection] = attrs.field(factory=set)  # by calls

    @property
    def closed(self) -> bool:
        """Whether it was closed, so that another pool is needed."""
        return self._idle.closed

    async def send(self, request: HTTPRequest, proxy: str | None) -> AsyncPooledResponse:
        """Send *request*, and return the response once its head has been read; the caller keeps the deadline.

        Raises OSError and MalformedResponseError as `AsyncConnection.send` does, `AbortedError` if the pool is closed
        meanwhile, and InvalidRequestError for a header or an address that cannot be sent.
        """
        url = parse_url(request.url)
        place = (proxy, url.scheme, url.authority)
        connection = self._idle.take(place)
        try:
            if connection is None:
                connection = await _open_connection(url, proxy)
            if self.closed:  # meanwhile
                raise AbortedError
            self._used.add(connection)
            head = await connection.send(request_bytes(request, url, connection.proxy_headers))
            return AsyncPooledResponse(head.status, head.named, connection, place, self)
        except BaseException:
            if connection is not None:
                self.drop(connection)
            raise

    def keep(self, place: Place, connection: AsyncConnection) -> None:
        """Let other calls to *place* use *connection*."""
        self._used.discard(connection)
        self._idle.keep(place, connection)

    def drop(self, connection: AsyncConnection) -> None:
        """Close *connection*."""
        self._used.discard(connection)
        connection.close()

    def close(self) -> None:
        """Close all connections, and end the calls that use them."""
        self._idle.close()
        for connection in list(self._used):
            connection.abort()


async def _open_connection(url: ParsedURL, proxy: str | None) -> AsyncConnection:
    nearest = None if proxy is None else parse_url(proxy)
    is_tls = "https" in (url.scheme, nearest and nearest.scheme)
    return await aopen_connection(url, nearest, certificates() if is_tls else None)


@attrs.define(eq=False, repr=False)
class AsyncPooledResponse:
    """An `AsyncHTTPResponse`, and the connection that it comes over."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)  # reporters show the fields of locals
    _connection: AsyncConnection = attrs.field(repr=False)
    _place: Place = attrs.field(repr=False)
    _pool: AsyncConnectionPool = attrs.field(repr=False)

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        return self._connection

    async def aclose(self) -> None:
        """Return the connection to the pool; close it if the body was not read to its end, or bytes came behind it."""
        if self._connection.is_reusable:
            self._pool.keep(self._place, self._connection)
        else:
            self._pool.drop(self._connection)
