"""httpcore2's network backend with a `Deadline` where httpcore2 has a number of seconds for each operation."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import cast

import attrs
import httpcore2

from .connecting import connect
from .deadline import Deadline
from .lookups import addresses_of
from .socket_stream import NetworkErrors, SocketStream

_MAX_SECONDS = 120.0  # for a connection without a timeout


@attrs.frozen(eq=False, repr=False)
class DeadlineBackend:
    """A `httpcore2.NetworkBackend` whose connections keep to a `Deadline`."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | Deadline | None = None,
        local_address: str | None = None,  # noqa: ARG002 -- httpcore2's; connections have no address of their own
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002 -- as above
    ) -> httpcore2.NetworkStream:
        """Connect. Raises ConnectTimeout, ConnectError or `AbortedError`."""
        deadline = timeout if isinstance(timeout, Deadline) else Deadline(timeout or _MAX_SECONDS)
        with NetworkErrors(deadline, httpcore2.ConnectTimeout, httpcore2.ConnectError):
            deadline.check()
            connected = connect(addresses_of(host, port, deadline), deadline)
        return cast(httpcore2.NetworkStream, SocketStream(connected))

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
        time.sleep(seconds)
