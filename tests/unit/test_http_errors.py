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
    seen = {error_class_for_status(status) for status in statuses}

    assert {kind} == seen


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
def test_the_wait_is_in_seconds_and_none_where_nobody_can_read_it(
    seconds: float | None, headers: dict[str, str]
) -> None:
    seen = parse_retry_after(headers, now=NOW)

    assert seconds == seen


def test_a_date_counts_from_the_clock() -> None:
    far, gone = ({"retry-after": f"Wed, 21 Oct {year} 07:28:00 GMT"} for year in (2999, 2015))

    waits = [parse_retry_after(far), parse_retry_after(gone)]

    assert waits[0] is not None
    assert waits[0] > 1e9
    assert 0.0 == waits[1]


def test_an_answer_tells_all_that_http_tells() -> None:
    headers = {"X-Request-Id": "request-7", "Retry-After": "2"}

    error = error_from_http(429, headers, b"slow down, sk-secret \xff", key="sk-secret")

    assert RateLimitError is type(error)
    assert (429, "request-7", 2.0) == (error.status_code, error.request_id, error.retry_after)
    assert "slow down, *** \N{REPLACEMENT CHARACTER}" == error.detail


def test_the_providers_own_code_says_more_than_the_status() -> None:
    codes = {"too_long": ContextWindowExceededError, "no_credit": QuotaExceededError}

    kinds = [type(error_from_http(400, {}, body, codes)) for body in (b'{"code": "no_credit"}', b"too_long", b"else")]

    assert [QuotaExceededError, ContextWindowExceededError, InvalidRequestError] == kinds


def test_what_no_header_tells_is_none() -> None:
    error = error_from_http(500, {}, b"")

    assert (None, None, "") == (error.request_id, error.retry_after, error.detail)
