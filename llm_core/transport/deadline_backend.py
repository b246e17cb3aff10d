"""httpcore2's network backend with a `Deadline` where httpcore2 has a number of seconds for each operation."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any, cast

import attrs
import httpcore2

from .deadline import Deadline

_MIN_SECONDS = 0.001  # zero would make the socket non-blocking


def _remaining(timeout: float | Deadline | None, error: type[Exception]) -> float | None:
    if not isinstance(timeout, Deadline):
        return timeout
    remaining = timeout.remaining
    if remaining == 0.0:
        raise error("the deadline has passed")
    return max(remaining, _MIN_SECONDS)


@attrs.define(eq=False, repr=False)
class DeadlineStream:
    """A `httpcore2.NetworkStream` whose reads and writes end at the deadline that is passed as their timeout."""

    inner: httpcore2.NetworkStream
    _answered: bool = attrs.field(default=False, init=False)  # the last operation was a read: no request is under way

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read."""
        self._answered = True
        return self.inner.read(max_bytes, _remaining(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write. Raises ConnectionNotAvailable, at which httpcore2 takes another connection, if a reused one is lost."""
        reused, self._answered = self._answered, False
        try:
            self.inner.write(buffer, _remaining(timeout, httpcore2.WriteTimeout))
        except httpcore2.WriteError as error:
            if reused:  # this was the first write of the request, of which no byte was sent
                raise httpcore2.ConnectionNotAvailable from error
            raise

    def close(self) -> None:
        """Close."""
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Return the same connection over TLS."""
        inner = self.inner.start_tls(ssl_context, server_hostname, _remaining(timeout, httpcore2.ConnectTimeout))
        return cast(httpcore2.NetworkStream, DeadlineStream(inner))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 -- as httpcore2 types it
        """Return what httpcore2 knows about the connection."""
        return self.inner.get_extra_info(info)


@attrs.frozen(eq=False, repr=False)
class DeadlineBackend:
    """A `httpcore2.NetworkBackend` whose connections keep to a `Deadline`."""

    inner: httpcore2.NetworkBackend = attrs.field(factory=httpcore2.SyncBackend)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect."""
        seconds = _remaining(timeout, httpcore2.ConnectTimeout)
        inner = self.inner.connect_tcp(host, port, seconds, local_address, socket_options)
        return cast(httpcore2.NetworkStream, DeadlineStream(inner))

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Refuse: requests never go over a Unix socket."""
        raise NotImplementedError("Unix sockets are not used")

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        self.inner.sleep(seconds)
