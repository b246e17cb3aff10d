"""The bytes of a sync connection; what it does ends at a `Deadline`, or when its call is aborted."""

from __future__ import annotations

import selectors
import socket
import ssl

import attrs

from .deadline import Deadline
from .open_call import AbortedError
from .tls_over_tls import TLSOverTLS

_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)  # the one without a descriptor of its own
_PART = 2**16  # bytes that are written at once: each write counts from the deadline anew


class UnsentError(ConnectionError):
    """No byte of a request could be sent on a connection that had served another."""


@attrs.define(eq=False, repr=False)
class SocketStream:
    """The connection over the socket `over`. A deadline covers the whole method.

    Every method raises TimeoutError at the deadline, `AbortedError` if the call was aborted, and else OSError.
    """

    over: socket.socket | TLSOverTLS
    _has_answered: bool = attrs.field(default=False, init=False)  # nothing was written since the last read
    below: socket.socket = attrs.field(init=False)
    """The socket itself, below TLS within TLS."""

    def __attrs_post_init__(self) -> None:
        """Find the socket."""
        self.below = self.over.outer if isinstance(self.over, TLSOverTLS) else self.over

    def read(self, max_bytes: int, deadline: Deadline) -> bytes:
        """Return the next bytes, none at the end."""
        self._has_answered = True
        with _abort_first(deadline):
            self.over.settimeout(deadline.left())
            return self.over.recv(max_bytes)

    def write(self, data: memoryview, deadline: Deadline) -> None:
        """Write all of *data*. Raises `UnsentError` too."""
        is_reused, self._has_answered = self._has_answered, False
        left = data
        try:
            with _abort_first(deadline):
                while left:
                    self.over.settimeout(deadline.left())
                    left = left[self.over.send(left[:_PART]) :]
        except (TimeoutError, AbortedError):
            raise
        except OSError as error:
            if is_reused and len(left) == len(data):
                raise UnsentError from error
            raise

    def close(self) -> None:
        """Close."""
        self.over.close()

    def start_tls(self, context: ssl.SSLContext, hostname: str, deadline: Deadline) -> SocketStream:
        """Return the same connection over TLS."""
        try:
            with _abort_first(deadline):
                self.over.settimeout(deadline.left())
                return SocketStream(self._over_tls(context, hostname, deadline))
        except BaseException:
            self.close()
            raise

    @property
    def is_readable(self) -> bool:
        """Whether data, or the end, can be read from an idle connection: it can then not be used again."""
        below = self.below
        if below.fileno() < 0 or (isinstance(below, ssl.SSLSocket) and below.pending()):
            return True
        with _Selector() as selector:
            selector.register(below, selectors.EVENT_READ)
            return bool(selector.select(0))

    def _over_tls(self, context: ssl.SSLContext, hostname: str, deadline: Deadline) -> ssl.SSLSocket | TLSOverTLS:
        if isinstance(self.over, TLSOverTLS):
            raise OSError("TLS within TLS within TLS")
        if isinstance(self.over, ssl.SSLSocket):
            return TLSOverTLS(self.over, context, hostname)
        with self.over.dup() as same:  # `wrap_socket` leaves the socket without its descriptor
            if deadline.call is not None:
                deadline.call.attach(same)
            return context.wrap_socket(self.over, server_hostname=hostname)


@attrs.frozen(eq=False, repr=False)
class _abort_first:  # noqa: N801 -- a context manager reads as a verb
    """``with``: if the call was aborted, `AbortedError` is raised in place of whatever came of it."""

    deadline: Deadline

    def __enter__(self) -> None:
        """Enter."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Raise; Ctrl-C passes."""
        call = self.deadline.call
        if call is not None and call.aborted and (error is None or isinstance(error, Exception)):
            raise AbortedError  # a socket that was shut down reads as one at its end
