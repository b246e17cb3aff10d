"""The pool of sync callers; without a lock: an interrupt, a fork or a collected stream can leave none held."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Generic, Protocol, TypeAlias, TypeVar

import attrs

from llm_core.wires.http_request import HTTPRequest

from .deadline import Deadline
from .http_connection import HTTPConnection, request_bytes
from .opening import open_connection
from .socket_stream import UnsentError
from .urls import ParsedURL, parse_url

Place: TypeAlias = "tuple[str | None, str, str]"
"""Proxy, scheme and authority: a connection serves one of them."""


class Connection(Protocol):
    """A connection that can be idle."""

    @property
    def has_expired(self) -> bool:
        """Whether it cannot be used again."""

    def rest(self) -> None:
        """Begin to be idle."""

    def close(self) -> None:
        """Close."""


Kept = TypeVar("Kept", bound=Connection)


@attrs.define(eq=False, repr=False)
class IdleConnections(Generic[Kept]):
    """The connections that no call uses. `list.append` and `list.pop` are atomic."""

    _idle: dict[Place, list[Kept]] = attrs.field(factory=dict)
    closed: bool = False

    def take(self, place: Place) -> Kept | None:
        """Take a connection that the server has not closed; close the others on the way."""
        idle = self._idle.get(place)
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

    def keep(self, place: Place, connection: Kept) -> None:
        """Keep *connection*; it is closed if the pool was closed meanwhile."""
        connection.rest()
        idle = self._idle.setdefault(place, [])
        idle.append(connection)
        if len(idle) > 1:
            with suppress(IndexError):
                _close_oldest(idle)
        if self.closed:
            self.close()

    def close(self) -> None:
        """Close all, and those that are kept later."""
        self.closed = True
        for idle in list(self._idle.values()):
            while idle:
                with suppress(IndexError):
                    idle.pop().close()


def _close_oldest(idle: list[Kept]) -> None:
    oldest = idle.pop(0)
    if oldest.has_expired:
        oldest.close()
    else:
        idle.insert(0, oldest)


@attrs.frozen(eq=False, repr=False)
class ConnectionPool:
    """Connections to one proxy, or to the providers themselves.

    A connection that a call uses is not idle, and is idle again once its answer was read to the end.
    """

    _proxy: ParsedURL | None = attrs.field(repr=False)
    _certificates: ssl.SSLContext | None
    idle: IdleConnections[HTTPConnection] = attrs.field(factory=IdleConnections)

    def send(self, request: HTTPRequest, deadline: Deadline) -> PooledResponse:
        """Send *request*, and return the response once its head has been read, before *deadline*.

        Raises OSError and MalformedResponseError as `HTTPConnection.send` does, and InvalidRequestError for a header or
        an address that cannot be sent.
        """
        url = parse_url(request.url)
        place, connection = (None, url.scheme, url.authority), None
        try:
            while True:
                connection = self.idle.take(place) or open_connection(url, self._proxy, self._certificates, deadline)
                with suppress(UnsentError):
                    head = connection.send(request_bytes(request, url, connection.proxy_headers), deadline)
                    return PooledResponse(head.status, head.named, connection, place, self.idle, deadline)
                connection.close()
        except BaseException:
            if connection is not None:
                connection.close()
            raise


@attrs.define(eq=False, repr=False)
class PooledResponse:
    """An `HTTPResponse`, and the connection that it comes over."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)  # reporters show the fields of locals
    _connection: HTTPConnection = attrs.field(repr=False)
    _place: Place = attrs.field(repr=False)
    _idle: IdleConnections[HTTPConnection] = attrs.field(repr=False)
    _deadline: Deadline

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        return self._connection.chunks(self._deadline)

    def close(self) -> None:
        """Return the connection to the pool; close it if the body was not read to its end, or bytes came behind it."""
        call = self._deadline.call
        try:
            if call is not None:
                call.detach()
            if self._connection.is_reusable and not (call is not None and call.aborted):
                self._idle.keep(self._place, self._connection)
            else:
                self._connection.close()
        except BaseException:
            self._connection.close()
            raise
