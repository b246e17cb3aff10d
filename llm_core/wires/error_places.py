"""The errors that an answer with a 2xx holds, wherever they stand; `error_payloads` maps them to error classes.

Sources, beside each wire's own documentation: OpenRouter (an error at the top level or in a choice, beside text and
calls), MiniMax (`base_resp`, https://platform.minimax.io/docs/api-reference/errorcode), Cloudflare (`errors` and
`success`), vLLM and Mistral (an object whose `object` is "error").
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ContentPolicyError,
    InvalidRequestError,
    QuotaExceededError,
    RateLimitError,
)

from .deltas import AnswerDelta
from .error_payloads import error_from_payload
from .json_access import object_at, text_at

_BASE_RESP_CODES: dict[str, type[ChatError]] = {
    "1001": ChatTimeoutError,
    "1002": RateLimitError,
    "1004": AuthenticationError,
    "1008": QuotaExceededError,
    "1026": ContentPolicyError,  # the input
    "1027": ContentPolicyError,  # the output
    "1039": RateLimitError,  # of tokens a minute
    "1041": RateLimitError,  # of connections
    "1042": InvalidRequestError,
    "2013": InvalidRequestError,
    "2045": RateLimitError,
    "2049": AuthenticationError,
    "2056": QuotaExceededError,
}
_WORDS = ("message", "msg", "error_msg", "detail")
_SUCCESS = (None, False, 0, 200, "", "0", "200")


def error_in(*holders: Mapping[str, object]) -> ChatError | None:
    """Return the first error that one of *holders* carries: parts of an answer, or of an event of a stream."""
    for holder in holders:
        if "error" in holder and _is_set(holder["error"]):
            return error_from_payload(holder["error"], holder)
        if "errors" in holder and _is_set(holder["errors"]):
            return error_from_payload(holder["errors"], holder)
        if "base_resp" in holder and (failed := _base_resp_error(object_at(holder, "base_resp"))) is not None:
            return failed
    return None


def raise_for_error(*holders: Mapping[str, object]) -> None:
    """Raise the first error that one of *holders* carries, if any."""
    error = error_in(*holders)
    if error is not None:
        raise error


def error_instead(body: Mapping[str, object]) -> ChatError | None:
    """Return the error that *body*, which lacks the fields of an answer, is itself; None if it is no error."""
    has_words = any(isinstance(body.get(key), str) for key in _WORDS)
    is_error = (
        "error" in (body.get("object"), body.get("type"))
        or body.get("success") is False
        or any(body.get(key) not in _SUCCESS for key in ("code", "status_code", "error_code"))
    )
    return error_from_payload(body) if has_words and is_error else None


def then_raise(deltas: Iterable[AnswerDelta], error: ChatError | None) -> Iterable[AnswerDelta]:
    """Return *deltas*, which end with *error*, if there is one, so that its `partial` has what stands beside it."""
    return deltas if error is None else _with_error(deltas, error)


def _with_error(deltas: Iterable[AnswerDelta], error: ChatError) -> Iterator[AnswerDelta]:
    with suppress(BadResponseError):  # of what cannot be read beside the error
        yield from deltas
    raise error


def _is_set(error: object) -> bool:
    """Return whether *error* says something: some providers send empty objects with every answer."""
    return any(map(bool, error.values())) if isinstance(error, dict) else bool(error)


def _base_resp_error(status: Mapping[str, object]) -> ChatError | None:
    code, words = status.get("status_code"), text_at(status, "status_msg")
    if code in _SUCCESS:
        return None
    error = error_from_payload({"code": code, "message": words})
    known = _BASE_RESP_CODES.get(str(code))
    return error if known is None else known(detail=error.detail)
