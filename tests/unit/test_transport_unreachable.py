"""Tests for unreachable servers and for the error classes of transport exceptions."""

import ssl

import h11
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
from llm_core.transport.http_connection import BrokenResponseError
from llm_core.transport.opening import open_connection
from llm_core.transport.response_head import MalformedResponseError
from llm_core.transport.transport_errors import class_for_exception
from llm_core.transport.urls import parse_url

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
        (ChatTimeoutError, ChatTimeoutError, httpx.ConnectTimeout("slow")),
        (CertificateError, CertificateError, ssl.SSLCertVerificationError("expired")),
        (InvalidRequestError, InvalidRequestError, httpx.LocalProtocolError("a header")),
        (BadResponseError, BadResponseError, httpx.DecodingError("not gzip")),
        (ConnectionFailedError, StreamInterruptedError, BrokenResponseError("cut")),
        (BadResponseError, BadResponseError, MalformedResponseError("a malformed status line")),
        (BadResponseError, BadResponseError, h11.RemoteProtocolError("a malformed status line")),
        (ConnectionFailedError, StreamInterruptedError, httpx.RemoteProtocolError("cut")),
        (ConnectionFailedError, StreamInterruptedError, OSError("reset")),
        (InvalidRequestError, InvalidRequestError, httpx.InvalidURL("nowhere")),
        (InvalidRequestError, BadResponseError, KeyError("choices")),
    ],
)
def test_each_transport_exception_has_an_error_class_before_and_within_the_response(
    before: type[ChatError], within: type[ChatError], error: Exception
) -> None:
    seen = [class_for_exception((RuntimeError("outer"), error), answering=answering) for answering in (False, True)]

    assert [before, within] == seen


def test_an_expired_deadline_has_no_time_remaining() -> None:
    deadline = Deadline(LONG)

    deadline.shorten(0.0)

    assert 0.0 == deadline.remaining
    with pytest.raises(TimeoutError):
        deadline.check()
    with pytest.raises(TimeoutError):
        open_connection(parse_url("http://127.0.0.1:9"), None, None, deadline)


def test_a_connection_raises_a_timeout_after_the_deadline() -> None:
    with FakeProvider(Replies()) as fake_provider:
        connection = open_connection(parse_url(fake_provider.url), None, None, Deadline(LONG))
        stream, expired = connection.stream, Deadline(0.0)
        with pytest.raises(TimeoutError, match="the deadline has passed"):
            stream.read(1, expired)
        with pytest.raises(TimeoutError, match="the deadline has passed"):
            stream.write(memoryview(b"x"), expired)
        with pytest.raises(TimeoutError, match="the deadline has passed"):
            stream.start_tls(ssl.create_default_context(), "localhost", expired)
        connection.close()


def test_a_server_that_refuses_connections_is_an_os_error() -> None:
    with FakeProvider(Refuses()) as fake_provider, pytest.raises(ConnectionRefusedError):
        open_connection(parse_url(fake_provider.url), None, None, Deadline(LONG))
