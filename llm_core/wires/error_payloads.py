"""Errors as providers write them into a JSON body, a stream event or an error response: phrases, codes and waits.

The phrases are one table for all providers, since gateways (OpenRouter, the LiteLLM proxy) repeat those of others.
"""

import json
import re
from collections.abc import Mapping

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
from llm_core.domain.http_errors import error_class_for_status

from .json_access import EMPTY, text_at

# HTTP statuses, phrases in lower case, and the error class that they mean together; the first match decides.
_PHRASES: tuple[tuple[frozenset[int], tuple[str, ...], type[ChatError]], ...] = (
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
            "invalid_prompt",  # OpenAI's Responses: "Your prompt was flagged as potentially violating our usage policy"
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
            "requestsperday",  # Google's quota id: GenerateRequestsPerDayPerProjectPerModel
        ),
        QuotaExceededError,
    ),
    (
        frozenset({400}),
        ("incorrect api key", "invalid api key", "invalid_api_key", "api key not valid"),
        AuthenticationError,
    ),
)

_RETRY_INFO = re.compile(r'"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"')  # google.rpc.RetryInfo
_ERROR_STATUSES = frozenset(str(status) for status in range(400, 600))
_CODES: dict[str, type[ChatError]] = {  # part of an error code or type, in lower case
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


def error_class_for_response(status: int, body: str) -> type[ChatError]:
    """Return the error class for an HTTP error response: by the phrases in its *body*, else by its *status*."""
    text = body.lower()
    for statuses, phrases, error_class in _PHRASES:
        if status in statuses and any(phrase in text for phrase in phrases):
            return error_class
    return error_class_for_status(status)


def class_for_payload(code: str, text: str) -> type[ChatError]:
    """Return the error class for an error within a 200, by its code or type; ServerError if unknown.

    Some providers put an HTTP status into *code*; then the phrases in *text* count as in an error response.
    """
    status = next((int(part) for part in code.split() if part in _ERROR_STATUSES), None)
    if status is not None:
        return error_class_for_response(status, text)
    return next((error_class for part, error_class in _CODES.items() if part in code.lower()), ServerError)


def retry_delay(body: str) -> float | None:
    """Return the wait in seconds that Google puts into the body of an error; None if there is none."""
    delay = _RETRY_INFO.search(body)
    return None if delay is None else float(delay[1])


def raise_for_error(body: Mapping[str, object]) -> None:
    """Raise the error that *body*, a whole answer or an event of a stream, carries in its field ``error``, if any."""
    error = body.get("error")
    if error:
        raise error_from_payload(error)


def error_from_payload(error: object) -> ChatError:
    """Return the error for a provider's error object, or for a bare text in its place."""
    fields = error if isinstance(error, dict) else EMPTY
    message = text_at(fields, "message") or str(error)
    code = " ".join(str(fields[key]) for key in ("code", "type", "status") if fields.get(key) is not None)
    payload = json.dumps(error)  # Google names the quota in `details`, not in `message`
    return class_for_payload(code, payload)(detail=message, retry_after=retry_delay(payload))
