"""The fake provider over HTTP: a loopback server that plays one scenario and records the requests it receives."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self, TypeAlias

import h11

from llm_core.testing.dialects.dialect import Dialect, RecordedRequest
from llm_core.testing.dialects.registry import as_dialect
from llm_core.testing.scenarios import Refuses, Replies, Scenario

from .connection import Connection
from .recorder import Recorder
from .scripted_response import Answer, scripted_response

Played: TypeAlias = Scenario | Callable[[RecordedRequest], Scenario]
"""A scenario, or a function that chooses one for each request; it is called in the thread of the connection."""


class FakeProvider:
    """Plays *scenario* in *dialect* on 127.0.0.1 until it is closed, on a free port unless *port* names one."""

    def __init__(
        self,
        scenario: Played,
        dialect: Dialect | str = "openai_chat",
        recorder: Recorder | None = None,
        *,
        port: int = 0,
    ) -> None:
        """Listen at once, except in the scenario `Refuses`.

        Raises:
            ValueError: no dialect has that name.
            OSError: *port* is in use.
        """
        self._dialect = as_dialect(dialect)
        self.recorder: Recorder = recorder or Recorder()
        self._scenario: Played = scenario
        self._stopping = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket()
        if port:  # an earlier run may have left connections that are not forgotten yet
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))  # until it listens, the port refuses connections and stays ours
        except OSError:
            self._listener.close()
            raise
        self._port: int = self._listener.getsockname()[1]
        self.play(scenario)

    @property
    def url(self) -> str:
        """The address, such as ``http://127.0.0.1:4711``."""
        return f"http://127.0.0.1:{self._port}"

    def visible(self, reply: Replies) -> Replies:
        """Return the part of *reply* that its wire format carries."""
        return self._dialect.visible(reply)

    def play(self, scenario: Played) -> None:
        """Play *scenario* in each later request; ValueError if it is `Refuses` and the provider listens already."""
        if isinstance(scenario, Refuses):
            if self._threads:
                raise ValueError("a provider that listens cannot refuse connections")
            return
        self._scenario = scenario
        if not self._threads:
            self._listener.listen()
            self._start(self._listen)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, error_class: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close every connection and wait for the threads; a second call does nothing."""
        self._stopping.set()
        _shut_down(self._listener)
        for listening in self._threads[:1]:
            listening.join()  # after this no connection is accepted
        for caller in tuple(self._sockets):
            _shut_down(caller)
        for serving in self._threads:
            serving.join()
        self._listener.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="fake-provider", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:  # the listener was closed
                return
            self._sockets.add(caller)
            self.recorder.connected()
            self._start(partial(self._serve, caller))

    def _serve(self, caller: socket.socket) -> None:
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with caller, suppress(OSError, h11.RemoteProtocolError):
                Connection(caller, self._answer, self._stopping).hold()
        finally:
            self._sockets.discard(caller)
            self.recorder.disconnected()

    def _answer(self, request: RecordedRequest) -> Answer:
        auxiliary = self._dialect.auxiliary(request)
        if auxiliary is not None:
            self.recorder.assist()
            return Answer(packets=(auxiliary,))
        self.recorder.receive(request)
        scenario = self._scenario(request) if callable(self._scenario) else self._scenario
        return scripted_response(scenario, self._dialect, request, self.recorder)


def _shut_down(one: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        one.shutdown(socket.SHUT_RDWR)
