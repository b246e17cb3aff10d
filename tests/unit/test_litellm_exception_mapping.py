import ssl

import aiohttp
import httpx
import openai
import pytest

from llm_core import AssistantMessage
from llm_core.adapters.litellm.exception_mapping import chat_error_from
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    UnsupportedFeatureError,
)
from llm_core.domain.provider_fault import ProviderFault
from llm_core.transport.error_mapping import ErrorContext

KEY = "0a1b2c3d4e5f-planted"  # looks like no key at all
ASKED = ErrorContext(provider="openai", model="openai/x", secrets=("handed-in",))
REQUEST = httpx.Request("POST", "http://far.test", headers={"authorization": f"Bearer {KEY}"})
SAID = AssistantMessage("Well")


class Event(Exception):  # noqa: N818 -- named for what it stands for
    """What LiteLLM raises for an error event of some providers: of its own, with a status that it made up."""

    status_code = 500


def refused(
    status: int = 429, body: bytes = b"slow down", headers: dict[str, str] | None = None
) -> httpx.HTTPStatusError:
    answer = httpx.Response(status, content=body, headers=headers, request=REQUEST)
    return httpx.HTTPStatusError("refused", request=REQUEST, response=answer)


def wrapped(error: BaseException, how: str) -> Exception:
    """Return an error of LiteLLM's that came from *error*, linked in one of the ways that LiteLLM has."""
    outer = RuntimeError("litellm.SomethingElse: 500")
    setattr(outer, how, error)
    return outer


def event(code: str | None, type: str | None = None) -> openai.APIError:
    body = {"message": "it went wrong", "code": code, "type": type}
    return openai.APIError("it went wrong", REQUEST, body=body)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (ChatTimeoutError, TimeoutError()),
        (ChatTimeoutError, httpx.ReadTimeout("slow")),
        (ChatTimeoutError, openai.APITimeoutError(REQUEST)),
        (ConnectionFailedError, httpx.ConnectError("no")),
        (ConnectionFailedError, httpx.ReadError("reset")),
        (AuthenticationError, openai.OpenAIError("Missing credentials")),
        (BadResponseError, ValueError("no JSON")),
        (BadResponseError, RecursionError()),
        (BadResponseError, KeyError("choices")),
        (BadResponseError, Event("it went wrong")),
        (RateLimitError, event("rate_limit_exceeded")),
        (InvalidRequestError, event(None, "invalid_request_error")),
        (RateLimitError, event("429")),
        (ServerError, event(None)),
    ],
)
@pytest.mark.parametrize("how", [None, "__cause__", "__context__", "original_exception"])
def test_what_failed_without_an_answer_has_its_kind(kind: type[ChatError], error: Exception, how: str | None) -> None:
    seen = chat_error_from(wrapped(error, how) if how else error, ASKED)

    assert (kind, None) == (type(seen), seen.status_code)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (StreamInterruptedError, httpx.ReadError("reset")),
        (StreamInterruptedError, httpx.RemoteProtocolError("cut")),
        (ChatTimeoutError, httpx.ReadTimeout("slow")),
        (ServerError, Event("Overloaded")),
        (BadResponseError, ValueError("no JSON")),
        (BadResponseError, wrapped(ValueError("no JSON"), "__cause__")),
    ],
)
def test_what_failed_in_mid_stream_has_its_kind_and_what_had_arrived(kind: type[ChatError], error: Exception) -> None:
    seen = chat_error_from(error, ASKED, SAID)

    assert (kind, SAID) == (type(seen), seen.partial)


def test_the_words_of_what_failed_are_the_detail_without_a_key() -> None:
    seen = chat_error_from(ValueError("no JSON for handed-in"), ASKED)

    assert "no JSON for ****" == seen.detail


@pytest.mark.parametrize("how", ["__cause__", "__context__"])
def test_a_status_that_litellm_made_up_for_something_else_is_no_event(how: str) -> None:
    error = Event("it went wrong")
    setattr(error, how, ValueError("no JSON"))

    seen = chat_error_from(error, ASKED, SAID)

    assert BadResponseError is type(seen)


@pytest.mark.parametrize("began", [None, SAID])
def test_a_bad_certificate_is_no_matter_of_trying_again(began: AssistantMessage | None) -> None:
    error = wrapped(wrapped(ssl.SSLCertVerificationError("expired"), "__cause__"), "__context__")
    error.__cause__ = httpx.ConnectError("no")

    seen = chat_error_from(error, ASKED, began)

    assert (CertificateError, False) == (type(seen), seen.retryable)


def test_a_body_that_broke_off_is_an_answer_that_did() -> None:
    errors = [wrapped(httpx.ReadError("reset"), "__cause__"), _raised_within_the_body()]
    errors[0].__context__ = aiohttp.ClientPayloadError("not all of it")

    seen = [chat_error_from(error, ASKED) for error in errors]

    assert [StreamInterruptedError, StreamInterruptedError] == [type(one) for one in seen]


