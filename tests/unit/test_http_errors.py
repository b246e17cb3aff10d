from datetime import UTC, datetime

import pytest

from llm_core import (
    AuthenticationError,
    ChatError,
    ChatTimeoutError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    error_class_for_status,
    error_from_http,
    parse_retry_after,
)

NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error_class", "statuses"),
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
def test_each_status_maps_to_its_error_class(error_class: type[ChatError], statuses: list[int]) -> None:
    seen = {error_class_for_status(status) for status in statuses}

    assert {error_class} == seen


@pytest.mark.parametrize(
    ("seconds", "headers"),
    [
        (7.0, {"retry-after": "7"}),
        (7.0, {"Retry-After": "7"}),
        (0.5, {"retry-after": " 0.5 "}),
        (0.0, {"retry-after": "0"}),
        (0.0, {"retry-after-ms": "-1"}),
        (0.5, {"RETRY-AFTER-MS": "500", "retry-after": "2"}),
        (2.0, {"retry-after-ms": "soon", "retry-after": "2"}),
        (0.0, {"retry-after": "-3"}),
        (30.0, {"retry-after": "Wed, 04 Mar 2026 12:00:30 GMT"}),
        (0.0, {"retry-after": "Wed, 04 Mar 2026 11:59:00 GMT"}),
        (None, {}),
        (None, {"retry-after": "soon"}),
        (None, {"retry-after": "inf", "retry-after-ms": "nan"}),
        (None, {"retry-after": "Wed, 31 Feb 2026 12:00:30 GMT"}),
    ],
)
def test_retry_after_is_in_seconds_and_none_if_it_cannot_be_parsed(
    seconds: float | None, headers: dict[str, str]
) -> None:
    seen = parse_retry_after(headers, now=NOW)

    assert seconds == seen


def test_a_retry_after_date_is_relative_to_the_current_time() -> None:
    future, past = ({"retry-after": f"Wed, 21 Oct {year} 07:28:00 GMT"} for year in (2999, 2015))

    waits = [parse_retry_after(future), parse_retry_after(past)]

    assert waits[0] is not None
    assert waits[0] > 1e9
    assert 0.0 == waits[1]


def test_an_error_from_http_carries_status_headers_and_masked_body() -> None:
    headers = {"X-Request-Id": "request-7", "Retry-After": "2"}

    error = error_from_http(429, headers, b"slow down, sk-secret \xff", key="sk-secret")

    assert RateLimitError is type(error)
    assert (429, "request-7", 2.0) == (error.status_code, error.request_id, error.retry_after)
    assert "slow down, **** \N{REPLACEMENT CHARACTER}" == error.detail


def test_a_provider_error_code_overrides_the_status() -> None:
    codes = {"too_long": ContextWindowExceededError, "no_credit": QuotaExceededError}

    error_classes = [
        type(error_from_http(400, {}, body, codes)) for body in (b'{"code": "no_credit"}', b"too_long", b"else")
    ]

    assert [QuotaExceededError, ContextWindowExceededError, InvalidRequestError] == error_classes


@pytest.mark.parametrize(
    ("error_class", "body"),
    [
        (QuotaExceededError, b'{"code": 1113}'),
        (QuotaExceededError, b'{"code": "1113", "took": 0.5}'),
        (QuotaExceededError, b"1113: no credit."),
        (InvalidRequestError, b"took 0.1113 s"),
        (InvalidRequestError, b"took 11.1113.2 s"),
        (InvalidRequestError, b"took 1113.5 s"),
        (InvalidRequestError, b"request a1113b"),
        (InvalidRequestError, b"21113 tokens"),
    ],
)
def test_a_number_inside_another_one_is_no_error_code(error_class: type[ChatError], body: bytes) -> None:
    error = error_from_http(400, {}, body, {"1113": QuotaExceededError})

    assert error_class is type(error)


def test_an_error_from_http_without_headers_has_no_request_id_and_no_retry_after() -> None:
    error, other = error_from_http(500, {}, b""), error_from_http(500, {}, b"XXXX")

    assert (None, None, "", "XXXX") == (error.request_id, error.retry_after, error.detail, other.detail)
