"""Servers for the faults that no scenario covers: fixed bytes, after which the connection is closed, reset or held."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias

import attrs
import h11

from llm_core.testing import FakeProvider, RecordedRequest, Recorder, Scenario
from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.fake_provider.connection import Connection
from llm_core.testing.fake_provider.scripted_response import Answer

CERTIFICATE = Path(__file__).with_name("self_signed.pem")  # for 127.0.0.1; no client trusts it
UNKNOWN_HOST = ".".join(["unknown" * 8] * 5)  # longer than a host name may be: fails without a DNS query
_TIMEOUT = 2.0  # seconds that a connection is held
_BACKLOG = 4  # connections that fill the queue of the listener; any further one waits


@attrs.frozen(kw_only=True)
class RawReply:
    """Answers a request with `packets`, by dialect and whether it requests a stream, with `pause` seconds between.

    With `then` as ``hold`` the caller is expected to hang up before it has read all of them.
    """

    packets: Callable[[Dialect, bool], Iterable[bytes]]
    then: Literal["close", "reset", "hold"] = "close"
    pause: float = 0.0
    tls: bool = False


@attrs.frozen
class Unreachable:
    """No request can arrive: an unknown host name, a connection that is not accepted, or a server without TLS."""

    why: Literal["name", "connecting", "no tls"]


Play: TypeAlias = Scenario | RawReply | Unreachable


class FaultServer(Protocol):
    """A server that plays a fault."""

    recorder: Recorder

    @property
    def url(self) -> str:
        """The base address."""

    def __enter__(self) -> Self:
        """Start."""

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Stop."""


def server_for(play: Play, dialect: Dialect) -> FaultServer:
    """Return the server that plays *play*."""
    match play:
        case RawReply():
            return RawServer(play, dialect)
        case Unreachable():
            return UnreachableServer(play)
        case _:
            return FakeProvider(play, dialect)


class UnreachableServer:
    """Plays `Unreachable`."""

    def __init__(self, play: Unreachable) -> None:
        self.recorder = Recorder()
        self._play = play
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=0 if play.why == "connecting" else 8)
        port = self._listener.getsockname()[1]
        scheme, host = "https" if play.why == "no tls" else "http", "127.0.0.1"
        self.url = f"{scheme}://{UNKNOWN_HOST if play.why == 'name' else host}:{port}"
        self._others = [socket.socket() for _ in range(_BACKLOG if play.why == "connecting" else 0)]
        self._timer = threading.Timer(_TIMEOUT, self._refuse)
        self._answering = threading.Thread(target=self._greet, name="fake-provider", daemon=True)

    def __enter__(self) -> Self:
        self._timer.start()
        if self._play.why == "no tls":
            self._answering.start()
        for other in self._others:
            other.settimeout(0.0)
            with suppress(BlockingIOError):
                other.connect(self._listener.getsockname())
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._timer.cancel()
        self._timer.join()
        self._refuse()
        if self._answering.is_alive():
            self._answering.join()

    def _refuse(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for one in (self._listener, *self._others):
            one.close()

    def _greet(self) -> None:
        with suppress(OSError), self._listener.accept()[0] as caller:
            caller.recv(65536)
            caller.sendall(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")


class RawServer:
    """Plays a `RawReply` on a free port of 127.0.0.1."""

    def __init__(self, reply: RawReply, dialect: Dialect) -> None:
        self.recorder = Recorder()
        self._reply, self._dialect = reply, dialect
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if reply.tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._start(self._listen)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="fake-provider", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with suppress(OSError):  # the listener was shut down
            while True:
                caller, _ = self._listener.accept()
                self._start(lambda caller=caller: self._serve(caller))  # type: ignore[misc]  # the default is the type

    def _serve(self, caller: socket.socket) -> None:
        self.recorder.connected()
        try:
            with caller, suppress(OSError, h11.RemoteProtocolError):
                caller.settimeout(_TIMEOUT)
                Connection(self._secured(caller), lambda request: self._answer(caller, request), self._stopping).hold()
        finally:
            self.recorder.disconnected()

    def _secured(self, caller: socket.socket) -> socket.socket:
        if not self._reply.tls:
            return caller
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        return context.wrap_socket(caller, server_side=True)

    def _answer(self, caller: socket.socket, request: RecordedRequest) -> Answer:
        auxiliary = self._dialect.auxiliary(request)
        if auxiliary is not None:
            return Answer(packets=(auxiliary,))
        self.recorder.receive(request)
        for packet in self._reply.packets(self._dialect, self._dialect.streams(request)):
            caller.sendall(packet)
            if self._stopping.wait(self._reply.pause):
                break
        self._end(caller)
        raise ConnectionAbortedError  # ends the connection

    def _end(self, caller: socket.socket) -> None:
        match self._reply.then:
            case "reset":
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case "hold" if not self._stopping.is_set():
                with suppress(ConnectionError):
                    if _holds(caller):
                        self.recorder.gave_up()


def _holds(caller: socket.socket) -> bool:
    """Return whether the caller is still connected after the timeout."""
    try:
        return bool(caller.recv(65536))
    except TimeoutError:
        return True
