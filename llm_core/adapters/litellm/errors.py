"""What providers say becomes our kinds, by tables: the true HTTP status, the words of an error body, the headers."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

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

_STATUSES: dict[int, type[ChatError]] = {
    401: AuthenticationError,
    402: QuotaExceededError,
    403: PermissionDeniedError,
    404: ModelNotFoundError,
    408: ChatTimeoutError,
    429: RateLimitError,
    504: ChatTimeoutError,
}

# What providers write, in lower case, where the status alone does not tell; the first that is found decides.
_WORDS: tuple[tuple[frozenset[int], tuple[str, ...], type[ChatError]], ...] = (
    (
        frozenset({400, 413, 422}),
        (
            "context_length_exceeded",
            "maximum context length",
            "context window",
            "prompt is too long",
            "too many tokens",
            "exceeds the maximum number of tokens",
            "exceed_context_size",
        ),
        ContextWindowExceededError,
    ),
    (
        frozenset({400, 403, 422}),
        ("content_policy", "content policy", "content_filter", "content management policy", "safety system"),
        ContentPolicyError,
    ),
    (
        frozenset({400, 403, 429}),
        ("insufficient_quota", "insufficient credit", "insufficient balance", "credit balance is too low"),
        QuotaExceededError,
    ),
    (
        frozenset({400}),
        ("incorrect api key", "invalid api key", "invalid_api_key", "api key not valid"),
        AuthenticationError,
    ),
)

_IN_BAND: dict[str, type[ChatError]] = {
    "rate_limit": RateLimitError,
    "insufficient_quota": QuotaExceededError,
    "context_length": ContextWindowExceededError,
    "content_policy": ContentPolicyError,
    "invalid_request": InvalidRequestError,
    "authentication": AuthenticationError,
}


def kind_of_status(status: int, body: str) -> type[ChatError]:
    """Return the kind for a true HTTP status and what the provider wrote."""
    told = body.lower()
    for statuses, words, kind in _WORDS:
        if status in statuses and any(word in told for word in words):
            return kind
    if status in _STATUSES:
        return _STATUSES[status]
    return ServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else InvalidRequestError


def kind_in_band(code: str) -> type[ChatError]:
    """Return the kind of an error that was told inside a stream, by its code or type; ServerError if unknown."""
    return next((kind for word, kind in _IN_BAND.items() if word in code.lower()), ServerError)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the wait in seconds, from milliseconds, seconds or an HTTP date; None where it is not told."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        return max(0.0, float(headers["retry-after"]))
    except KeyError:
        return None
    except ValueError:
        return _until(headers.get("retry-after", ""), now)


def _until(date: str, now: datetime) -> float | None:
    try:
        return max(0.0, (parsedate_to_datetime(date) - now).total_seconds())
    except (TypeError, ValueError):
        return None
