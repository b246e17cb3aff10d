import ssl

import aiohttp
import httpx
import openai
import pytest

from llm_core import AssistantMessage
from llm_core.adapters.litellm.exception_mapping import chat_error_from, sent_keys
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    InvalidRequestError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    UnsupportedFeatureError,
)
from llm_core.domain.provider_fault import ProviderFault
from llm_core.transport.error_mapping import ErrorContext

KEY = "0a1b2c3d4e5f-planted"  # does not look like a key
CONTEXT = ErrorContext(provider="openai", model="openai/x", secrets=("handed-in",))
REQUEST = httpx.Request("POST", "http://provider.test", headers={"authorization": f"Bearer {KEY}"})
PARTIAL = AssistantMessage("Well")


class Event(Exception):  # noqa: N818 -- named like LiteLLM's error events
    """Stands for the exception that LiteLLM raises for error events of some providers, with an invented status."""

    status_code = 500


def refused(
    status: int = 429, body: bytes = b"slow down", headers: dict[str, str] | None = None
) -> httpx.HTTPStatusError:
    answer = httpx.Response(status, content=body, headers=headers, request=REQUEST)
    return httpx.HTTPStatusError("refused", request=REQUEST, response=answer)


def wrapped(error: BaseException, how: str) -> Exception:
    """Return an exception like LiteLLM's that wraps *error* in the attribute *how*."""
    outer = RuntimeError("litellm.SomethingElse: 500")
    setattr(outer, how, error)
    return outer


def event(code: str | None, type: str | None = None) -> openai.APIError:
    body = {"message": "it went wrong", "code": code, "type": type}
    return openai.APIError("it went wrong", REQUEST, body=body)


