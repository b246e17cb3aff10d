"""The facts of a failure that HTTP itself defines, the same for every provider: error class, wait and request id."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .errors import (
    AuthenticationError,
    ChatError,
    ChatTimeoutError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from .secret_spellings import spellings
from .secret_text import MASK

if TYPE_CHECKING:  # only failed calls parse dates, and few of these
    from datetime import datetime

_ERROR_CLASSES: dict[int, type[ChatError]] = {
    401: AuthenticationError,
    402: QuotaExceededError,
    403: PermissionDeniedError,
    404: ModelNotFoundError,
    408: ChatTimeoutError,
    429: RateLimitError,
    504: ChatTimeoutError,
}
_FIRST_SERVER_ERROR = 500
# OpenAI and most others, Anthropic, AWS, Google.
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-amzn-requestid", "x-goog-request-id")
_REQUEST_ID = re.compile(r"[\w.:*\-]{1,200}")  # it stands in the text of an error, so free text is not accepted


def error_class_for_status(status: int) -> type[ChatError]:
    """Return the error class for an HTTP *status* other than 2xx; a provider's own error code may be more precise."""
    return _ERROR_CLASSES.get(status, ServerError if status >= _FIRST_SERVER_ERROR else InvalidRequestError)


def parse_retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Return the wait that *headers* request, in seconds and not negative; None if it is absent or not readable.

    Reads ``retry-after-ms``, then ``retry-after`` in seconds or as an HTTP date, which counts from *now* (with a time
    zone; None: the current time). Header names may be in any case.
    """
    by_name = _lower(headers)
    milliseconds, after = _number(by_name.get("retry-after-ms", "")), by_name.get("retry-after", "")
    seconds = _number(after) if milliseconds is None else milliseconds / 1000
    wait = _seconds_until(after, now) if seconds is None else seconds
    return None if wait is None else max(0.0, wait)


def request_id_from(headers: Mapping[str, str]) -> str | None:
    """Return the provider's id of the request; None if no header holds one. Header names may be in any case."""
    by_name = _lower(headers)
    ids = (by_name[name] for name in _REQUEST_ID_HEADERS if name in by_name)
    return next((id for id in ids if _REQUEST_ID.fullmatch(id)), None)


def error_from_http(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    codes: Mapping[str, type[ChatError]] | None = None,
    *,
    key: str = "",
) -> ChatError:
    """Return the error that an HTTP response other than 2xx stands for, with all that its headers hold.

    *codes* are error codes of this provider that are more precise than the status; the first one that occurs in *body*
    decides, a number only where it is no part of another one. `detail` is *body*, decoded as UTF-8, with *key* masked
    in every spelling.
    """
    text = body.decode(errors="replace")
    by_code = (error_class for code, error_class in (codes or {}).items() if _holds(text, code))
    error_class = next(by_code, error_class_for_status(status))
    return error_class(
        status_code=status,
        request_id=request_id_from(headers),
        retry_after=parse_retry_after(headers),
        detail=_masked(text, key),
    )


def _masked(text: str, key: str) -> str:
    for spelling in spellings([key]):
        text = text.replace(spelling, MASK)
    return text


def _holds(text: str, code: str) -> bool:
    if not code.isdigit():
        return code in text
    return re.search(rf"(?<![\w.]){code}(?![\w.]*\w)", text) is not None


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _seconds_until(date: str, now: datetime | None) -> float | None:
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        return (parsedate_to_datetime(date) - (now or datetime.now(UTC))).total_seconds()
    except (TypeError, ValueError, OverflowError):  # each for a differently malformed date
        return None
