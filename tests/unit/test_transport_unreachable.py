"""Tests for unreachable servers and for the error classes of transport exceptions."""

import ssl

import aiohttp
import httpcore2
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
REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=LONG))


def failure(url: str, mode: Mode) -> ChatError:
    with pytest.raises(ChatError) as caught:
        call_in_mode(LiteLLMChat("openai/x", api_key="k", api_base=url), REQUEST, mode)
    return caught.value


@pytest.mark.parametrize("mode", EVERY)
def test_a_refused_connection_is_a_failed_connection(mode: Mode) -> None:
    with FakeProvider(Refuses()) as fake_provider:
        error = failure(fake_provider.url, mode)

    assert (ConnectionFailedError, True) == (type(error), error.retryable)


@pytest.mark.parametrize("mode", EVERY)
def test_an_unknown_host_is_a_failed_connection_or_a_timeout(mode: Mode) -> None:
    error = failure("http://unknown.invalid/v1", mode)

    assert isinstance(error, ConnectionFailedError | ChatTimeoutError)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v1", "127.0.0.1:9/v1", "http:///v1", "not a url", "http://[::/v1"])
def test_an_invalid_url_is_an_invalid_request(url: str, mode: Mode) -> None:
    error = failure(url, mode)

    assert (InvalidRequestError, False) == (type(error), error.retryable)


@pytest.mark.parametrize(
    ("before", "within", "error"),
    [
        (ChatTimeoutError, ChatTimeoutError, TimeoutError()),
        (ChatTimeoutError, ChatTimeoutError, httpcore2.ReadTimeout()),
        (ChatTimeoutError, ChatTimeoutError, httpx.ConnectTimeout("slow")),
        (CertificateError, CertificateError, ssl.SSLCertVerificationError("expired")),
        (InvalidRequestError, InvalidRequestError, httpcore2.LocalProtocolError("a header")),
        (BadResponseError, BadResponseError, httpx.DecodingError("not gzip")),
        (ConnectionFailedError, StreamInterruptedError, httpcore2.ReadError()),
        (ConnectionFailedError, StreamInterruptedError, httpx.RemoteProtocolError("cut")),
        (ConnectionFailedError, StreamInterruptedError, aiohttp.ServerDisconnectedError()),
        (ConnectionFailedError, StreamInterruptedError, OSError("reset")),
        (InvalidRequestError, InvalidRequestError, aiohttp.InvalidURL("nowhere")),
        (InvalidRequestError, BadResponseError, KeyError("choices")),
    ],
)
def test_each_transport_exception_has_an_error_class_before_and_within_the_response(
    before: type[ChatError], within: type[ChatError], error: Exception
) -> None:
    seen = [class_for_exception((RuntimeError("outer"), error), answering=answering) for answering in (False, True)]

    assert [before, within] == seen


def test_an_expired_deadline_has_no_time_remaining() -> None:
    deadline, backend = Deadline(LONG), DeadlineBackend()

    deadline.shorten(0.0)

    assert 0.0 == deadline.remaining
    with pytest.raises(TimeoutError):
        deadline.check()
    with pytest.raises(httpcore2.ConnectTimeout):
        backend.connect_tcp("127.0.0.1", 9, cast_deadline(deadline))


def test_a_connection_raises_a_timeout_after_the_deadline() -> None:
    with FakeProvider(Replies()) as fake_provider:
        connection = DeadlineBackend().connect_tcp("127.0.0.1", int(fake_provider.url.rpartition(":")[2]), LONG)
        expired = cast_deadline(Deadline(0.0))
        with pytest.raises(httpcore2.ReadTimeout, match="the deadline has passed"):
            connection.read(1, expired)
        with pytest.raises(httpcore2.WriteTimeout, match="the deadline has passed"):
            connection.write(b"x", expired)
        with pytest.raises(httpcore2.ConnectTimeout, match="the deadline has passed"):
            connection.start_tls(ssl.create_default_context(), "localhost", expired)
        connection.close()


def cast_deadline(deadline: Deadline) -> float:
    return deadline  # type: ignore[return-value]  # httpcore2 passes it through unread, as its timeout in seconds


def test_the_deadline_backend_sleeps_and_does_not_support_unix_sockets() -> None:
    backend = DeadlineBackend()

    backend.sleep(0.0)

    with pytest.raises(NotImplementedError):
        backend.connect_unix_socket("/nowhere")
    with FakeProvider(Refuses()) as fake_provider, pytest.raises(httpcore2.ConnectError):
        backend.connect_tcp("127.0.0.1", int(fake_provider.url.rpartition(":")[2]))
