"""Who cannot be reached, and what the faults below HTTP are called."""

import ssl

import aiohttp
import httpcore
import httpx
import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import (
    BadResponseError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    InvalidRequestError,
    StreamInterruptedError,
)
from llm_core.testing import FakeProvider, Refuses, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.deadline import Deadline
from llm_core.transport.deadline_backend import DeadlineBackend
from llm_core.transport.transport_errors import class_for_exception

LONG = 2.0  # seconds
ASK = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=LONG))


def failure(url: str, mode: Mode) -> ChatError:
    with pytest.raises(ChatError) as caught:
        call_in_mode(LiteLLMChat("openai/x", api_key="k", api_base=url), ASK, mode)
    return caught.value


@pytest.mark.parametrize("mode", EVERY)
def test_where_nobody_listens_there_is_no_connection(mode: Mode) -> None:
    with FakeProvider(Refuses()) as fake_provider:
        error = failure(fake_provider.url, mode)

    assert (ConnectionFailedError, True) == (type(error), error.retryable)


@pytest.mark.parametrize("mode", EVERY)
def test_a_host_that_nobody_knows_is_no_connection(mode: Mode) -> None:
    error = failure("http://nobody.invalid/v1", mode)

    assert isinstance(error, ConnectionFailedError | ChatTimeoutError)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/v1", "127.0.0.1:9/v1", "http:///v1", "no place at all", "http://[::/v1"]
)
def test_an_address_that_is_none_is_refused(url: str, mode: Mode) -> None:
    error = failure(url, mode)

    assert (InvalidRequestError, False) == (type(error), error.retryable)


@pytest.mark.parametrize(
    ("before", "within", "error"),
    [
        (ChatTimeoutError, ChatTimeoutError, TimeoutError()),
        (ChatTimeoutError, ChatTimeoutError, httpcore.ReadTimeout()),
        (ChatTimeoutError, ChatTimeoutError, httpx.ConnectTimeout("slow")),
        (CertificateError, CertificateError, ssl.SSLCertVerificationError("expired")),
        (InvalidRequestError, InvalidRequestError, httpcore.LocalProtocolError("a header")),
        (BadResponseError, BadResponseError, httpx.DecodingError("no gzip")),
        (ConnectionFailedError, StreamInterruptedError, httpcore.ReadError()),
        (ConnectionFailedError, StreamInterruptedError, httpx.RemoteProtocolError("cut")),
        (ConnectionFailedError, StreamInterruptedError, aiohttp.ServerDisconnectedError()),
        (ConnectionFailedError, StreamInterruptedError, OSError("reset")),
        (InvalidRequestError, InvalidRequestError, aiohttp.InvalidURL("nowhere")),
        (InvalidRequestError, BadResponseError, KeyError("choices")),
    ],
)
def test_a_fault_has_its_kind(before: type[ChatError], within: type[ChatError], error: Exception) -> None:
    seen = [class_for_exception((RuntimeError("outer"), error), answering=answering) for answering in (False, True)]

    assert [before, within] == seen


def test_a_deadline_that_has_passed_leaves_nothing() -> None:
    deadline, network = Deadline(LONG), DeadlineBackend()

    deadline.shorten(0.0)

    assert 0.0 == deadline.remaining
    with pytest.raises(TimeoutError):
        deadline.check()
    with pytest.raises(httpcore.ConnectTimeout):
        network.connect_tcp("127.0.0.1", 9, cast_deadline(deadline))


def test_nothing_is_done_with_a_connection_once_the_deadline_has_passed() -> None:
    with FakeProvider(Replies()) as fake_provider:
        connection = DeadlineBackend().connect_tcp("127.0.0.1", int(fake_provider.url.rpartition(":")[2]), LONG)
        passed = cast_deadline(Deadline(0.0))
        with pytest.raises(httpcore.ReadTimeout, match="the deadline has passed"):
            connection.read(1, passed)
        with pytest.raises(httpcore.WriteTimeout, match="the deadline has passed"):
            connection.write(b"x", passed)
        with pytest.raises(httpcore.ConnectTimeout, match="the deadline has passed"):
            connection.start_tls(ssl.create_default_context(), "localhost", passed)
        connection.close()


def cast_deadline(deadline: Deadline) -> float:
    return deadline  # type: ignore[return-value]  # it stands where httpcore expects seconds


def test_a_network_that_is_watched_can_wait_and_asks_over_no_file() -> None:
    network = DeadlineBackend()

    network.sleep(0.0)

    with pytest.raises(NotImplementedError):
        network.connect_unix_socket("/nowhere")
    with FakeProvider(Refuses()) as fake_provider, pytest.raises(httpcore.ConnectError):
        network.connect_tcp("127.0.0.1", int(fake_provider.url.rpartition(":")[2]))
