"""What goes wrong over HTTP, as the kinds of error that `llm_core` promises."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import llm_core as llm

_CODES: Mapping[str, type[llm.ChatError]] = {
    '"context_length_exceeded"': llm.ContextWindowExceededError,
    '"content_policy_violation"': llm.ContentPolicyError,
    '"insufficient_quota"': llm.QuotaExceededError,
}
_STATUSES: Mapping[int, type[llm.ChatError]] = {
    401: llm.AuthenticationError,
    402: llm.QuotaExceededError,
    403: llm.PermissionDeniedError,
    404: llm.ModelNotFoundError,
    408: llm.ChatTimeoutError,
    429: llm.RateLimitError,
    504: llm.ChatTimeoutError,
}


def refusal(answer: httpx.Response, key: str) -> llm.ChatError:
    """Return the error that an *answer* other than 2xx is; the server's own code says more than the status."""
    kind = _STATUSES.get(answer.status_code, llm.ServerError if answer.is_server_error else llm.InvalidRequestError)
    return next((kind for code, kind in _CODES.items() if code in answer.text), kind)(
        status_code=answer.status_code,
        request_id=answer.headers.get("x-request-id"),
        retry_after=_wait(answer.headers),
        detail=answer.text.replace(key, "***") if key else answer.text,
    )


def failure(error: Exception, *, begun: bool) -> llm.ChatError:
    """Return ours for whatever was raised; *begun*: a piece of the answer had come."""
    if isinstance(error, llm.ChatError):
        return error
    if isinstance(error, httpx.TransportError):
        no_start = llm.CertificateError if "CERTIFICATE_VERIFY_FAILED" in str(error) else llm.ConnectionFailedError
        return llm.StreamInterruptedError() if begun else no_start()
    return llm.ChatTimeoutError() if isinstance(error, TimeoutError) else llm.BadResponseError()


def partial(told: Sequence[llm.StreamEvent]) -> llm.AssistantMessage | None:
    """Return what had come; None where the pieces contradict each other."""
    try:
        llm.fold(told)
    except llm.StreamInterruptedError as broken:
        return broken.partial
    except ValueError:
        pass
    return None


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait; None where nobody told, or nobody can read it."""
    milliseconds, told = headers.get("retry-after-ms"), headers.get("retry-after", "")
    with suppress(TypeError, ValueError):
        if milliseconds is not None:
            return int(milliseconds) / 1000
        if told[:1].isdigit():
            return float(told)
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    return None
