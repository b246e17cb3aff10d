"""A `httpcore2.NetworkStream` over a socket; what it does ends at a `Deadline`, or when its call is aborted."""

from __future__ import annotations

import selectors
import socket
import ssl
from typing import Any

import attrs
import httpcore2

from .deadline import Deadline
from .tls_over_tls import TLSOverTLS

_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)  # the one without a descriptor of its own
_MIN_SECONDS = 0.001  # zero would make the socket non-blocking
_PART = 2**16  # bytes that are written at once: each write counts from the deadline anew


@attrs.define(eq=False, repr=False)
class SocketStream:
    """The connection over the socket `over`. A timeout is seconds, or a `Deadline`, and covers the whole method."""

    over: socket.socket | TLSOverTLS
    _has_answered: bool = attrs.field(default=False, init=False)  # nothing was written since the last read

    def read(self, max_bytes: int, timeout: float | Deadline | None = None) -> bytes:
        """Return the next bytes, none at the end. Raises ReadTimeout, ReadError or `AbortedError`."""
        self._has_answered = True
        with NetworkErrors(timeout, httpcore2.ReadTimeout, httpcore2.ReadError):
            self._limit(timeout)
            return self.over.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | Deadline | None = None) -> None:
        """Write all of *buffer*. Raises WriteTimeout, WriteError or `AbortedError`.

        Raises ConnectionNotAvailable if no byte of a request could be sent on a connection that had served another.
        """
        is_reused, self._has_answered = self._has_answered, False
        left = memoryview(buffer)
        try:
            with NetworkErrors(timeout, httpcore2.WriteTimeout, httpcore2.WriteError):
                while left:
                    self._limit(timeout)
                    left = left[self.over.send(left[:_PART]) :]
        except httpcore2.WriteError as error:
            if is_reused and len(left) == len(buffer):
                raise httpcore2.ConnectionNotAvailable from error
            raise

    def close(self) -> None:
        """Close."""
        self.over.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | Deadline | None = None,
    ) -> SocketStream:
        """Return the same connection over TLS. Raises ConnectTimeout, ConnectError or `AbortedError`."""
        try:
            with NetworkErrors(timeout, httpcore2.ConnectTimeout, httpcore2.ConnectError):
                self._limit(timeout)
                return SocketStream(self._over_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 -- as httpcore2 types it
        """Return what httpcore2 needs to know about the connection, None for anything else."""
        below = self._below
        match info:
            case "is_readable":
                return _is_readable(below)
            case "socket":
                return below
            case _:
                return None

    @property
    def _below(self) -> socket.socket:
        return self.over.outer if isinstance(self.over, TLSOverTLS) else self.over

    def _limit(self, timeout: float | Deadline | None) -> None:
        if isinstance(timeout, Deadline):
            if timeout.call is not None:
                timeout.call.attach(self._below)
            timeout.check()
            timeout = max(timeout.remaining, _MIN_SECONDS)
        self.over.settimeout(timeout)

    def _over_tls(
        self, context: ssl.SSLContext, hostname: str | None, timeout: float | Deadline | None
    ) -> ssl.SSLSocket | TLSOverTLS:
        if isinstance(self.over, TLSOverTLS):
            raise httpcore2.ConnectError("TLS within TLS within TLS")
        if isinstance(self.over, ssl.SSLSocket):
            return TLSOverTLS(self.over, context, hostname)
        with self.over.dup() as same:  # `wrap_socket` leaves the socket without its descriptor
            if isinstance(timeout, Deadline) and timeout.call is not None:
                timeout.call.attach(same)
            return context.wrap_socket(self.over, server_hostname=hostname)


@attrs.frozen(eq=False, repr=False)
class NetworkErrors:
    """``with``: an OSError becomes an error of httpcore2; if the call was aborted, `AbortedError` is raised anyway."""

    timeout: float | Deadline | None
    late: type[Exception]
    failed: type[Exception]

    def __enter__(self) -> None:
        """Enter."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Raise; Ctrl-C passes."""
        if isinstance(error, BaseException) and not isinstance(error, Exception):
            return
        if isinstance(self.timeout, Deadline) and self.timeout.call is not None:
            self.timeout.call.check()  # a socket that was shut down reads as one at its end
        if isinstance(error, TimeoutError):
            raise self.late(str(error)) from error
        if isinstance(error, OSError):
            raise self.failed(str(error)) from error


def _is_readable(connected: socket.socket) -> bool:
    """Return whether data, or the end, can be read from an idle connection: it can then not be used again."""
    if connected.fileno() < 0:
        return True
    with _Selector() as selector:
        selector.register(connected, selectors.EVENT_READ)
        return bool(selector.select(0))
