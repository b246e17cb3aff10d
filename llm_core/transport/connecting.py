"""A TCP connection to one of several addresses, within a deadline."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence

import attrs

from .deadline import Deadline
from .lookups import WAIT, Address

NEXT_ADDRESS = 0.25  # seconds after which the next address is tried beside those before it, as RFC 8305 recommends
_BEGUN = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


def connect(addresses: Sequence[Address], deadline: Deadline) -> socket.socket:
    """Return a socket that is connected to the first of *addresses* that accepts.

    Raises:
        OSError: no address accepts.
        TimeoutError: none had accepted before *deadline*.
        AbortedError: another thread ended the call.
    """
    attempts = _Attempts(deque(addresses), deadline)
    try:
        connected = attempts.first_connected()
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if deadline.call is not None:
            deadline.call.attach(connected)  # from here on an interrupt does not lose it
    except BaseException:
        attempts.close()
        raise
    attempts.close(keep=connected)
    return connected


@attrs.define(eq=False, repr=False)
class _Attempts:
    waiting: deque[Address]
    deadline: Deadline
    sockets: set[socket.socket] = attrs.field(factory=set)
    selector: selectors.BaseSelector = attrs.field(factory=selectors.DefaultSelector)
    error: OSError = attrs.field(factory=lambda: OSError("the host has no address"))

    def first_connected(self) -> socket.socket:
        next_at = 0.0
        while self.waiting or self.sockets:
            self.deadline.check()
            if self.waiting and (not self.sockets or time.monotonic() >= next_at):
                self._begin(self.waiting.popleft())
                next_at = time.monotonic() + NEXT_ADDRESS
            wait = min(WAIT, self.deadline.remaining) if self.sockets else 0.0
            for key, _ in self.selector.select(wait):
                if (connected := self._connected(key.data)) is not None:
                    return connected
        raise self.error

    def close(self, keep: socket.socket | None = None) -> None:
        self.selector.close()
        for each in self.sockets - {keep}:
            each.close()

    def _begin(self, address: Address) -> None:
        family, place = address
        try:
            begun = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:  # a family that this machine does not have
            self.error = error
            return
        self.sockets.add(begun)
        begun.setblocking(False)  # noqa: FBT003 -- its name in the standard library
        number = begun.connect_ex(place)
        if number in _BEGUN:
            self.selector.register(begun, selectors.EVENT_WRITE, begun)
        else:
            self._give_up(begun, number)

    def _connected(self, ready: socket.socket) -> socket.socket | None:
        number = ready.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self.selector.unregister(ready)
        if number == 0:
            return ready
        self._give_up(ready, number)
        return None

    def _give_up(self, failed: socket.socket, number: int) -> None:
        self.error = OSError(number, os.strerror(number))
        self.sockets.discard(failed)
        failed.close()
