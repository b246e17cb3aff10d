"""A server that keeps its connections open between requests, and closes, fills or resets them as a test demands."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

from llm_core.testing import Replies
from llm_core.testing.dialects.openai_chat import OpenAIChat

_PATIENCE = 10.0  # seconds


def response(text: str, *, stream: bool) -> bytes:
    """Return a whole response in OpenAI's format."""
    dialect, reply = OpenAIChat(), Replies(text=text)
    body = b"".join(dialect.events(reply)) if stream else dialect.body(reply)
    content_type = "text/event-stream" if stream else "application/json"
    return f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


class KeepingServer:
    """Answers each request with what *answer* returns for its number, from 1, and whether it wants a stream.

    After an answer a connection is closed or reset if no request arrives within *idle* seconds. With *ending* as
    ``hold`` it stays open, even if the client ends it.
    """

    def __init__(
        self,
        answer: Callable[[int, bool], bytes] = lambda number, stream: response(f"{number}", stream=stream),
        *,
        idle: float = _PATIENCE,
        ending: Literal["close", "reset", "hold"] = "close",
    ) -> None:
        self._answer, self._idle, self._ending = answer, idle, ending
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._callers: list[socket.socket] = []
        self._changed = threading.Condition()
        self.requests = self.connections = self.open = 0

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._stopping.set()
        for one in (self._listener, *self._callers):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def wait_until_closed(self) -> None:
        """Wait until all connections are closed; of a coroutine this blocks the event loop, which is its purpose."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self.open, _PATIENCE)

    def send(self, data: bytes) -> None:
        """Send *data* on the newest connection."""
        self._callers[-1].sendall(data)

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self._callers.append(caller)
            with self._changed:
                self.connections, self.open = self.connections + 1, self.open + 1
            self._threads.append(threading.Thread(target=self._serve, args=(caller,), daemon=True))
            self._threads[-1].start()

    def _serve(self, caller: socket.socket) -> None:
        with suppress(OSError), caller:
            caller.settimeout(_PATIENCE)
            with suppress(TimeoutError):  # it was idle
                while (body := _read_request(caller)) is not None:
                    self.requests += 1
                    caller.sendall(self._answer(self.requests, json.loads(body).get("stream", False)))
                    caller.settimeout(self._idle)
            if self._ending == "hold":
                self._stopping.wait(_PATIENCE)
            if self._ending == "reset":
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with self._changed:
            self.open -= 1
            self._changed.notify_all()


def _read_request(caller: socket.socket) -> bytes | None:
    """Return the body of the next request; None at the end of the connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (data := caller.recv(65536)):
            return None
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += caller.recv(65536)
    return body
