"""Errors as providers write them into a JSON body, a stream event or an error response: codes, texts and waits."""

import json
import re
from collections.abc import Mapping
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
from llm_core.domain.http_errors import error_class_for_status

from .error_phrases import class_by_words, names_no_model
from .json_access import EMPTY, object_at, text_at

_RETRY_INFO = re.compile(r'"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"')  # google.rpc.RetryInfo
_ERROR_STATUSES = frozenset(str(status) for status in range(400, 600))
_FAILED = "failed_generation"
_CODES: dict[str, type[ChatError]] = {  # part of an error code or type, in lower case; the first match decides
    **dict.fromkeys(("rate_limit", "too_many_requests", "throttl", "resource_exhausted"), RateLimitError),
    **dict.fromkeys(("quota", "billing", "insufficient_", "spend_limit"), QuotaExceededError),
    **dict.fromkeys(
        ("context_length", "context_window", "exceed_context", "too_many_prompt_tokens"), ContextWindowExceededError
    ),
    **dict.fromkeys(("content_policy", "content_filter", "moderation", "data_inspection"), ContentPolicyError),
    **dict.fromkeys(("authentication", "unauthenticated", "unauthorized", "invalid_api_key"), AuthenticationError),
    **dict.fromkeys(("permission", "forbidden", "access_denied"), PermissionDeniedError),
    "not_found": ModelNotFoundError,
    **dict.fromkeys(("timeout", "deadline_exceeded"), ChatTimeoutError),
    **dict.fromkeys(("invalid_request", "invalid_argument", "tool_use_failed"), InvalidRequestError),
}


def error_class_for_response(status: int, body: str, model: str = "") -> type[ChatError]:
    """Return the error class for an HTTP error response: by the words in its *body*, else by its *status*.

    *model* is the model's name in the request. A 404 that names no model is an InvalidRequestError: the address is
    wrong.
    """
    by_words = class_by_words(status, body)
    if by_words is not None:
        return by_words
    if status == HTTPStatus.NOT_FOUND and names_no_model(_message_of(body), model):
        return InvalidRequestError
    return error_class_for_status(status)


def class_for_payload(code: str, text: str) -> type[ChatError]:
    """Return the error class for an error within a 200, by its code or type and by the phrases in *text*.

    Some providers put an HTTP status into *code*; then *text* counts as an error response. ServerError if unknown.
    """
    status = next((int(part) for part in code.split() if part in _ERROR_STATUSES), None)
    if status is not None:
        return error_class_for_response(status, text)
    by_code = next((error_class for part, error_class in _CODES.items() if part in code.lower()), None)
    if by_code in (None, InvalidRequestError):
        by_code = class_by_words(HTTPStatus.BAD_REQUEST, text) or by_code
    return by_code or ServerError


def error_code(*values: object) -> str:
    """Return a provider's code, type and status as one text of words, for `class_for_payload`.

    A text of several words becomes one: a number in it is no status.
    """
    return " ".join("_".join(str(value).split()) for value in values if value is not None)


def detail_of(body: str) -> str:
    """Return the words of an error response: *body*, or its message and Groq's ``failed_generation`` if it has one."""
    if _FAILED not in body:
        return body
    fields = object_at(_parsed(body) or EMPTY, "error")
    return _with_failed_generation(text_at(fields, "message"), fields) or body


def _with_failed_generation(message: str, error: Mapping[str, object]) -> str:
    """Return *message* and what the model generated instead of an answer, which Groq reports beside it."""
    generated = text_at(error, _FAILED)
    return f"{message}\n{_FAILED}: {generated}" if generated else message


def _message_of(body: str) -> str:
    """Return the message in the JSON text *body*; *body* itself if it is something else."""
    fields = _parsed(body)
    if fields is None:
        return body
    holders = (object_at(fields, "error"), fields)
    found = (text_at(holder, key) for holder in holders for key in ("message", "error", "detail", "title"))
    return next(filter(None, found), "" if not fields or "error" in fields else body)


def _parsed(body: str) -> Mapping[str, object] | None:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


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
    code = error_code(*(fields.get(key) for key in ("code", "type", "status", "status_code")))
    payload = json.dumps(error, ensure_ascii=False)  # Google names the quota in `details`, not in `message`
    detail = _with_failed_generation(message, fields)
    return class_for_payload(code, payload)(detail=detail, retry_after=retry_delay(payload))
