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

from .error_phrases import Rule, class_by_words, names_no_model
from .json_access import EMPTY, object_at, text_at

_RETRY_INFO = re.compile(r'"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"')  # google.rpc.RetryInfo
_ERROR_STATUSES = frozenset(str(status) for status in range(400, 600))
_FAILED = "failed_generation"
# Part of an error code or type, in lower case and without separators; the first match decides.
_CODES: dict[str, type[ChatError]] = {
    **dict.fromkeys(("permission", "forbidden", "accessdenied"), PermissionDeniedError),
    **dict.fromkeys(("ratelimit", "toomanyrequests", "throttl", "resourceexhausted"), RateLimitError),
    **dict.fromkeys(("quota", "billing", "insufficient", "spendlimit"), QuotaExceededError),
    **dict.fromkeys(
        ("contextlength", "contextwindow", "exceedcontext", "toomanyprompttokens"), ContextWindowExceededError
    ),
    **dict.fromkeys(("contentpolicy", "contentfilter", "moderation", "datainspection"), ContentPolicyError),
    **dict.fromkeys(("authentication", "unauthenticated", "unauthorized", "apikey"), AuthenticationError),
    "notfound": ModelNotFoundError,
    **dict.fromkeys(("timeout", "deadlineexceeded"), ChatTimeoutError),
    **dict.fromkeys(("invalidrequest", "invalidargument", "invalidparameter", "badrequest"), InvalidRequestError),
    **dict.fromkeys(("failedprecondition", "validation", "requesttoolarge", "toolusefailed"), InvalidRequestError),
}
# The status that an ambiguous class, or none, stands for: the words of the error count as beside that status.
_AMBIGUOUS = {None: 400, InvalidRequestError: 400, PermissionDeniedError: 403, RateLimitError: 429}
_SEPARATORS = re.compile(r"[\s_-]")
_CODE_FIELDS = ("code", "type", "status", "status_code", "statusCode", "error_code", "http_code")
_MESSAGE_FIELDS = ("message", "msg", "error_msg", "detail", "error", "reason")


def error_class_for_response(
    status: int, body: str, model: str = "", own_rules: tuple[Rule, ...] = ()
) -> type[ChatError]:
    """Return the error class for an HTTP error response: by the words in its *body*, else by its *status*.

    *model* is the model's name in the request, *own_rules* are the provider's own phrases. A 404 that names no model is
    an InvalidRequestError: the address is wrong.
    """
    by_words = class_by_words(status, body, own_rules)
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
    name = _SEPARATORS.sub("", code).lower()
    found = next((error_class for part, error_class in _CODES.items() if part in name), None)
    if found in _AMBIGUOUS:
        found = class_by_words(_AMBIGUOUS[found], text) or found
    return found or ServerError


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
    shown_fields = _CODE_FIELDS if fields.get(_FAILED) else fields  # what was generated comes first, and may be long
    other = {key: fields[key] for key in shown_fields if fields.get(key) not in (None, words, "")}
    message = _with_failed_generation(str(words or ""), fields)
    shown = " ".join(filter(None, (message, json.dumps(other, ensure_ascii=False) if other else "")))
    code = error_code(*map(_code_text, codes))
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
