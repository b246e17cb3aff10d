"""Deadlines of calls through a sync client of the caller, whatever the server drips, and calls that are closed."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.domain.errors import ChatError, ChatTimeoutError, ConnectionFailedError, StreamInterruptedError
from llm_core.testing import Breaks, FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import Mode, call_in_mode
from llm_core.transport.client_transport import ClientResponse

TIMEOUT = 0.3  # seconds
LATEST = 1.5  # seconds; a server drips for 3
REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=TIMEOUT))
PATIENT = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=60))
STATUS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
DRIPS = {
    "head": STATUS + b"x-slow: ",
    "chunk size": STATUS + b"transfer-encoding: chunked\r\n\r\n5;slow=",
    "gzip": STATUS + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\x03",  # a file name without an end
}


@contextmanager
def dripping(begin: bytes) -> Iterator[str]:
    """Send *begin*, then a letter every 50 ms."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(begin)
                    for _ in range(60):
                        connection.sendall(b"a")
                        time.sleep(0.05)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        thread.join()


@pytest.mark.parametrize("mode", ["complete", "stream"])
@pytest.mark.parametrize("drip", DRIPS)
def test_a_dripped_answer_ends_at_the_timeout(drip: str, mode: Mode) -> None:
    with dripping(DRIPS[drip]) as url, httpx.Client(trust_env=False) as client:
        chat = DirectChat("openai/x", api_key="k", api_base=url, client=client)
        began = time.monotonic()
        with pytest.raises(ChatTimeoutError):
            call_in_mode(chat, REQUEST, mode)
        waited = time.monotonic() - began

    assert TIMEOUT * 0.9 < waited < LATEST


def closing_elsewhere(chat: DirectChat, mode: Mode, close: Callable[[], None] | None) -> tuple[object, float]:
    """Return how the call ended after *close* (None: that of its stream), and after how many seconds."""
    stream, seen = chat.stream(PATIENT), list[object]()

    def call() -> None:
        try:
            seen.extend(stream if mode == "stream" else [chat.complete(PATIENT)])
            seen.append("the end")
        except ChatError as error:
            seen.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.2)
    began = time.monotonic()
    (close or stream.close)()
    thread.join(10)
    return seen[-1], time.monotonic() - began


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("mode", ["complete", "stream"])
def test_a_close_from_another_thread_ends_the_read_of_a_body_and_frees_its_connection(mode: Mode, after: int) -> None:
    recorder = Recorder()
    broken = Breaks(how="silence", after=after, patience=8.0)

    with FakeProvider(broken, recorder=recorder) as fake_provider, httpx.Client(trust_env=False) as client:
        chat = DirectChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1", client=client)
        ended, waited = closing_elsewhere(chat, mode, chat.close if mode == "complete" else None)
        freed = recorder.all_freed()

    assert waited < LATEST
    assert freed
    if mode == "stream":
        assert ended == "the end"
    else:
        assert isinstance(ended, StreamInterruptedError)


def test_a_close_from_another_thread_ends_the_wait_for_the_head() -> None:
    with dripping(b"HTTP/1.1") as url, httpx.Client(trust_env=False) as client:
        chat = DirectChat("openai/x", api_key="k", api_base=url, client=client)
        ended, waited = closing_elsewhere(chat, "complete", chat.close)

    assert isinstance(ended, ConnectionFailedError)
    assert waited < LATEST


@pytest.mark.parametrize("mode", ["complete", "stream"])
def test_a_client_without_a_network_can_be_left_and_leaves_no_thread(mode: Mode) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]})

    before = set(threading.enumerate())
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        assert call_in_mode(DirectChat("openai/x", api_key="k", client=client), PATIENT, mode).text == "Hi."

    assert set() == set(threading.enumerate()) - before


def test_an_error_of_the_client_ends_its_thread() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    before = set(threading.enumerate())
    with httpx.Client(transport=httpx.MockTransport(answer)) as client, pytest.raises(ConnectionFailedError):
        DirectChat("openai/x", api_key="k", client=client).complete(PATIENT)

    assert set() == set(threading.enumerate()) - before


def test_a_description_says_whether_streams_can_be_closed_from_other_threads() -> None:
    with httpx.Client() as client:
        described = [
            DirectChat("openai/x", api_key="k", client=own).describe().closes_from_other_threads
            for own in (None, client)
        ]

    assert [True, False] == described


@pytest.mark.parametrize(("http_version", "known"), [(b"HTTP/1.1", True), (b"HTTP/2", False)])
def test_a_connection_that_other_calls_share_is_not_shut_down(http_version: bytes, *, known: bool) -> None:
    with (
        FakeProvider(Replies()) as fake_provider,
        httpx.Client(trust_env=False) as client,
        client.stream("GET", fake_provider.url) as response,
    ):
        response.extensions["http_version"] = http_version
        assert known is (ClientResponse(response).socket is not None)
