"""A moment that no read outlasts: elsewhere each read has a bound by itself, so that a server that drips holds it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any, cast

import attrs
import httpcore

_MOST = 1_000_000.0  # seconds; a socket takes no more than it can count in its own way
_LEAST = 0.001  # seconds; zero would make the socket non-blocking


@attrs.define
class Deadline:
    """*seconds* from now; `renew` begins anew. It stands where httpcore expects a number of seconds."""

    seconds: float
    _until: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Begin."""
        self.seconds = min(self.seconds, _MOST)
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._until = time.monotonic() + self.seconds

    def shorten(self, seconds: float) -> None:
        """Leave no more than *seconds* from now."""
        self._until = min(self._until, time.monotonic() + seconds)

    def check(self) -> None:
        """Raise TimeoutError if nothing is left: a client that was handed in bounds each read by itself."""
        if self.remaining == 0.0:
            raise TimeoutError

    @property
    def remaining(self) -> float:
        """The seconds that are left, not below zero."""
        return max(0.0, self._until - time.monotonic())


def _left(timeout: float | Deadline | None, error: type[Exception]) -> float | None:
    if not isinstance(timeout, Deadline):
        return timeout
    if timeout.remaining == 0.0:
        raise error("the deadline has passed")
    return max(timeout.remaining, _LEAST)


@attrs.frozen
class DeadlineStream:
    """A connection whose reads and writes end at the deadline that comes with them."""

    inner: httpcore.NetworkStream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self.inner.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout))
        return cast(httpcore.NetworkStream, DeadlineStream(inner))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 -- as httpcore types it
        return self.inner.get_extra_info(info)


@attrs.frozen
class DeadlineBackend:
    """A `httpcore.NetworkBackend` whose connections keep to a `Deadline`."""

    inner: httpcore.NetworkBackend = attrs.field(factory=httpcore.SyncBackend)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect."""
        wait = _left(timeout, httpcore.ConnectTimeout)
        inner = self.inner.connect_tcp(host, port, wait, local_address, socket_options)
        return cast(httpcore.NetworkStream, DeadlineStream(inner))

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect."""
        raise NotImplementedError("nobody asks over a socket of the file system")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.inner.sleep(seconds)