@pytest.mark.parametrize(
    ("error_class", "error"),
    [
        (ChatTimeoutError, TimeoutError()),
        (ChatTimeoutError, httpx.ReadTimeout("slow")),
        (ChatTimeoutError, openai.APITimeoutError(REQUEST)),
        (ConnectionFailedError, httpx.ConnectError("no")),
        (ConnectionFailedError, httpx.ReadError("reset")),
        (AuthenticationError, openai.OpenAIError("Missing credentials")),
        (BadResponseError, ValueError("not JSON")),
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
def test_each_exception_before_a_response_has_its_error_class(
    error_class: type[ChatError], error: Exception, how: str | None
) -> None:
    seen = chat_error_from(wrapped(error, how) if how else error, CONTEXT)

    assert (error_class, None) == (type(seen), seen.status_code)


@pytest.mark.parametrize(
    ("error_class", "error"),
    [
        (StreamInterruptedError, httpx.ReadError("reset")),
        (StreamInterruptedError, httpx.RemoteProtocolError("cut")),
        (ChatTimeoutError, httpx.ReadTimeout("slow")),
        (ServerError, Event("Overloaded")),
        (BadResponseError, ValueError("not JSON")),
        (BadResponseError, wrapped(ValueError("not JSON"), "__cause__")),
    ],
)
def test_each_exception_within_a_stream_has_its_error_class_and_the_partial_message(
    error_class: type[ChatError], error: Exception
) -> None:
    seen = chat_error_from(error, CONTEXT, PARTIAL)

    assert (error_class, PARTIAL) == (type(seen), seen.partial)


def test_the_message_of_the_exception_is_the_detail_with_masked_keys() -> None:
    seen = chat_error_from(ValueError("not JSON for handed-in"), CONTEXT)

    assert "not JSON for ****" == seen.detail


@pytest.mark.parametrize("how", ["__cause__", "__context__"])
def test_an_exception_with_a_cause_is_not_an_error_event(how: str) -> None:
    error = Event("it went wrong")
    setattr(error, how, ValueError("not JSON"))

    seen = chat_error_from(error, CONTEXT, PARTIAL)

    assert BadResponseError is type(seen)


@pytest.mark.parametrize("partial", [None, PARTIAL])
def test_a_certificate_error_is_not_retryable(partial: AssistantMessage | None) -> None:
    error = wrapped(wrapped(ssl.SSLCertVerificationError("expired"), "__cause__"), "__context__")
    error.__cause__ = httpx.ConnectError("no")

    seen = chat_error_from(error, CONTEXT, partial)

    assert (CertificateError, False) == (type(seen), seen.retryable)


def test_a_truncated_response_body_is_a_stream_interruption() -> None:
    errors = [wrapped(httpx.ReadError("reset"), "__cause__"), _raised_within_the_body()]
    errors[0].__context__ = aiohttp.ClientPayloadError("truncated")

    seen = [chat_error_from(error, CONTEXT) for error in errors]

    assert [StreamInterruptedError, StreamInterruptedError] == [type(error) for error in seen]


def test_settings_that_litellm_refuses_are_an_unsupported_feature() -> None:
    error = litellm().UnsupportedParamsError("no temperature for handed-in")

    seen = chat_error_from(error, CONTEXT)

    assert isinstance(seen, UnsupportedFeatureError)
    assert ("settings", "openai", "openai/x") == (seen.feature, seen.provider, seen.model)
    assert "no temperature for ****" in (seen.detail or "")


@pytest.mark.parametrize(
    ("error_class", "status"),
    [(InvalidRequestError, 422), (RateLimitError, 429), (BadResponseError, 500), (BadResponseError, None)],
)
def test_a_status_set_by_litellm_counts_only_if_it_is_4xx(error_class: type[ChatError], status: int | None) -> None:
    error = openai.APIConnectionError(request=REQUEST)
    vars(error)["status_code"] = status  # as LiteLLM's own subclasses have it

    seen = chat_error_from(error, CONTEXT)

    assert error_class is type(seen)


def test_a_missing_key_is_recognised_by_the_message() -> None:
    seen = chat_error_from(RuntimeError("litellm.APIConnectionError: Missing Gemini API key."), CONTEXT)

    assert AuthenticationError is type(seen)


@pytest.mark.parametrize(
    ("error_class", "partial", "message"),
    [
        (StreamInterruptedError, PARTIAL, "Stream ended before a finish_reason"),
        (BadResponseError, None, "Stream ended before a finish_reason"),
        (BadResponseError, None, "Error converting to valid response block <html>"),
        (ServerError, None, "Got unexpected response from Ollama: {'error': 'it went wrong'}"),
    ],
)
def test_litellms_messages_distinguish_an_interrupted_stream_from_a_bad_response(
    error_class: type[ChatError], partial: AssistantMessage | None, message: str
) -> None:
    seen = chat_error_from(RuntimeError(f"litellm.APIConnectionError: {message}"), CONTEXT, partial)

    assert error_class is type(seen)


def test_an_authentication_error_of_litellm_needs_no_status() -> None:
    answer = httpx.Response(401, request=REQUEST)

    seen = chat_error_from(openai.AuthenticationError("no key", response=answer, body=None), CONTEXT)

    assert (AuthenticationError, None) == (type(seen), seen.status_code)


def test_a_chat_error_gets_provider_and_model_and_partial_message() -> None:
    error = BadResponseError(detail="no choices")

    seen = chat_error_from(error, CONTEXT, PARTIAL)

    assert seen is error
    assert ("openai", "openai/x", PARTIAL, "no choices") == (seen.provider, seen.model, seen.partial, seen.detail)
    assert "llm_core: found while decoding the answer" == str(seen.__cause__)


def test_a_chat_error_keeps_the_fields_that_it_has() -> None:
    error, cause = StreamInterruptedError(provider="p", model="m", partial=AssistantMessage("mine")), ValueError()
    error.__cause__ = cause

    seen = chat_error_from(error, CONTEXT, PARTIAL)

    assert ("p", "m", AssistantMessage("mine"), cause) == (seen.provider, seen.model, seen.partial, seen.__cause__)


def test_a_chat_error_references_no_vendor_objects() -> None:
    error = wrapped(wrapped(refused(), "__cause__"), "original_exception")

    seen = chat_error_from(error, CONTEXT)

    assert isinstance(seen.__cause__, ProviderFault)
    assert "builtins.RuntimeError: from builtins.RuntimeError, httpx.HTTPStatusError" == str(seen.__cause__)
    assert (None, None) == (seen.__context__, seen.__traceback__)


def test_the_cause_of_a_single_exception_names_only_its_type() -> None:
    seen = chat_error_from(ValueError("not JSON"), CONTEXT)

    assert "builtins.ValueError" == str(seen.__cause__)


def test_a_cyclic_exception_chain_terminates() -> None:
    first, second = RuntimeError("first"), RuntimeError("second")
    first.__context__, second.__context__ = second, first

    seen = chat_error_from(first, CONTEXT)

    assert BadResponseError is type(seen)


def test_an_original_exception_that_is_not_an_exception_is_ignored() -> None:
    error = wrapped(ValueError("not JSON"), "__cause__")
    vars(error)["original_exception"] = "a text"  # as LiteLLM may have it

    seen = chat_error_from(error, CONTEXT)

    assert "builtins.RuntimeError: from builtins.ValueError" == str(seen.__cause__)


def test_the_repr_of_an_error_context_shows_no_key() -> None:
    seen = repr(CONTEXT)

    assert "handed-in" not in seen


def _raised_within_the_body() -> Exception:
    def _receive_response_body() -> None:  # as httpcore calls it
        raise httpx.ReadError("reset")

    try:
        _receive_response_body()
    except httpx.ReadError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error_class", "text"),
    [
        (BadResponseError, "litellm.APIError: gave up after 18.403 s"),
        (BadResponseError, "litellm.APIError: gave up after 403.5 s"),
        (PermissionDeniedError, "litellm.APIError: 403 Forbidden"),
        (PermissionDeniedError, "litellm.APIError: status 403."),
        (PermissionDeniedError, "litellm.APIError: no number"),
    ],
)
def test_a_number_inside_a_text_is_no_status(error_class: type[ChatError], text: str) -> None:
    guessed = RuntimeError(text)
    guessed.status_code = 403  # type: ignore[attr-defined]  # as LiteLLM sets it

    seen = chat_error_from(guessed, CONTEXT)

    assert error_class is type(seen)


def test_an_error_event_with_a_number_in_its_code_has_no_status() -> None:
    seen = chat_error_from(event("after 429 tries", "of 403"), CONTEXT, PARTIAL)

    assert ServerError is type(seen)


def test_litellms_refusal_of_a_request_without_a_turn_is_in_our_words() -> None:
    refusal = RuntimeError("litellm.BadRequestError: Anthropic requires at least one non-system message. Either ...")

    seen = chat_error_from(refusal, CONTEXT)

    assert isinstance(seen, UnsupportedFeatureError)
    assert ("messages: none beside system messages", None) == (seen.feature, seen.detail)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Authorization", "Bearer 0a1b2c3d4e5f"),
        ("authorization", "0a1b2c3d4e5f"),
        ("api-key", "0a1b2c3d4e5f"),
        ("x-api-key", "0a1b2c3d4e5f"),
        ("x-goog-api-key", "0a1b2c3d4e5f"),
    ],
)
def test_the_key_that_was_sent_is_read_from_the_request_of_the_exception(header: str, value: str) -> None:
    request = httpx.Request("POST", "http://provider.test", headers={header: value})
    failures = [httpx.ConnectError("no", request=request), openai.APIConnectionError(request=request)]

    seen = [set(sent_keys([failure])) for failure in failures]

    assert [{"0a1b2c3d4e5f", ""}, {"0a1b2c3d4e5f", ""}] == seen


def test_an_exception_without_a_request_yields_no_key() -> None:
    seen = list(sent_keys([httpx.ConnectError("no"), ValueError("no")]))

    assert [] == seen
