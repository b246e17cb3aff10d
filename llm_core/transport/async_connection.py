"""One async connection over HTTP/1.1: `HTTPConnection` as a protocol of asyncio. The callers keep the deadlines."""

import asyncio
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import cast

from .http_connection import BrokenResponseError, ProxyHeaders
from .http_types import KEEPALIVE
from .open_call import AbortedError
from .response_head import MalformedResponseError, ResponseHead
from .response_parser import ResponseParser

_MAX_BUFFERED = 2**18  # bytes of a body that wait for their reader; beyond, the connection is not read
_MAX_UNREAD = 64  # reads from a failed connection


class AsyncConnection(asyncio.Protocol):
    """A connection that serves one request at a time, and yields the body of its response."""

    transport: asyncio.Transport
    """What the bytes are sent over."""
    _is_readable: Callable[[], bool]
    _plain_socket: socket.socket | None = None  # None with TLS

    def __init__(self) -> None:
        """Wait for asyncio to connect."""
        self.proxy_headers: ProxyHeaders | None = None
        """What each request carries for a proxy that forwards it; None without such a proxy."""
        self._parser: ResponseParser | None = None  # of the request that was sent
        self._early = b""  # what the server sent before any request
        self._parts: list[bytes] = []  # of the body, not read yet
        self._buffered = 0  # bytes of them
        self._is_paused = False
        self._is_over = False  # nothing more will arrive
        self._error: Exception | None = None  # why, unless the server closed the connection
        self._waiter: asyncio.Future[None] | None = None
        self._idle_until = 0.0

    async def send(self, request: memoryview) -> ResponseHead:
        """Send *request*, and return the head of the response, once it has been read.

        Raises:
            OSError: the connection broke before the head was whole.
            MalformedResponseError: the head is malformed.
        """
        self._parser = parser = ResponseParser()
        if not self._is_over:
            self.transport.write(request)
        if self._early:
            early, self._early = self._early, b""
            self.data_received(early)
        while parser.head is None and not self._is_over:
            await self._wait()
        if parser.head is None:
            raise self._failure()
        return parser.head

    def __aiter__(self) -> "AsyncConnection":
        """Return itself."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes of the body. Raises OSError as `send` does."""
        parser = cast(ResponseParser, self._parser)
        while not self._parts:
            if parser.failure:
                raise BrokenResponseError(parser.failure)
            if parser.done:
                raise StopAsyncIteration
            if self._error is not None:
                raise self._failure()
            if self._is_over:
                parser.feed_eof()
            else:
                await self._wait()
        return self._take()

    def rest(self) -> None:
        """Begin to be idle."""
        self._idle_until = time.monotonic() + KEEPALIVE

    @property
    def is_reusable(self) -> bool:
        """Whether the response was read to its end, and another request can follow."""
        parser = self._parser
        if parser is None or parser.head is None or self._parts or self.transport.is_closing():
            return False
        is_whole = parser.done and not parser.failure and not parser.surplus
        return is_whole and parser.head.keeps_alive and not self.transport.get_write_buffer_size()

    @property
    def has_expired(self) -> bool:
        """Whether the idle connection was closed by the server, holds bytes that nothing asked for, or is too old."""
        return self.transport.is_closing() or time.monotonic() > self._idle_until or self._is_readable()

    def close(self) -> None:
        """Close at once: neither the rest of a request is sent, nor the end of TLS waited for."""
        self.transport.abort()

    def abort(self) -> None:
        """Close, and end the call in progress with `AbortedError`."""
        self._end(AbortedError())
        self.close()

    def start_over(self, transport: asyncio.Transport) -> None:
        """Use *transport* from now on, as that of TLS within a tunnel; what the proxy sent is no part of a response."""
        self.transport, self._plain_socket, self._parser, self._early = transport, None, None, b""
        self._parts.clear()
        self._buffered, self._is_paused = 0, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast(asyncio.Transport, transport)
        self._is_readable = _readable_check(transport)
        if transport.get_extra_info("sslcontext") is None:
            self._plain_socket = transport.get_extra_info("socket")

    def data_received(self, data: bytes) -> None:
        """Take what the server sent."""
        parser = self._parser
        if parser is None:
            self._early += data
        elif parser.done:
            self.close()  # bytes behind a response would be taken for the next one
        else:
            try:
                body = parser.feed(data)
            except MalformedResponseError as error:
                self._end(error)
                return
            if body:
                self._keep(body)
            self._wake()

    def eof_received(self) -> None:
        """Take the end that the server sent."""
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take what ended the connection."""
        if exc is not None and not self._is_over:
            for data in _unread(self._plain_socket):
                self.data_received(data)
        self._end(exc)

    def _keep(self, body: bytes) -> None:
        self._parts.append(body)
        self._buffered += len(body)
        if self._buffered > _MAX_BUFFERED and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()

    def _take(self) -> bytes:
        data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._buffered = 0
        if self._is_paused:
            self._is_paused = False
            self.transport.resume_reading()
        return data

    def _failure(self) -> Exception:
        error, self._error = self._error, None  # an error that is kept would keep the frames of its traceback
        return error or BrokenResponseError("the server closed the connection without a response")

    def _end(self, error: Exception | None) -> None:
        if not self._is_over:
            self._is_over, self._error = True, error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self) -> None:
        """Wait for data, or for the end."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


def _unread(sock: socket.socket | None) -> Iterator[bytes]:
    """Yield what the server sent before it reset the connection, as with 413: asyncio discards it when a write fails.

    *sock* None: nothing, as with TLS, which only asyncio can decrypt.
    """
    if sock is None or sock.fileno() < 0:
        return
    with suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as same:  # BlockingIOError is the usual end
        for _ in range(_MAX_UNREAD):
            if data := same.recv(_MAX_BUFFERED):
                yield data


def _readable_check(transport: asyncio.BaseTransport) -> Callable[[], bool]:
    """Return a function that returns whether the socket of *transport* has bytes, its end or an error to read."""
    sock = transport.get_extra_info("socket")
    if sock is None:
        return lambda: False
    if not hasattr(select, "poll"):  # Windows
        return lambda: bool(select.select([sock.fileno()], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return lambda: bool(poll.poll(0))
