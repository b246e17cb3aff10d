"""Tests of failures below HTTP, with raw TCP servers: each has its error class, and the timeout always holds."""

import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType, TracebackType
from typing import Self

import pytest

from llm_core import AssistantMessage, ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import (
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    StreamInterruptedError,
)
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode, call_in_mode
from llm_core.transport.transport_errors import class_for_exception

PATIENCE, LONG = 0.4, 2.0  # seconds
IMPATIENT = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=PATIENCE))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT = b'data: {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}\n\n'


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_library_that_another_thread_is_importing_does_not_matter(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, ModuleType(library))

    seen = [
        class_for_exception([error], answering=answering)
        for error, answering in ((TimeoutError(), False), (OSError(), False), (OSError(), True), (KeyError(), True))
    ]

    assert [ChatTimeoutError, ConnectionFailedError, StreamInterruptedError, BadResponseError] == seen


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class Listener:
    """A server on a free port of 127.0.0.1 that runs *play* on every connection."""

    def __init__(self, play: Callable[[socket.socket], None]) -> None:
        self._play = play
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.calls = 0

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self.calls += 1
            with caller, suppress(OSError):
                self._play(caller)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, error_class: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def drip(caller: socket.socket, data: bytes) -> None:
    """Send *data* repeatedly until the client disconnects or `5 * LONG` seconds have passed."""
    end = time.monotonic() + 5 * LONG
    while time.monotonic() < end:
        caller.sendall(data)
        time.sleep(PATIENCE / 8)


def read(caller: socket.socket) -> None:
    caller.recv(65536)


def drip_headers(caller: socket.socket) -> None:
    read(caller)
    caller.sendall(b"HTTP/1.1 200 OK\r\n")
    drip(caller, b"x-header: value\r\n")


def drip_body(caller: socket.socket) -> None:
    read(caller)
    caller.sendall(HEAD)
    drip(caller, chunk(b": comment\n\n"))


def send_nothing(caller: socket.socket) -> None:
    while caller.recv(65536):
        pass  # until the client disconnects


def reset(caller: socket.socket) -> None:
    read(caller)
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_after_first_event(caller: socket.socket) -> None:
    read(caller)
    caller.sendall(HEAD + chunk(EVENT))
    time.sleep(PATIENCE / 4)  # so that the client reads the event before the reset
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def disconnect(caller: socket.socket) -> None:
    read(caller)


def send_smtp_greeting(caller: socket.socket) -> None:
    read(caller)
    caller.sendall(b"220 mail.test ready\r\n\r\n")
    send_nothing(caller)


def break_chunked_encoding(caller: socket.socket) -> None:
    read(caller)
    caller.sendall(HEAD + chunk(EVENT))
    time.sleep(PATIENCE / 4)  # so that the event and the invalid chunk arrive one after the other
    caller.sendall(b"no length\r\n")
    send_nothing(caller)


def chat_at(url: str) -> LiteLLMChat:
    return LiteLLMChat("openai/x", api_key="k", api_base=url)


def failure(url: str, mode: Mode) -> tuple[ChatError, float]:
    """Return the error and the seconds until it was raised."""
    chat = chat_at(url)
    began = time.monotonic()
    with pytest.raises(ChatError) as caught:
        call_in_mode(chat, IMPATIENT, mode)
    took = time.monotonic() - began
    chat.close()
    return caught.value, took


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """Make the first call in each mode, during which LiteLLM takes longer than the short timeout of these tests."""
    with Listener(disconnect) as listener:
        for mode in EVERY:
            failure(f"http://127.0.0.1:{listener.port}/v1", mode)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("play", [drip_headers, drip_body, send_nothing])
def test_a_server_that_does_not_finish_its_response_is_a_timeout(
    play: Callable[[socket.socket], None], mode: Mode
) -> None:
    with Listener(play) as listener:
        error, took = failure(f"http://127.0.0.1:{listener.port}/v1", mode)

    assert ChatTimeoutError is type(error)
    assert PATIENCE * 0.9 <= took < LONG


@pytest.mark.parametrize("mode", EVERY)
def test_a_tls_handshake_without_a_reply_is_a_timeout(mode: Mode) -> None:
    with Listener(send_nothing) as listener:
        error, took = failure(f"https://127.0.0.1:{listener.port}/v1", mode)

    assert ChatTimeoutError is type(error)
    assert took < LONG


@pytest.mark.parametrize("mode", EVERY)
def test_a_connection_that_the_server_does_not_accept_is_a_timeout(mode: Mode) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.settimeout(0.0)
            one.connect_ex(full.getsockname())
        time.sleep(0.05)
        error, took = failure(f"http://127.0.0.1:{full.getsockname()[1]}/v1", mode)
        for one in waiting:
            one.close()

    assert ChatTimeoutError is type(error)
    assert took < LONG


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    ("error_class", "play"),
    [
        (ConnectionFailedError, reset),
        (ConnectionFailedError, disconnect),
        (StreamInterruptedError, reset_after_first_event),
        (StreamInterruptedError, break_chunked_encoding),
    ],
)
def test_each_broken_connection_has_its_error_class(
    error_class: type[ChatError], play: Callable[[socket.socket], None], mode: Mode
) -> None:
    with Listener(play) as listener:
        error, _ = failure(f"http://127.0.0.1:{listener.port}/v1", mode)
        calls = listener.calls

    assert (error_class, "openai", "openai/x") == (type(error), error.provider, error.model)
    assert (None, 1) == (error.__context__, calls)
    if mode in STREAMS and error_class is StreamInterruptedError:
        assert AssistantMessage("Hi") == error.partial


@pytest.mark.parametrize("mode", EVERY)
def test_a_reply_that_is_not_http_is_a_bad_response(mode: Mode) -> None:
    with Listener(send_smtp_greeting) as listener:
        error, _ = failure(f"http://127.0.0.1:{listener.port}/v1", mode)

    assert (BadResponseError, True) == (type(error), error.retryable)
