"""The table of faults: for each, the class of its error and every field. What a fault stands for is written out here.

The columns `provider` and `model` are the same in all rows: those that the contract declares.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import attrs

from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.domain.usage import Usage
from llm_core.testing.expectations import expected_error
from llm_core.testing.scenarios import Breaks, Fails, HangsUp, Redirects, Refuses, Replies, Sends

Fault: TypeAlias = Fails | Breaks | Sends | Redirects | Refuses | HangsUp
Reason: TypeAlias = Literal["context_window", "content_policy", "quota"]
Arrived: TypeAlias = Literal["nothing", "the beginning", "everything"]

REQUEST_ID = "request-1"  # of the fake provider
TOKENS = 98_765  # of the input: a number that nothing else in an answer has
COUNTED = Replies(text="A rather long answer.", usage=Usage(input_tokens=TOKENS, output_tokens=5), counting=True)


@attrs.frozen
class ErrorRow:
    """A fault and its error. A field that a wire cannot carry is None there; no field holds what was not sent.

    `partial` is how much of the answer's text a stream had brought. `tokens` are the input tokens that the provider had
    reported, where its wire reports them before the end.
    """

    fault: Fault
    error: type[ChatError]
    retryable: bool = attrs.field(kw_only=True)
    status: int | None = attrs.field(default=None, kw_only=True)
    retry_after: float | None = attrs.field(default=None, kw_only=True)
    request_id: str | None = attrs.field(default=None, kw_only=True)
    partial: Arrived = attrs.field(default="nothing", kw_only=True)
    tokens: int | None = attrs.field(default=None, kw_only=True)


def _status(status: int, error: type[ChatError], *, retryable: bool = False, reason: Reason | None = None) -> ErrorRow:
    fault = Fails(status=status, reason=reason)
    return ErrorRow(fault, error, retryable=retryable, status=status, request_id=REQUEST_ID)


def _wait(status: int, error: type[ChatError], seconds: float | None, *header: str) -> ErrorRow:
    name_and_value = ((header[0], header[1]),) if header else ()
    fault = Fails(status=status, retry_after=None if header else seconds, headers=name_and_value)
    return ErrorRow(fault, error, retryable=True, status=status, retry_after=seconds, request_id=REQUEST_ID)


def _break(fault: Breaks, error: type[ChatError], *, retryable: bool = True, whole: bool = False) -> ErrorRow:
    counted = attrs.evolve(fault, reply=COUNTED)
    partial: Arrived = "everything" if whole else "the beginning"
    return ErrorRow(counted, error, retryable=retryable, partial=partial, tokens=TOKENS)


def _body(body: bytes, content_type: str = "application/json") -> ErrorRow:
    return ErrorRow(Sends(body=body, content_type=content_type), BadResponseError, retryable=True, status=200)


ERROR_ROWS: Mapping[str, ErrorRow] = MappingProxyType(
    {
        "400": _status(400, InvalidRequestError),
        "401": _status(401, AuthenticationError),
        "402": _status(402, QuotaExceededError),
        "403": _status(403, PermissionDeniedError),
        "404": _status(404, ModelNotFoundError),
        "408": _status(408, ChatTimeoutError, retryable=True),
        "409": _status(409, InvalidRequestError),
        "413": _status(413, InvalidRequestError),
        "418": _status(418, InvalidRequestError),
        "422": _status(422, InvalidRequestError),
        "429": _status(429, RateLimitError, retryable=True),
        "500": _status(500, ServerError, retryable=True),
        "502": _status(502, ServerError, retryable=True),
        "503": _status(503, ServerError, retryable=True),
        "504": _status(504, ChatTimeoutError, retryable=True),
        "529": _status(529, ServerError, retryable=True),
        "400, the prompt is too long": _status(400, ContextWindowExceededError, reason="context_window"),
        "400, blocked by a filter": _status(400, ContentPolicyError, reason="content_policy"),
        "429, the quota is used up": _status(429, QuotaExceededError, reason="quota"),
        "429, a wait": _wait(429, RateLimitError, 7.0),
        "429, a wait in a header": _wait(429, RateLimitError, 7.0, "retry-after", "7"),
        "503, a wait in milliseconds": _wait(503, ServerError, 1.5, "retry-after-ms", "1500"),
        "504, a wait in a header": _wait(504, ChatTimeoutError, 7.0, "retry-after", "7"),
        "500, a wait of zero": _wait(500, ServerError, 0.0, "retry-after", "0"),
        "a redirect": ErrorRow(Redirects(status=307), InvalidRequestError, retryable=False, status=307),
        "refused": ErrorRow(Refuses(), ConnectionFailedError, retryable=True),
        "closed before the answer": ErrorRow(HangsUp(how="close"), ConnectionFailedError, retryable=True),
        "reset before the answer": ErrorRow(HangsUp(how="reset"), ConnectionFailedError, retryable=True),
        "silent before the answer": ErrorRow(HangsUp(how="silence"), ChatTimeoutError, retryable=True),
        "HTML": _body(b"<html><body>Welcome to our captive portal</body></html>", "text/html"),
        "an empty body": _body(b""),
        "no JSON object": _body(b"[]"),
        "closed after the head": ErrorRow(
            Breaks(how="cut", after=0, reply=COUNTED), StreamInterruptedError, retryable=True
        ),
        "closed within the answer": _break(Breaks(how="cut"), StreamInterruptedError),
        "reset within the answer": _break(Breaks(how="reset"), StreamInterruptedError),
        "ended within the answer": _break(Breaks(how="end"), StreamInterruptedError),
        "no finish reason": _break(Breaks(how="unfinished"), StreamInterruptedError, whole=True),
        "silent within the answer": _break(Breaks(how="silence"), ChatTimeoutError),
        "keep-alives within the answer": _break(Breaks(how="drip"), ChatTimeoutError),
        "chunks without text within the answer": _break(Breaks(how="drip", blank=True), ChatTimeoutError),
        "an event that is not JSON": _break(Breaks(how="bad_json"), BadResponseError),
        "an error event": _break(Breaks(how="error"), ServerError),
        "an error event, too many": _break(Breaks(how="error", failure=Fails(status=429)), RateLimitError),
        "an error event, quota": _break(
            Breaks(how="error", failure=Fails(status=429, reason="quota")), QuotaExceededError, retryable=False
        ),
        "an error beside the text": _break(Breaks(how="inner_error"), ServerError),
        "a finish reason that means failure": _break(Breaks(how="failed_finish"), ServerError, whole=True),
    }
)


def facts_of(fault: Fault) -> tuple[type[ChatError], bool]:
    """Return the class of the error of any fault, and whether it is retryable, by the table."""
    known = _FACTS.get(_likeness(fault))
    return known or (type(expected_error(fault)), expected_error(fault).retryable)


def _likeness(fault: Fault) -> str:
    """Return what faults with the same error have in common."""
    match fault:
        case Fails(status=status, reason=reason):
            return reason or str(status)
        case Breaks(how="error" | "inner_error", failure=failure):
            return _likeness(failure)
        case Breaks(how=how):
            return f"breaks: {how}"
        case HangsUp(how="silence" | "drip"):
            return "silent"
        case _:
            return type(fault).__name__


_FACTS = {_likeness(row.fault): (row.error, row.retryable) for row in ERROR_ROWS.values()}
