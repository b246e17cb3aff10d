"""What HTTP itself tells of a failure, the same for every provider: the kind by the status, the wait by the headers."""

from __future__ import annotations

import math
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

if TYPE_CHECKING:  # dates are read where a call has failed, and seldom there
    from datetime import datetime

_KINDS: dict[int, type[ChatError]] = {
    401: AuthenticationError,
    402: QuotaExceededError,
    403: PermissionDeniedError,
    404: ModelNotFoundError,
    408: ChatTimeoutError,
    429: RateLimitError,
    504: ChatTimeoutError,
}
_FIRST_OF_SERVERS = 500
_REQUEST_IDS = ("x-request-id", "request-id")


def error_class_for_status(status: int) -> type[ChatError]:
    """Return the kind of error that an HTTP *status* other than 2xx is; a provider's own code may say more."""
    return _KINDS.get(status, ServerError if status >= _FIRST_OF_SERVERS else InvalidRequestError)


def parse_retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Return the wait that *headers* ask for, in seconds, 0 at least; None where it is not told, or not readable.

    Read are ``retry-after-ms``, then ``retry-after`` in seconds or as an HTTP date, which counts from *now* (with a
    time zone; None: the clock). The names of headers may be in any case.
    """
    told = {name.lower(): value for name, value in headers.items()}
    milliseconds, after = _number(told.get("retry-after-ms", "")), told.get("retry-after", "")
    seconds = _number(after) if milliseconds is None else milliseconds / 1000
    wait = _until(after, now) if seconds is None else seconds
    return None if wait is None else max(0.0, wait)


def error_from_http(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    codes: Mapping[str, type[ChatError]] | None = None,
    *,
    key: str = "",
) -> ChatError:
    """Return the error that an HTTP answer other than 2xx is, with all that its headers tell.

    *codes* are words of this provider that say more than the status; the first that stands in *body* decides. `detail`
    is *body*, read as UTF-8, with *key* masked.
    """
    said = body.decode(errors="replace")
    kind = next((kind for code, kind in (codes or {}).items() if code in said), error_class_for_status(status))
    told = {name.lower(): value for name, value in headers.items()}
    return kind(
        status_code=status,
        request_id=next((told[name] for name in _REQUEST_IDS if name in told), None),
        retry_after=parse_retry_after(headers),
        detail=said.replace(key, "***") if key else said,
    )


def _number(told: str) -> float | None:
    try:
        number = float(told)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(date: str, now: datetime | None) -> float | None:
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        return (parsedate_to_datetime(date) - (now or datetime.now(UTC))).total_seconds()
    except (TypeError, ValueError, OverflowError):  # each for another kind of garbage
        return None
