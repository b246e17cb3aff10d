"""A fake provider for what no scenario says: these very bytes, and then the line is closed, reset or held."""

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

CERTIFICATE = Path(__file__).with_name("self_signed.pem")  # for 127.0.0.1, and trusted by nobody
UNKNOWN_HOST = ".".join(["nobody" * 10] * 5)  # longer than a name may be: it is refused without asking the network
_PATIENCE = 2.0  # seconds that a line is held
_BACKLOG = 4  # connections that nobody accepts: any further one waits


@attrs.frozen(kw_only=True)
class Says:
    """After the request come `packets`, for a dialect and whether a stream was asked for, and `pause` seconds between.

    All of them taken is a caller that should have hung up, where `then` is ``hold``.
    """

    packets: Callable[[Dialect, bool], Iterable[bytes]]
    then: Literal["close", "reset", "hold"] = "close"
    pause: float = 0.0
    tls: bool = False


@attrs.frozen
class Unreachable:
    """No request can arrive: the name is unknown, nobody accepts, or TLS is asked of a server that has none."""

    why: Literal["name", "connecting", "no tls"]


Play: TypeAlias = Scenario | Says | Unreachable


class Side(Protocol):
    """What plays a fault."""

    recorder: Recorder

    @property
    def url(self) -> str:
        """Where."""

    def __enter__(self) -> Self:
        """Listen."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Hang up."""


def side_of(play: Play, dialect: Dialect) -> Side:
    """Return what plays it."""
    match play:
        case Says():
            return RawSide(play, dialect)
        case Unreachable():
            return NoSide(play)
        case _:
            return FakeProvider(play, dialect)


class NoSide:
    """Plays `Unreachable`."""

    def __init__(self, play: Unreachable) -> None:
        self.recorder = Recorder()
        self._play = play
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=0 if play.why == "connecting" else 8)
        port = self._listener.getsockname()[1]
        scheme, host = "https" if play.why == "no tls" else "http", "127.0.0.1"
        self.url = f"{scheme}://{UNKNOWN_HOST if play.why == 'name' else host}:{port}"
        self._others = [socket.socket() for _ in range(_BACKLOG if play.why == "connecting" else 0)]
        self._patience = threading.Timer(_PATIENCE, self._refuse)
        self._speaks_http = threading.Thread(target=self._greet, name="fake-provider", daemon=True)

    def __enter__(self) -> Self:
        self._patience.start()
        if self._play.why == "no tls":
            self._speaks_http.start()
        for other in self._others:
            other.settimeout(0.0)
            with suppress(BlockingIOError):
                other.connect(self._listener.getsockname())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._patience.cancel()
        self._patience.join()
        self._refuse()
        if self._speaks_http.is_alive():
            self._speaks_http.join()

    def _refuse(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for one in (self._listener, *self._others):
            one.close()

    def _greet(self) -> None:
        with suppress(OSError), self._listener.accept()[0] as caller:
            caller.recv(65536)
            caller.sendall(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")


class RawSide:
    """Plays `Says` on a free port of 127.0.0.1."""

    def __init__(self, says: Says, dialect: Dialect) -> None:
        self.recorder = Recorder()
        self._says, self._dialect = says, dialect
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if says.tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._start(self._listen)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
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
        with suppress(OSError):  # hung up
            while True:
                caller, _ = self._listener.accept()
                self._start(lambda caller=caller: self._serve(caller))  # type: ignore[misc]  # the default is the type

    def _serve(self, caller: socket.socket) -> None:
        self.recorder.connected()
        try:
            with caller, suppress(OSError, h11.RemoteProtocolError):
                caller.settimeout(_PATIENCE)
                Connection(self._secured(caller), lambda request: self._answer(caller, request), self._stopping).hold()
        finally:
            self.recorder.disconnected()

    def _secured(self, caller: socket.socket) -> socket.socket:
        if not self._says.tls:
            return caller
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        return context.wrap_socket(caller, server_side=True)

    def _answer(self, caller: socket.socket, request: RecordedRequest) -> Answer:
        aside = self._dialect.auxiliary(request)
        if aside is not None:
            return Answer(packets=(aside,))
        self.recorder.receive(request)
        for packet in self._says.packets(self._dialect, self._dialect.streams(request)):
            caller.sendall(packet)
            if self._stopping.wait(self._says.pause):
                break
        self._end(caller)
        raise ConnectionAbortedError  # the conversation is over

    def _end(self, caller: socket.socket) -> None:
        match self._says.then:
            case "reset":
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case "hold" if not self._stopping.is_set():
                with suppress(ConnectionError):
                    if _holds(caller):
                        self.recorder.gave_up()


def _holds(caller: socket.socket) -> bool:
    """Return whether the caller is still there when patience ends."""
    try:
        return bool(caller.recv(65536))
    except TimeoutError:
        return True