def test_settings_that_litellm_refuses_are_an_unsupported_feature() -> None:
    error = litellm().UnsupportedParamsError("no temperature for handed-in")

    seen = chat_error_from(error, ASKED)

    assert isinstance(seen, UnsupportedFeatureError)
    assert ("settings", "openai", "openai/x") == (seen.feature, seen.provider, seen.model)
    assert "no temperature for ****" in (seen.detail or "")


@pytest.mark.parametrize(
    ("kind", "status"),
    [(InvalidRequestError, 422), (RateLimitError, 429), (BadResponseError, 500), (BadResponseError, None)],
)
def test_a_status_that_litellm_tells_counts_only_if_it_blames_the_request(
    kind: type[ChatError], status: int | None
) -> None:
    error = openai.APIConnectionError(request=REQUEST)
    vars(error)["status_code"] = status  # as LiteLLM's own subclasses have it

    seen = chat_error_from(error, ASKED)

    assert kind is type(seen)


def test_a_missing_key_may_be_told_in_words_alone() -> None:
    seen = chat_error_from(RuntimeError("litellm.APIConnectionError: Missing Gemini API key."), ASKED)

    assert AuthenticationError is type(seen)


@pytest.mark.parametrize(
    ("kind", "began", "words"),
    [
        (StreamInterruptedError, SAID, "Stream ended before a finish_reason"),
        (BadResponseError, None, "Stream ended before a finish_reason"),
        (BadResponseError, None, "Error converting to valid response block <html>"),
        (ServerError, None, "Got unexpected response from Ollama: {'error': 'it went wrong'}"),
    ],
)
def test_litellms_words_tell_an_end_from_an_answer_that_is_none(
    kind: type[ChatError], began: AssistantMessage | None, words: str
) -> None:
    seen = chat_error_from(RuntimeError(f"litellm.APIConnectionError: {words}"), ASKED, began)

    assert kind is type(seen)


def test_litellms_own_word_for_a_missing_key_is_enough() -> None:
    answer = httpx.Response(401, request=REQUEST)

    seen = chat_error_from(openai.AuthenticationError("no key", response=answer, body=None), ASKED)

    assert (AuthenticationError, None) == (type(seen), seen.status_code)


def test_an_error_of_ours_is_told_whom_it_is_about() -> None:
    error = BadResponseError(detail="no choices")

    seen = chat_error_from(error, ASKED, SAID)

    assert seen is error
    assert ("openai", "openai/x", SAID, "no choices") == (seen.provider, seen.model, seen.partial, seen.detail)
    assert "llm_core: found while decoding the answer" == str(seen.__cause__)


def test_an_error_of_ours_keeps_what_it_told() -> None:
    error, cause = StreamInterruptedError(provider="p", model="m", partial=AssistantMessage("mine")), ValueError()
    error.__cause__ = cause

    seen = chat_error_from(error, ASKED, SAID)

    assert ("p", "m", AssistantMessage("mine"), cause) == (seen.provider, seen.model, seen.partial, seen.__cause__)


def test_nothing_of_the_vendors_hangs_on_it_but_names() -> None:
    error = wrapped(wrapped(refused(), "__cause__"), "original_exception")

    seen = chat_error_from(error, ASKED)

    assert isinstance(seen.__cause__, ProviderFault)
    assert "builtins.RuntimeError: from builtins.RuntimeError, httpx.HTTPStatusError" == str(seen.__cause__)
    assert (None, None) == (seen.__context__, seen.__traceback__)


def test_a_fault_that_came_from_nothing_else_says_so() -> None:
    seen = chat_error_from(ValueError("no JSON"), ASKED)

    assert "builtins.ValueError" == str(seen.__cause__)


def test_a_chain_that_bites_its_tail_comes_to_an_end() -> None:
    first, second = RuntimeError("first"), RuntimeError("second")
    first.__context__, second.__context__ = second, first

    seen = chat_error_from(first, ASKED)

    assert BadResponseError is type(seen)


def test_a_link_that_is_no_error_is_no_link() -> None:
    error = wrapped(ValueError("no JSON"), "__cause__")
    vars(error)["original_exception"] = "a text"  # as LiteLLM may have it

    seen = chat_error_from(error, ASKED)

    assert "builtins.RuntimeError: from builtins.ValueError" == str(seen.__cause__)


def test_what_was_asked_shows_no_key() -> None:
    seen = repr(ASKED)

    assert "handed-in" not in seen


def _raised_within_the_body() -> Exception:
    def _receive_response_body() -> None:  # as httpcore calls it
        raise httpx.ReadError("reset")

    try:
        _receive_response_body()
    except httpx.ReadError as error:
        return error
    raise AssertionError
