from datetime import UTC, datetime

import pytest

from llm_core.adapters.litellm.errors import kind_in_band, kind_of_status, retry_after, tells_no_key
from llm_core.domain.errors import (
    AuthenticationError,
    ChatError,
    ChatTimeoutError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)

NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        (AuthenticationError, [401]),
        (QuotaExceededError, [402]),
        (PermissionDeniedError, [403]),
        (ModelNotFoundError, [404]),
        (ChatTimeoutError, [408, 504]),
        (RateLimitError, [429]),
        (InvalidRequestError, [300, 301, 307, 308, 400, 405, 409, 410, 413, 415, 418, 422, 451, 499]),
        (ServerError, [500, 501, 502, 503, 505, 520, 529, 599]),
    ],
)
def test_a_status_has_its_kind(kind: type[ChatError], statuses: list[int]) -> None:
    seen = {kind_of_status(status, "it went wrong") for status in statuses}

    assert {kind} == seen


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        (ContextWindowExceededError, 400, '{"error": {"code": "context_length_exceeded"}}'),
        (ContextWindowExceededError, 400, "This model's maximum context length is 8 tokens"),
        (ContextWindowExceededError, 413, "prompt is too long: 9 tokens > 8 maximum"),
        (ContextWindowExceededError, 422, "The input exceeds the maximum number of tokens"),
        (ContextWindowExceededError, 400, '{"type": "exceed_context_size_error"}'),
        (ContentPolicyError, 400, '{"error": {"code": "content_policy_violation"}}'),
        (ContentPolicyError, 403, "blocked by our safety system"),
        (ContentPolicyError, 422, '{"code": "content_filter"}'),
        (QuotaExceededError, 429, '{"error": {"code": "insufficient_quota"}}'),
        (QuotaExceededError, 400, "Your credit balance is too low to access the API"),
        (QuotaExceededError, 403, "Insufficient Balance"),
        (AuthenticationError, 400, "Incorrect API key provided: ****"),
        (AuthenticationError, 400, "API key not valid. Please pass a valid API key."),
    ],
)
def test_words_tell_what_the_status_does_not(kind: type[ChatError], status: int, body: str) -> None:
    seen = kind_of_status(status, body)

    assert kind is seen


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        (AuthenticationError, 401, "insufficient_quota, content_filter, context_length_exceeded"),
        (RateLimitError, 429, "maximum context length; content policy; incorrect api key"),
        (ServerError, 500, "insufficient_quota, content_filter, context_length_exceeded, invalid api key"),
        (InvalidRequestError, 409, "insufficient_quota, content_filter, context_length_exceeded"),
        (PermissionDeniedError, 403, "the context window"),
    ],
)
def test_words_change_nothing_where_the_status_tells(kind: type[ChatError], status: int, body: str) -> None:
    seen = kind_of_status(status, body)

    assert kind is seen


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (RateLimitError, "rate_limit_exceeded None"),
        (QuotaExceededError, "insufficient_quota insufficient_quota"),
        (ContextWindowExceededError, "context_length_exceeded invalid_request_error"),
        (ContentPolicyError, "content_policy_violation None"),
        (InvalidRequestError, "None invalid_request_error"),
        (AuthenticationError, "None Authentication_Error"),
        (PermissionDeniedError, "None permission_error"),
        (ModelNotFoundError, "model_not_found None"),
        (ChatTimeoutError, "None timeout_error"),
        (ServerError, "None overloaded_error"),
        (ServerError, "None None"),
        (RateLimitError, "429 None"),
        (ServerError, "502 None"),
        (QuotaExceededError, "402 None"),
        (ServerError, "1234 None"),
        (ServerError, "200 None"),
    ],
)
def test_an_error_in_mid_stream_has_its_kind_by_code_type_or_status(kind: type[ChatError], code: str) -> None:
    seen = kind_in_band(code, "it went wrong")

    assert kind is seen


def test_a_status_in_mid_stream_is_told_apart_by_its_words() -> None:
    seen = kind_in_band("400 None", "This model's maximum context length is 8 tokens")

    assert ContextWindowExceededError is seen


@pytest.mark.parametrize(
    ("seconds", "headers"),
    [
        (7.0, {"retry-after": "7"}),
        (0.5, {"retry-after": " 0.5 "}),
        (0.0, {"retry-after": "0"}),
        (0.0, {"retry-after": "-3"}),
        (1.5, {"retry-after-ms": "1500", "retry-after": "2"}),
        (0.0, {"retry-after-ms": "-1"}),
        (2.0, {"retry-after-ms": "soon", "retry-after": "2"}),
        (30.0, {"retry-after": "Wed, 04 Mar 2026 12:00:30 GMT"}),
        (0.0, {"retry-after": "Wed, 04 Mar 2026 11:59:00 GMT"}),
    ],
)
def test_the_wait_is_in_seconds_and_never_below_zero(seconds: float, headers: dict[str, str]) -> None:
    seen = retry_after(headers, NOW)

    assert seconds == seen


@pytest.mark.parametrize(
    "told",
    [
        "",
        "soon",
        "inf",
        "nan",
        "1e999",
        "7, 8",
        "Wed, 04 Mar 2026 12:00:30 -0000",
        "Wed, 31 Feb 2026 12:00:30 GMT",
        "Wed, 04 Mar 99999 12:00:30 GMT",
        "9ed, 04 Mar 2026 12:28100430000",
    ],
)
def test_a_wait_that_cannot_be_read_is_not_told(told: str) -> None:
    seen = [retry_after(headers, NOW) for headers in ({"retry-after": told}, {"retry-after-ms": told}, {})]

    assert [None, None, None] == seen


@pytest.mark.parametrize(
    ("tells", "words"),
    [
        (True, "litellm.APIConnectionError: Missing Gemini API key. Set the GEMINI_API_KEY"),
        (True, "missing mistral api_key"),
        (False, "a field is missing; api keys are fine"),
        (False, ""),
    ],
)
def test_litellm_says_in_words_that_there_is_no_key(*, tells: bool, words: str) -> None:
    seen = tells_no_key(words)

    assert tells is seen
