"""The fake provider over HTTP: what it plays, what it records, and that it leaves nothing behind."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from llm_core import ChatRequest, UserMessage
from llm_core.testing import Breaks, ChatPortContract, Echoes, FakeProvider, Recorder, Refuses, Replies, Scenario
from llm_core.testing.dialects.dialect import RecordedRequest
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.testing.fake_provider.scripted_response import scripted_response

BODY = json.dumps({"model": "fake-provider-1", "messages": [{"role": "user", "content": "Hi."}]}).encode()
ASKED = ChatRequest(model="fake-provider-1", messages=[UserMessage("Hi.")])


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    yield
    assert [] == [thread for thread in threading.enumerate() if thread.name == "fake-provider"]


def _far_side(scenario: Scenario) -> FakeProvider:
    return FakeProvider(scenario, OpenAIChat(), Recorder())


def _line(fake_provider: FakeProvider) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(fake_provider.url.removeprefix("http://"), timeout=5)


def _told(line: http.client.HTTPConnection, body: bytes = BODY) -> tuple[int, bytes]:
    line.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
    answer = line.getresponse()
    return answer.status, answer.read()


def _socket(fake_provider: FakeProvider) -> socket.socket:
    host, _, port = fake_provider.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=5)


def test_a_request_is_answered_and_recorded() -> None:
    with _far_side(Replies(text="Hello.")) as fake_provider:
        line = _line(fake_provider)
        status, body = _told(line)
        line.close()
        freed = fake_provider.recorder.all_freed()

    assert (200, "Hello.") == (status, json.loads(body)["choices"][0]["message"]["content"])
    assert (ASKED,) == fake_provider.recorder.seen
    assert [("POST", "/v1/chat/completions", "application/json", BODY)] == [
        (one.method, one.path, one.headers["content-type"], one.body) for one in fake_provider.recorder.requests
    ]
    assert freed


def test_one_connection_may_ask_again() -> None:
    with _far_side(Echoes()) as fake_provider:
        line = _line(fake_provider)
        answers = [_told(line) for _ in range(2)]
        line.close()

    assert [200, 200] == [status for status, _ in answers]
    assert 2 == fake_provider.recorder.count


def test_an_open_connection_is_not_freed() -> None:
    with _far_side(Replies()) as fake_provider, _socket(fake_provider) as caller:
        caller.sendall(b"POST /")
        deadline = time.monotonic() + 2
        while fake_provider.recorder.all_freed(within=0) and time.monotonic() < deadline:
            time.sleep(0.001)  # until it has been let in

        freed = fake_provider.recorder.all_freed(within=0.02)

    assert not freed


@pytest.mark.parametrize(
    "sent", [b"", b"nonsense\r\n\r\n", b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf"]
)
def test_a_rude_caller_is_let_go(sent: bytes) -> None:
    with _far_side(Replies()) as fake_provider:
        with _socket(fake_provider) as caller:
            caller.sendall(sent)
        freed = fake_provider.recorder.all_freed()

    assert freed
    assert 0 == fake_provider.recorder.count


def test_what_the_wire_cannot_say_is_a_400_and_not_understood() -> None:
    with _far_side(Replies()) as fake_provider:
        line = _line(fake_provider)
        status, body = _told(line, b'{"model": 7}')
        line.close()

    assert 400 == status
    assert "model: expected text" in json.loads(body)["error"]["message"]
    assert () == fake_provider.recorder.seen
    assert 1 == fake_provider.recorder.count


def test_closing_hangs_up_on_everybody_at_once() -> None:
    fake_provider = _far_side(Breaks(how="silence", patience=10))
    line = _line(fake_provider)
    line.request("POST", "/", BODY)
    answer = line.getresponse()

    began = time.monotonic()
    fake_provider.close()
    waited = time.monotonic() - began

    assert waited < 2
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    line.close()


def test_no_socket_is_left_open() -> None:
    fake_provider = _far_side(Breaks(how="drip"))
    line = _line(fake_provider)
    line.request("POST", "/", BODY)
    line.getresponse()
    served = tuple(fake_provider._sockets)

    fake_provider.close()
    line.close()

    assert 1 == len(served)
    assert {-1} == {one.fileno() for one in (*served, fake_provider._listener)}


def test_closing_twice_is_closing_once() -> None:
    fake_provider = _far_side(Replies())

    fake_provider.close()
    fake_provider.close()

    with pytest.raises(OSError, match="refused"):
        _socket(fake_provider)


def test_nobody_listens_where_the_scenario_says_so() -> None:
    with _far_side(Refuses()) as fake_provider, pytest.raises(OSError, match="refused"):
        _socket(fake_provider)


def test_an_answer_where_nobody_listens_is_a_defect() -> None:
    request = RecordedRequest(method="POST", path="/", headers={}, body=BODY)

    with pytest.raises(AssertionError, match="nobody listens"):
        scripted_response(Refuses(), OpenAIChat(), request, Recorder())


def test_a_far_side_waits_for_a_caller_who_goes_on_talking() -> None:
    with _far_side(Breaks(how="silence")) as fake_provider:
        line = _line(fake_provider)
        line.request("POST", "/", BODY)
        line.getresponse()
        assert line.sock is not None
        line.sock.sendall(b"Are you still there?")
        freed = fake_provider.recorder.all_freed(within=0.2)
        line.close()

    assert not freed


def test_a_line_that_the_far_side_gave_up_was_not_freed() -> None:
    with _far_side(Breaks(how="silence", patience=0.1)) as fake_provider:
        line = _line(fake_provider)
        line.request("POST", "/", BODY)
        answer = line.getresponse()
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
        line.close()

        freed = fake_provider.recorder.all_freed()

    assert not freed


def test_a_pause_lies_between_two_packets() -> None:
    with _far_side(Replies(text="Hello.", packet_size=200, pause=0.05)) as fake_provider:
        line = _line(fake_provider)
        began = time.monotonic()
        status, body = _told(line)
        waited = time.monotonic() - began
        line.close()

    assert 200 == status
    assert waited >= 0.05 * (len(body) // 200)


def test_a_contract_without_arrange_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"ChatPortContract must define arrange"):
        ChatPortContract().arrange(Replies())


def test_the_last_words_of_nobody_are_none() -> None:
    body = json.dumps({"model": "fake-provider-1", "messages": [{"role": "system", "content": "Hi."}]}).encode()

    with _far_side(Echoes()) as fake_provider:
        line = _line(fake_provider)
        _, answer = _told(line, body)
        line.close()

    assert json.loads(answer)["choices"][0]["message"]["content"] == ""


def test_a_dialect_is_chosen_by_its_name() -> None:
    with FakeProvider(Replies(text="Hello."), "ollama_chat") as fake_provider:
        line = _line(fake_provider)
        line.request("POST", "/api/chat", json.dumps({**json.loads(BODY), "stream": False}))
        told = json.load(line.getresponse())
        line.close()

    assert "Hello." == told["message"]["content"]
    assert 1 == fake_provider.recorder.count


def test_openai_chat_is_spoken_unless_another_is_asked_for() -> None:
    with FakeProvider(Replies(text="Hello.")) as fake_provider:
        line = _line(fake_provider)
        status, body = _told(line)
        line.close()

    assert (200, "Hello.") == (status, json.loads(body)["choices"][0]["message"]["content"])


def test_a_dialect_that_nobody_speaks_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no 'wombat'; there are openai_chat, anthropic_messages, gemini, ollama_chat"):
        FakeProvider(Replies(), "wombat")


def test_a_recorder_without_a_request_says_so() -> None:
    recorder = Recorder()

    with pytest.raises(AssertionError) as caught:
        _ = recorder.last

    assert "no request was understood" == str(caught.value)
