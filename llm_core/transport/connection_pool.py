"""Idle connections of sync callers, without a lock: an interrupt, a fork or a collected stream can leave none held."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TypeAlias

import attrs

from llm_core.wires.http_request import HTTPRequest

from .deadline import Deadline
from .http_connection import HTTPConnection, request_head
from .opening import open_connection
from .socket_stream import UnsentError
from .urls import ParsedURL, parse_url

_Idle: TypeAlias = "list[HTTPConnection]"


@attrs.define(eq=False, repr=False)
class ConnectionPool:
    """Connections to one proxy, or to the providers themselves.

    A connection that a call uses is in no list, and returns to its list once its answer was read to the end.
    `list.append` and `list.pop` are atomic.
    """

    _proxy: ParsedURL | None = attrs.field(repr=False)
    _certificates: ssl.SSLContext | None
    closed: bool = False
    _idle: dict[tuple[str, str], _Idle] = attrs.field(factory=dict)  # by scheme and authority

    def send(self, request: HTTPRequest, deadline: Deadline) -> PooledResponse:
        """Send *request*, and return the response once its head has been read, before *deadline*.

        Raises OSError and MalformedResponseError as `HTTPConnection.send` does, and InvalidRequestError for a header or
        an address that cannot be sent.
        """
        url = parse_url(request.url)
        idle, connection = self._idle.setdefault((url.scheme, url.authority), []), None
        try:
            while True:
                connection = _next_idle(idle) or open_connection(url, self._proxy, self._certificates, deadline)
                with suppress(UnsentError):
                    head = connection.send(_bytes_of(request, url, connection.proxy_headers), deadline)
                    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
                    return PooledResponse(head.status, headers, connection, idle, self, deadline)
                connection.close()
        except BaseException:
            if connection is not None:
                connection.close()
            raise

    def close(self) -> None:
        """Close the idle connections; those in use are closed when their calls are done."""
        self.closed = True
        for idle in list(self._idle.values()):
            while idle:
                with suppress(IndexError):
                    idle.pop().close()


@attrs.define(eq=False, repr=False)
class PooledResponse:
    """An `HTTPResponse`, and the connection that it comes over."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)  # reporters show the fields of locals
    _connection: HTTPConnection = attrs.field(repr=False)
    _idle: _Idle = attrs.field(repr=False)
    _pool: ConnectionPool = attrs.field(repr=False)
    _deadline: Deadline
    _is_whole: bool = False

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        yield from self._connection.chunks(self._deadline)
        self._is_whole = True  # not after an interrupt, whatever state the connection is then in

    def close(self) -> None:
        """Return the connection to the pool; close it if the body was not read to its end, or bytes came behind it."""
        call = self._deadline.call
        try:
            if call is not None:
                call.detach()
            if self._is_whole and self._connection.is_reusable and not (call is not None and call.aborted):
                self._keep()
            else:
                self._connection.close()
        except BaseException:
            self._connection.close()
            raise

    def _keep(self) -> None:
        self._connection.rest()
        self._idle.append(self._connection)
        if len(self._idle) > 1:
            with suppress(IndexError):
                self._close_oldest()
        if self._pool.closed:  # meanwhile
            self._pool.close()

    def _close_oldest(self) -> None:
        oldest = self._idle.pop(0)
        if oldest.has_expired:
            oldest.close()
        else:
            self._idle.insert(0, oldest)


def _next_idle(idle: _Idle) -> HTTPConnection | None:
    """Take an idle connection that the server has not closed; close the others on the way."""
    while idle:
        with suppress(IndexError):  # another thread was faster
            connection = idle.pop()
            try:
                if not connection.has_expired:
                    return connection
            except BaseException:
                connection.close()
                raise
            connection.close()
    return None


def _bytes_of(request: HTTPRequest, url: ParsedURL, proxy_headers: tuple[tuple[str, str], ...] | None) -> memoryview:
    """Return *request* as it is sent: a memoryview, which a traceback does not show, since it holds the key."""
    target = url.target if proxy_headers is None else url.text
    length = ("Content-Length", str(len(request.content)))
    headers = (("Host", url.authority), *request.headers.items(), length, *(proxy_headers or ()))
    return memoryview(request_head(f"POST {target}", headers) + request.content)
