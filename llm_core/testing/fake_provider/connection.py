"""One connection to the fake provider: HTTP by h11, and network faults that no HTTP library can produce."""

import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import assert_never

import h11

from llm_core.testing.dialects.dialect import RecordedRequest

from .scripted_response import Answer

_KEEP_ALIVE_INTERVAL = 0.05  # seconds
_DRIPPED_HEAD = b"HTTP/1.1 200 OK\r\nx-dripped: "


class Connection:
    """Reads requests from *caller* and sends what *answer* returns, until either side closes the connection."""

    def __init__(
        self, caller: socket.socket, answer: Callable[[RecordedRequest], Answer], stopping: threading.Event
    ) -> None:
        """Serve *caller*, whose socket is closed by its owner."""
        self._caller = caller
        self._answer = answer
        self._stopping = stopping
        self._http = h11.Connection(h11.SERVER)

    def hold(self) -> None:
        """Serve requests until either side closes. OSError or RemoteProtocolError where the caller breaks off."""
        while (request := self._read()) is not None:
            answer = self._answer(request)
            self._play(answer)
            if answer.closes or self._http.our_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    def _read(self) -> RecordedRequest | None:
        head, body = None, b""
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(self._caller.recv(65536))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _recorded(head, body)
            else:
                return None

    def _play(self, answer: Answer) -> None:
        self._stopping.wait(answer.wait)
        if answer.surplus:
            self._send_at_once(answer)
            return
        if answer.head:
            self._send(self._head(answer))
        for packet in answer.packets:
            self._send(h11.Data(data=packet))
            self._stopping.wait(answer.pause)
        match answer.ending:
            case "finish":
                self._send(h11.EndOfMessage())
            case "reset":
                self._caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case "silence":
                self._wait(answer, lambda: None)
            case "drip":
                self._wait(answer, lambda: self._send(h11.Data(data=answer.keep_alive)))
            case "drip head":
                self._caller.sendall(_DRIPPED_HEAD)
                self._wait(answer, lambda: self._caller.sendall(b"a"))
            case "cut":
                pass  # the socket's owner closes it now
            case _:
                assert_never(answer.ending)

    def _send_at_once(self, answer: Answer) -> None:
        body = [h11.Data(data=packet) for packet in answer.packets]
        whole = [self._http.send(event) or b"" for event in (self._head(answer), *body, h11.EndOfMessage())]
        self._caller.sendall(b"".join(whole) + answer.surplus)

    def _head(self, answer: Answer) -> h11.Response:
        return h11.Response(status_code=answer.status, headers=[*answer.headers, *self._framing(answer)])

    def _framing(self, answer: Answer) -> list[tuple[str, str]]:
        if answer.ending != "finish" or len(answer.packets) > 1:
            return []  # chunked
        return [("content-length", str(sum(map(len, answer.packets))))]

    def _send(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        self._caller.sendall(self._http.send(event) or b"")

    def _wait(self, answer: Answer, send_keep_alive: Callable[[], None]) -> None:
        deadline = time.monotonic() + answer.patience
        with selectors.DefaultSelector() as selector:  # `select.select` takes no file descriptor above 1,023
            selector.register(self._caller, selectors.EVENT_READ)
            while time.monotonic() < deadline and not self._stopping.is_set():
                if selector.select(_KEEP_ALIVE_INTERVAL) and not self._caller.recv(65536):
                    return
                send_keep_alive()
        if not self._stopping.is_set():
            answer.on_give_up()


def _recorded(head: h11.Request, body: bytes) -> RecordedRequest:
    headers: dict[str, str] = {}
    for name, value in head.headers:  # a header that is sent twice has two values in one
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return RecordedRequest(method=head.method.decode(), path=head.target.decode(), headers=headers, body=body)
