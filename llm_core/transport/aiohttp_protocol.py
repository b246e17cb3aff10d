"""Plugs our `ResponseParser` and a check of idle connections into aiohttp.

aiohttp's own parser accepts answers that httpx refuses, refuses others that httpx reads, and loses the data before a
malformed chunk. aiohttp has no public way to replace it: `StrictConnector` sets the private ``_factory`` of the
connector, and `StrictProtocol` the private ``_parser`` of the protocol.
"""

import asyncio
import os
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import aiohttp
from aiohttp.abc import AbstractResolver, AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection

from .aiohttp_parser import MAX_BUFFERED, ParserFeed

_MAX_UNREAD = 64  # reads from a failed connection


class UnsentRequestError(aiohttp.ClientError):
    """The idle connection was closed by the server before a byte of the request was sent."""


class StrictConnector(aiohttp.TCPConnector):
    """A connector whose connections are `StrictProtocol`s."""

    def __init__(self, *, keepalive_timeout: float, resolver: AbstractResolver) -> None:
        """Keep idle connections for *keepalive_timeout* seconds; their number is not limited."""
        super().__init__(limit=0, keepalive_timeout=keepalive_timeout, resolver=resolver)
        self._factory = partial(_new_protocol, loop=asyncio.get_running_loop())


class StrictProtocol(ResponseHandler):
    """One connection. `requests` counts those that were sent on it."""

    requests: int = 0
    _is_readable: Callable[[], bool]
    _feed: "ParserFeed | None" = None
    _is_drained = False  # no more bytes are read from a failed connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._is_readable = _readable_check(transport)

    def set_response_params(self, **_: object) -> None:
        """Expect the response to the next request; aiohttp's bounds and timeouts of its parser are not used."""
        self.requests += 1
        tail, self._tail = self._tail, b""  # what a server sent before any request
        self._feed = ParserFeed(self, self._loop)
        self._parser = self._feed  # type: ignore[assignment]  # it has the methods that aiohttp calls
        if tail:
            self.data_received(tail)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End the response, if it has not ended."""
        if exc is not None:
            self._drain()
            if self._feed is not None:
                self._feed.reset(f"the connection was lost within the body: {exc}")
        super().connection_lost(exc)

    def close(self) -> None:
        """Close the connection, without waiting until the rest of a request is sent: its call is over."""
        if self.transport is not None and self.transport.get_write_buffer_size():
            self.abort()
        else:
            super().close()

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Fail with *exc*, after a response that has arrived: servers refuse a large request before they read it."""
        if isinstance(exc, OSError):
            self._drain()
        super().set_exception(exc, *cause)

    def refuse_if_stale(self) -> bool:
        """Fail with UnsentRequestError and return True if the server closed the idle connection, or sent bytes."""
        if self.requests == 1 or (self.is_connected() and not self._is_readable()):
            return False
        self._is_drained = True
        self.set_exception(UnsentRequestError())
        return True

    def _drain(self) -> None:
        """Read what the server sent before it reset the connection; asyncio discards it when a write fails."""
        if not self._is_drained:
            self._is_drained = True
            for data in _unread(self.transport):
                self.data_received(data)


def _new_protocol(loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    return StrictProtocol(loop)


class CheckedRequest(ClientRequest):
    """A request that is not sent on an idle connection which the server has closed."""

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        """Send head and body. aiohttp sends no byte before this."""
        protocol = conn.protocol
        if not (isinstance(protocol, StrictProtocol) and protocol.refuse_if_stale()):
            await super().write_bytes(writer, conn, content_length)


def _unread(transport: asyncio.Transport | None) -> Iterator[bytes]:
    """Yield the bytes that wait in the socket of *transport*; none with TLS, which only asyncio can decrypt."""
    sock = None if transport is None else transport.get_extra_info("socket")
    if transport is None or sock is None or sock.fileno() < 0 or transport.get_extra_info("sslcontext") is not None:
        return
    with suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as same:  # BlockingIOError is the usual end
        for _ in range(_MAX_UNREAD):
            if data := same.recv(MAX_BUFFERED):
                yield data


def _readable_check(transport: asyncio.BaseTransport) -> Callable[[], bool]:
    """Return a function that returns whether the socket of *transport* has bytes, its end or an error to read.

    httpcore asks the same of its idle connections.
    """
    sock = transport.get_extra_info("socket")
    if sock is None:
        return lambda: False
    if not hasattr(select, "poll"):  # Windows
        return lambda: bool(select.select([sock.fileno()], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return lambda: bool(poll.poll(0))
