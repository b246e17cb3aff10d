"""What providers say becomes our kinds, by tables: the true HTTP status, the words of an error body, the headers."""

import re

from llm_core.domain import http_errors
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

# What providers write, in lower case, where the status alone does not tell; the first that is found decides.
_WORDS: tuple[tuple[frozenset[int], tuple[str, ...], type[ChatError]], ...] = (
    (
        frozenset({400, 413, 422}),
        (
            "context_length_exceeded",
            "maximum context length",
            "max context length",
            "context window",
            "prompt is too long",
            "reduce the length of the messages",
            "too many tokens",
            "exceeds the maximum number of tokens",
            "exceed_context_size",
        ),
        ContextWindowExceededError,
    ),
    (
        frozenset({400, 403, 422}),
        (
            "content_policy",
            "content policy",
            "content_filter",
            "content filtering policy",
            "content management policy",
            "safety system",
        ),
        ContentPolicyError,
    ),
    (
        frozenset({400, 403, 429}),
        (
            "insufficient_quota",
            "insufficient credit",
            "insufficient balance",
            "credit balance is too low",
            "billing_hard_limit",
            "billing hard limit",
            "billing_not_active",
            "requestsperday",  # as Google names a quota: GenerateRequestsPerDayPerProjectPerModel
        ),
        QuotaExceededError,
    ),
    (
        frozenset({400}),
        ("incorrect api key", "invalid api key", "invalid_api_key", "api key not valid"),
        AuthenticationError,
    ),
)

_NO_KEY = re.compile(r"missing \w+ api[ _]key", re.IGNORECASE)
_RETRY_INFO = re.compile(r'"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"')
_TOLD_STATUSES = frozenset(str(status) for status in range(400, 600))
_IN_BAND: dict[str, type[ChatError]] = {
    "rate_limit": RateLimitError,
    "insufficient_quota": QuotaExceededError,
    "billing": QuotaExceededError,
    "context_length": ContextWindowExceededError,
    "content_policy": ContentPolicyError,
    "invalid_request": InvalidRequestError,
    "authentication": AuthenticationError,
    "permission": PermissionDeniedError,
    "not_found": ModelNotFoundError,
    "timeout": ChatTimeoutError,
}


def error_class_for_status(status: int, body: str) -> type[ChatError]:
    """Return the kind for a true HTTP status and what the provider wrote."""
    told = body.lower()
    for told_by, words, kind in _WORDS:
        if status in told_by and any(word in told for word in words):
            return kind
    return http_errors.error_class_for_status(status)


def class_for_payload(code: str, words: str) -> type[ChatError]:
    """Return the kind of an error that was told inside a stream, by its code or type; ServerError if unknown.

    Some providers tell the HTTP status as the code; then *words*, what was said, count as in an error body.
    """
    status = next((int(part) for part in code.split() if part in _TOLD_STATUSES), None)
    if status is not None:
        return error_class_for_status(status, words)
    return next((kind for word, kind in _IN_BAND.items() if word in code.lower()), ServerError)


def is_missing_key(words: str) -> bool:
    """Return whether LiteLLM says so of a request that it did not make."""
    return _NO_KEY.search(words) is not None


def retry_delay(body: str) -> float | None:
    """Return the wait in seconds that Google tells in the body of an error; None where there is none."""
    told = _RETRY_INFO.search(body)
    return None if told is None else float(told[1])
