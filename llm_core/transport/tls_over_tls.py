"""TLS over a connection that is TLS already, as for a provider behind a proxy with an ``https`` address."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_RECORD = 2**14  # bytes of a TLS record


class TLSOverTLS:
    """The methods of a socket that `SocketStream` uses; `ssl.SSLContext.wrap_socket` refuses a socket with TLS."""

    def __init__(self, outer: ssl.SSLSocket, context: ssl.SSLContext, hostname: str | None) -> None:
        """Complete the handshake, within the timeout of *outer*."""
        self.outer = outer
        self._until: float | None = None
        self.settimeout(outer.gettimeout())
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.inner: ssl.SSLObject = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        self._run(self.inner.do_handshake)

    def settimeout(self, seconds: float | None) -> None:
        """Limit the next operation to *seconds* in all."""
        self._until = None if seconds is None else time.monotonic() + seconds

    def recv(self, max_bytes: int) -> bytes:
        """Return the next bytes, none at the end."""
        return self._run(lambda: self.inner.read(max_bytes))

    def send(self, data: bytes | memoryview) -> int:
        """Send at least one byte of *data*, and return how many."""
        return self._run(lambda: self.inner.write(data))

    def close(self) -> None:
        """Close."""
        self.outer.close()

    def _run(self, step: Callable[[], Result]) -> Result:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                self._limit()
                if received := self.outer.recv(_RECORD):
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._limit()
            self.outer.sendall(self._outgoing.read())

    def _limit(self) -> None:
        """Leave the connection below what remains of the timeout."""
        remaining = None if self._until is None else self._until - time.monotonic()
        if remaining is not None and remaining <= 0:
            raise TimeoutError("the operation timed out")
        self.outer.settimeout(remaining)
