"""The fake provider over HTTP: its answers, its records, and that it leaves no thread behind."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from llm_core import ChatRequest, UserMessage
from llm_core.testing import Breaks, ChatPortContract, Echoes, FakeProvider, Recorder, Refuses, Replies, Scenario
from llm_core.testing.dialects.dialect import RecordedRequest
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.testing.fake_provider.connection import Connection
from llm_core.testing.fake_provider.scripted_response import Answer, scripted_response

PATH = "/v1/chat/completions"
BODY = json.dumps({"model": "fake-provider-1", "messages": [{"role": "user", "content": "Hi."}]}).encode()
REQUEST = ChatRequest(model="fake-provider-1", messages=[UserMessage("Hi.")])


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    yield
    assert [] == [thread for thread in threading.enumerate() if thread.name == "fake-provider"]


def _provider(scenario: Scenario) -> FakeProvider:
    return FakeProvider(scenario, OpenAIChat(), Recorder())


def _connection(fake_provider: FakeProvider) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(fake_provider.url.removeprefix("http://"), timeout=5)


def _sent(connection: http.client.HTTPConnection, body: bytes = BODY) -> tuple[int, bytes]:
    connection.request("POST", PATH, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def _socket(fake_provider: FakeProvider) -> socket.socket:
    host, _, port = fake_provider.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=5)


def test_a_request_is_answered_and_recorded() -> None:
    with _provider(Replies(text="Hello.")) as fake_provider:
        connection = _connection(fake_provider)
        status, body = _sent(connection)
        connection.close()
        freed = fake_provider.recorder.all_freed()

    assert (200, "Hello.") == (status, json.loads(body)["choices"][0]["message"]["content"])
    assert (REQUEST,) == fake_provider.recorder.seen
    assert [("POST", "/v1/chat/completions", "application/json", BODY)] == [
        (item.method, item.path, item.headers["content-type"], item.body) for item in fake_provider.recorder.requests
    ]
    assert freed


def test_a_connection_is_reused() -> None:
    with _provider(Echoes()) as fake_provider:
        connection = _connection(fake_provider)
        answers = [_sent(connection) for _ in range(2)]
        connection.close()

    assert [200, 200] == [status for status, _ in answers]
    assert 2 == fake_provider.recorder.count


def test_an_open_connection_is_not_freed() -> None:
    with _provider(Replies()) as fake_provider, _socket(fake_provider) as caller:
        caller.sendall(b"POST /")
        deadline = time.monotonic() + 2
        while fake_provider.recorder.all_freed(within=0) and time.monotonic() < deadline:
            time.sleep(0.001)  # until the provider has accepted it

        freed = fake_provider.recorder.all_freed(within=0.02)

    assert not freed


@pytest.mark.parametrize(
    "sent", [b"", b"nonsense\r\n\r\n", b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf"]
)
def test_a_caller_that_breaks_off_is_freed(sent: bytes) -> None:
    with _provider(Replies()) as fake_provider:
        with _socket(fake_provider) as caller:
            caller.sendall(sent)
        freed = fake_provider.recorder.all_freed()

    assert freed
    assert 0 == fake_provider.recorder.count


def test_an_unreadable_request_gets_a_400() -> None:
    with _provider(Replies()) as fake_provider:
        connection = _connection(fake_provider)
        status, body = _sent(connection, b'{"model": 7}')
        connection.close()

    assert 400 == status
    assert "model: expected text" in json.loads(body)["error"]["message"]
    assert () == fake_provider.recorder.seen
    assert 1 == fake_provider.recorder.count


def test_closing_closes_all_connections_at_once() -> None:
    fake_provider = _provider(Breaks(how="silence", patience=10))
    connection = _connection(fake_provider)
    connection.request("POST", PATH, BODY)
    answer = connection.getresponse()

    began = time.monotonic()
    fake_provider.close()
    waited = time.monotonic() - began

    assert waited < 2
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()


def test_a_provider_that_is_closed_has_not_given_up() -> None:
    ours, theirs = socket.socketpair()
    stopping, given_up = threading.Event(), list[str]()

    def answer(_: RecordedRequest) -> Answer:
        stopping.set()
        return Answer(ending="silence", patience=10, on_give_up=lambda: given_up.append("given up"))

    with ours, theirs:
        ours.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        Connection(theirs, answer, stopping).hold()

    assert [] == given_up


def test_no_socket_is_left_open() -> None:
    fake_provider = _provider(Breaks(how="drip"))
    connection = _connection(fake_provider)
    connection.request("POST", PATH, BODY)
    connection.getresponse()
    served = tuple(fake_provider._sockets)

    fake_provider.close()
    connection.close()

    assert 1 == len(served)
    assert {-1} == {item.fileno() for item in (*served, fake_provider._listener)}


def test_closing_twice_is_closing_once() -> None:
    fake_provider = _provider(Replies())

    fake_provider.close()
    fake_provider.close()

    with pytest.raises(OSError, match="refused"):
        _socket(fake_provider)


def test_a_provider_that_refuses_does_not_listen() -> None:
    with _provider(Refuses()) as fake_provider, pytest.raises(OSError, match="refused"):
        _socket(fake_provider)


def test_a_request_to_a_provider_that_does_not_listen_is_a_defect() -> None:
    request = RecordedRequest(method="POST", path=PATH, headers={}, body=BODY)

    with pytest.raises(AssertionError, match="a provider that does not listen"):
        scripted_response(Refuses(), OpenAIChat(), request, Recorder())


def test_a_silent_provider_ignores_further_bytes() -> None:
    with _provider(Breaks(how="silence")) as fake_provider:
        connection = _connection(fake_provider)
        connection.request("POST", PATH, BODY)
        connection.getresponse()
        assert connection.sock is not None
        connection.sock.sendall(b"Are you still there?")
        freed = fake_provider.recorder.all_freed(within=0.2)
        connection.close()

    assert not freed


def test_a_connection_that_the_provider_closed_was_not_freed() -> None:
    with _provider(Breaks(how="silence", patience=0.1)) as fake_provider:
        connection = _connection(fake_provider)
        connection.request("POST", PATH, BODY)
        answer = connection.getresponse()
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
        connection.close()

        freed = fake_provider.recorder.all_freed()

    assert not freed


def test_a_pause_lies_between_two_packets() -> None:
    with _provider(Replies(text="Hello.", packet_size=200, pause=0.05)) as fake_provider:
        connection = _connection(fake_provider)
        began = time.monotonic()
        status, body = _sent(connection)
        waited = time.monotonic() - began
        connection.close()

    assert 200 == status
    assert waited >= 0.05 * (len(body) // 200)


def test_a_contract_without_arrange_raises() -> None:
    with pytest.raises(NotImplementedError, match=r"ChatPortContract must define arrange"):
        ChatPortContract().arrange(Replies())


def test_without_a_user_message_the_echo_is_empty() -> None:
    body = json.dumps({"model": "fake-provider-1", "messages": [{"role": "system", "content": "Hi."}]}).encode()

    with _provider(Echoes()) as fake_provider:
        connection = _connection(fake_provider)
        _, answer = _sent(connection, body)
        connection.close()

    assert json.loads(answer)["choices"][0]["message"]["content"] == ""


def test_a_dialect_is_chosen_by_its_name() -> None:
    with FakeProvider(Replies(text="Hello."), "ollama_chat") as fake_provider:
        connection = _connection(fake_provider)
        connection.request("POST", "/api/chat", json.dumps({**json.loads(BODY), "stream": False}))
        answer = json.load(connection.getresponse())
        connection.close()

    assert "Hello." == answer["message"]["content"]
    assert 1 == fake_provider.recorder.count


def test_the_default_dialect_is_openai_chat() -> None:
    with FakeProvider(Replies(text="Hello.")) as fake_provider:
        connection = _connection(fake_provider)
        status, body = _sent(connection)
        connection.close()

    assert (200, "Hello.") == (status, json.loads(body)["choices"][0]["message"]["content"])


def test_an_unknown_dialect_is_refused_by_name() -> None:
    with pytest.raises(
        ValueError,
        match="no 'wombat'; there are openai_chat, openai_responses, anthropic_messages, gemini, ollama_chat",
    ):
        FakeProvider(Replies(), "wombat")


def test_a_recorder_without_a_request_has_no_last_one() -> None:
    recorder = Recorder()

    with pytest.raises(AssertionError) as caught:
        _ = recorder.last

    assert "no request was understood" == str(caught.value)


def test_a_request_that_is_no_model_call_is_answered_and_not_recorded() -> None:
    recorder = Recorder()
    with (
        FakeProvider(Replies(), "ollama_chat", recorder) as fake_provider,
        closing(_connection(fake_provider)) as caller,
    ):
        caller.request("POST", "/api/show", b'{"model": "m"}', {"Content-Type": "application/json"})
        status = caller.getresponse().status

    assert (200, 0, 0) == (status, recorder.count, recorder.accepted)
    assert recorder.has_accepted(0)


def test_a_provider_that_listens_cannot_refuse_connections() -> None:
    with (
        _provider(Replies()) as fake_provider,
        pytest.raises(ValueError, match=r"^a provider that listens cannot refuse connections$"),
    ):
        fake_provider.play(Refuses())
