"""One sync call in progress, which another thread may end."""

import os
import socket
import threading
from contextlib import suppress

import attrs


class AbortedError(ConnectionAbortedError):
    """The call was ended by `close` of its stream or its adapter."""

    def __str__(self) -> str:
        """Return the reason."""
        return "the chat was closed while the call was in progress"


@attrs.define(eq=False, repr=False)
class OpenCall:
    """The socket that a sync call uses at the moment, so that `abort` can wake the thread that waits for it."""

    aborted: bool = False
    _socket: socket.socket | None = None
    _process: int = attrs.field(factory=os.getpid, init=False)
    _lock: threading.RLock = attrs.field(factory=threading.RLock, init=False)  # reentrant: a signal handler may close

    def check(self) -> None:
        """Raise `AbortedError` if the call was aborted."""
        if self.aborted:
            raise AbortedError

    def attach(self, connected: socket.socket) -> None:
        """Let `abort` shut down *connected*, and no earlier socket. Raises `AbortedError`."""
        if self._socket is not connected:
            with self._lock:
                self._socket = connected
        self.check()

    def detach(self) -> None:
        """Keep `abort` from the last socket, which other calls may use from now on."""
        with self._lock:
            self._socket = None

    def drop(self) -> None:
        """Close the socket, after an interrupt in code that may have lost it."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = None

    def abort(self) -> None:
        """End the call, from any thread. A forked child leaves its parent's connection alone."""
        self.aborted = True
        if self._process != os.getpid():
            return
        with self._lock, suppress(OSError):  # it was closed already
            if self._socket is not None:
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # that of SSLSocket would unset its TLS state
