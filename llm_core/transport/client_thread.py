"""An exchange with a sync client of the caller, in a daemon thread: such a client limits each read alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Protocol, TypeAlias, cast

import attrs

from .deadline import Deadline
from .http_types import HTTPResponse
from .lookups import WAIT

_LEAVE = 0.5  # seconds to wait for a thread that only has to close its response


class InterruptibleResponse(HTTPResponse, Protocol):
    """A response of which a socket may be known."""

    @property
    def socket(self) -> socket.socket | None:
        """The socket of its connection; None for a transport without one."""


_Result: TypeAlias = InterruptibleResponse | bytes | BaseException | None  # the head, a part of the body, the end


def send_in_thread(send: Callable[[], InterruptibleResponse], deadline: Deadline) -> HTTPResponse:
    """Return what *send* returns, in a thread; its reads end at *deadline*, or when the call is aborted.

    The thread of an exchange that was given up ends when the client's own timeout has passed.
    """
    exchange = _Exchange(send, deadline)
    try:
        exchange.begin()
    except BaseException:
        exchange.close()
        raise
    return exchange


@attrs.define(eq=False, repr=False)
class _Exchange:
    _send: Callable[[], InterruptibleResponse]
    _deadline: Deadline
    status: int = 0
    headers: Mapping[str, str] = attrs.field(factory=dict)
    _socket: socket.socket | None = None
    _given_up: bool = False
    _reading: bool = False
    _wanted: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    _results: SimpleQueue[_Result] = attrs.field(factory=SimpleQueue)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        run = copy_context().run
        self._thread = threading.Thread(target=run, args=(self._run,), name="llm_core client", daemon=True)
        self._thread.start()
        head = cast(InterruptibleResponse, self._result())
        self.status, self.headers, self._socket = head.status, head.headers, head.socket

    def chunks(self) -> Iterator[bytes]:
        while True:
            self._wanted.release()
            part = self._result()
            if not isinstance(part, bytes):
                return
            yield part

    def close(self) -> None:
        self._given_up = True
        self._wanted.release()
        if self._reading and self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        if self._thread is not None and (self._socket is not None or not self._reading):
            self._thread.join(_LEAVE)

    def _result(self) -> InterruptibleResponse | bytes | None:
        """Return the next result of the thread, or raise it. Raises TimeoutError, AbortedError."""
        self._reading = True
        while True:
            with suppress(Empty):
                result = self._results.get(timeout=min(WAIT, self._deadline.remaining))
                self._reading = False
                if isinstance(result, BaseException):
                    try:
                        raise result
                    finally:
                        del result  # this frame would be part of its traceback
                return result
            self._deadline.check()

    def _run(self) -> None:
        try:
            with closing(self._send()) as response:
                self._results.put(response)
                chunks = response.chunks()
                part: bytes | None = b""
                while part is not None and self._is_wanted():
                    part = next(chunks, None)
                    self._results.put(part)
        except BaseException as error:  # noqa: BLE001 -- raised in the caller's thread
            self._results.put(error)

    def _is_wanted(self) -> bool:
        self._wanted.acquire()
        return not self._given_up
