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

from .json_access import EMPTY

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
# Part of an error code or type, in lower case and without separators; the first match decides.
_CODES: dict[str, type[ChatError]] = {
    "insufficientquota": QuotaExceededError,
    "insufficientbalance": QuotaExceededError,
    "billing": QuotaExceededError,
    "contextlength": ContextWindowExceededError,
    "contextwindow": ContextWindowExceededError,
    "exceedcontextsize": ContextWindowExceededError,  # llama.cpp
    "contentpolicy": ContentPolicyError,
    "contentfilter": ContentPolicyError,
    "datainspectionfailed": ContentPolicyError,  # Alibaba
    "apikey": AuthenticationError,
    "authentication": AuthenticationError,
    "unauthenticated": AuthenticationError,
    "unauthorized": AuthenticationError,
    "permission": PermissionDeniedError,
    "forbidden": PermissionDeniedError,
    "notfound": ModelNotFoundError,
    "ratelimit": RateLimitError,
    "toomanyrequests": RateLimitError,
    "throttl": RateLimitError,
    "resourceexhausted": RateLimitError,  # Google
    "timeout": ChatTimeoutError,
    "deadlineexceeded": ChatTimeoutError,
    "invalidrequest": InvalidRequestError,
    "invalidargument": InvalidRequestError,
    "invalidparameter": InvalidRequestError,
    "failedprecondition": InvalidRequestError,
    "badrequest": InvalidRequestError,
    "validation": InvalidRequestError,
    "requesttoolarge": InvalidRequestError,  # Anthropic
}
# The status that an ambiguous class stands for: the phrases of `_PHRASES` then count as beside that status.
_AMBIGUOUS = {InvalidRequestError: 400, PermissionDeniedError: 403, RateLimitError: 429}
_SEPARATORS = re.compile(r"[\s_-]")
_CODE_FIELDS = ("code", "type", "status", "status_code", "statusCode", "error_code", "http_code")
_MESSAGE_FIELDS = ("message", "msg", "error_msg", "detail", "error", "reason")


def error_class_for_response(status: int, body: str) -> type[ChatError]:
    """Return the error class for an HTTP error response: by the phrases in its *body*, else by its *status*."""
    text = body.lower()
    for statuses, phrases, error_class in _PHRASES:
        if status in statuses and any(phrase in text for phrase in phrases):
            return error_class
    return error_class_for_status(status)


def class_for_payload(code: str, text: str) -> type[ChatError]:
    """Return the error class for an error within a 200: by its code or type, else by the phrases in *text*.

    Some providers put an HTTP status into *code*; then the phrases count as in an error response. ServerError if
    nothing is known.
    """
    status = next((int(part) for part in code.split() if part in _ERROR_STATUSES), None)
    if status is not None:
        return error_class_for_response(status, text)
    name = _SEPARATORS.sub("", code).lower()
    found = next((error_class for part, error_class in _CODES.items() if part in name), None)
    if found is not None:
        return error_class_for_response(_AMBIGUOUS[found], text) if found in _AMBIGUOUS else found
    words = text.lower()
    matches = (error_class for _, phrases, error_class in _PHRASES if any(phrase in words for phrase in phrases))
    return next(matches, ServerError)


def retry_delay(body: str) -> float | None:
    """Return the wait in seconds that Google puts into the body of an error; None if there is none."""
    delay = _RETRY_INFO.search(body)
    return None if delay is None else float(delay[1])


def error_from_payload(error: object, beside: Mapping[str, object] = EMPTY) -> ChatError:
    """Return the error for what a provider sends as one: an object, a list of them, a text or a code.

    *beside* are the fields beside it; some providers put the message or the code there. `detail` has the message first,
    then the other fields as JSON.
    """
    fields = _fields(error)
    words = next((fields[key] for key in _MESSAGE_FIELDS if isinstance(fields.get(key), str) and fields[key]), None)
    if words is None:
        words = next((beside[key] for key in _MESSAGE_FIELDS[:4] if isinstance(beside.get(key), str)), None)
    codes = [holder[key] for holder in (fields, beside) for key in _CODE_FIELDS if _is_code(holder.get(key))]
    codes += [error] if isinstance(error, str) and " " not in error else []
    payload = json.dumps(error, ensure_ascii=False)  # Google names the quota in `details`, not in `message`
    other = {key: value for key, value in fields.items() if value not in (None, words, "")}
    shown = " ".join(filter(None, (str(words or ""), json.dumps(other, ensure_ascii=False) if other else "")))
    code = " ".join(map(_code_text, codes))
    return class_for_payload(code, f"{payload} {words or ''}")(
        detail=shown or payload, retry_after=retry_delay(payload)
    )


def _fields(error: object) -> Mapping[str, object]:
    """Return the fields of an error: of the first in a list, of the innermost in nested ones."""
    while (isinstance(error, list) and error) or (isinstance(error, dict) and isinstance(error.get("error"), dict)):
        error = error[0] if isinstance(error, list) else error["error"]
    if isinstance(error, dict):
        return error
    return {"message": error} if isinstance(error, str) else {"code": error}


def _is_code(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""


def _code_text(code: object) -> str:
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)
