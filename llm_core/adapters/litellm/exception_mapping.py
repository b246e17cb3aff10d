"""From a vendor's exception to a `ChatError`: the chain of causes is read, and then let go."""

from __future__ import annotations

import re
import ssl
import traceback
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

import attrs

from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    ServerError,
    StreamInterruptedError,
    UnsupportedFeatureError,
)
from llm_core.domain.http_errors import parse_retry_after
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.provider_fault import ProviderFault
from llm_core.transport.masking import masked, sent_keys

from .error_tables import class_for_payload, error_class_for_status, is_missing_key, retry_delay
from .litellm_module import litellm

if TYPE_CHECKING:
    import httpx

_REQUEST_IDS = ("x-request-id", "request-id", "x-amzn-requestid", "x-goog-request-id")
_LOOKS_LIKE_AN_ID = re.compile(r"[\w.:*\-]{1,200}")  # it stands in the error's text, where nobody else may quote
# What LiteLLM says where it could not read an answer; it gives these a status of 400 or 422, which nobody sent.
_ENDED_EARLY = "Stream ended before a finish_reason"  # LiteLLM from 1.109 on; older ones say "stop"
_UNREADABLE = ("Error converting to valid response block", "Got unexpected response from")
_MAX_BODY = 20_000  # bytes of an error body that are looked at


@attrs.frozen(kw_only=True)
class ErrorContext:
    """Whom was asked: what every error of this call tells, and the keys that none may tell."""

    provider: str | None
    model: str
    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)


def as_chat_error(error: Exception, asked: ErrorContext, partial: AssistantMessage | None = None) -> ChatError:
    """Return *error* as one of ours, with a `ProviderFault` as its cause. `partial` None: no answer had begun.

    Raise what is returned outside the ``except``, so that nothing of the vendor's hangs on it.
    """
    if isinstance(error, ChatError):
        ours, cause = error, error.__cause__ or ProviderFault("llm_core", "found by reading the answer")
        ours.provider, ours.model = ours.provider or asked.provider, ours.model or asked.model
        ours.partial = ours.partial or partial
    else:
        chain = tuple(chain_of(error))
        asked = attrs.evolve(asked, secrets=(*asked.secrets, *sent_keys(chain)))
        ours, cause = _from_chain(chain, asked, partial), cause_from(chain)
    ours.__cause__, ours.__context__, ours.__traceback__ = cause, None, None
    return ours


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and all that it came from, the outermost first. LiteLLM keeps one link in a field of its own."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__, getattr(link, "original_exception", None)]


def _from_chain(chain: Sequence[BaseException], asked: ErrorContext, partial: AssistantMessage | None) -> ChatError:
    import httpx

    for link in reversed(chain):
        if isinstance(link, httpx.HTTPStatusError):
            return _from_answer(link.response, asked, partial)
    kind = _kind(chain, began=partial is not None)
    detail = masked(str(chain[0]), asked.secrets)
    if kind is UnsupportedFeatureError:
        return UnsupportedFeatureError(feature="settings", provider=asked.provider, model=asked.model, detail=detail)
    return kind(provider=asked.provider, model=asked.model, detail=detail, partial=partial)


def _from_answer(response: httpx.Response, asked: ErrorContext, partial: AssistantMessage | None) -> ChatError:
    return error_from_answer(response.status_code, dict(response.headers), _body(response), asked, partial)


def error_from_answer(
    status: int, headers: Mapping[str, str], body: str, asked: ErrorContext, partial: AssistantMessage | None = None
) -> ChatError:
    """Return what an answer that is an error tells."""
    waits = parse_retry_after(headers)
    return error_class_for_status(status, body)(
        provider=asked.provider,
        model=asked.model,
        status_code=status,
        request_id=request_id(headers, asked),
        retry_after=retry_delay(body) if waits is None else waits,
        detail=masked(body, asked.secrets),
        partial=partial,
    )


def request_id(headers: Mapping[str, str], asked: ErrorContext) -> str | None:
    """Return the provider's name for the request; None where it tells none, or something else."""
    told = (masked(headers[name], asked.secrets) for name in _REQUEST_IDS if name in headers)
    return next((id for id in told if _LOOKS_LIKE_AN_ID.fullmatch(id)), None)


def _body(response: httpx.Response) -> str:
    import httpx

    try:
        return response.content[:_MAX_BODY].decode(errors="replace")  # the charset that it claims may be no charset
    except httpx.StreamError:  # nobody read it before the connection was closed
        return ""


def _kind(chain: Sequence[BaseException], *, began: bool) -> type[ChatError]:
    import httpx
    import openai

    if _any(chain, litellm().UnsupportedParamsError):
        return UnsupportedFeatureError
    if _any(chain, TimeoutError, httpx.TimeoutException, openai.APITimeoutError):
        return ChatTimeoutError
    if _any(chain, ssl.SSLCertVerificationError):
        return CertificateError
    if _any(chain, httpx.ConnectError):
        return ConnectionFailedError
    if _any(chain, httpx.TransportError):
        return StreamInterruptedError if began or _in_body(chain) else ConnectionFailedError
    if _any(chain, openai.AuthenticationError) or any(type(link) is openai.OpenAIError for link in chain):
        return AuthenticationError  # no request was made: there is no key
    return _told_kind(chain, began=began)


def _told_kind(chain: Sequence[BaseException], *, began: bool) -> type[ChatError]:
    import openai

    for link in chain:
        if type(link) is openai.APIError:  # an error event; the SDK's subclasses and LiteLLM's are something else
            return class_for_payload(f"{link.code} {link.type}", link.message)
        if began and _is_event(link):
            return error_class_for_status(
                HTTPStatus.INTERNAL_SERVER_ERROR, ""
            )  # LiteLLM keeps none of it but the words
    if began and _ENDED_EARLY in str(chain[0]):
        return StreamInterruptedError
    if any(words in str(chain[0]) for words in _UNREADABLE):
        return ServerError if "{'error':" in str(chain[0]) else BadResponseError
    if is_missing_key(str(chain[0])):
        return AuthenticationError
    status = getattr(chain[0], "status_code", None)
    if isinstance(status, int) and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return error_class_for_status(status, str(chain[0]))
    return BadResponseError


def _is_event(link: BaseException) -> bool:
    """Return whether LiteLLM raised *link* for an error event, as it does for Anthropic: of its own, with a status."""
    import openai

    told = isinstance(getattr(link, "status_code", None), int) and not isinstance(link, openai.APIError)
    return told and link.__cause__ is None and link.__context__ is None


def _any(chain: Sequence[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(link, kinds) for link in chain)


def _in_body(chain: Sequence[BaseException]) -> bool:
    """Return whether the transport failed while it read the body: httpcore says so only by where it was."""
    import aiohttp

    frames = (frame for link in chain for frame, _ in traceback.walk_tb(link.__traceback__))
    return _any(chain, aiohttp.ClientPayloadError) or any(
        frame.f_code.co_name == "_receive_response_body" for frame in frames
    )


def cause_from(chain: Sequence[BaseException]) -> ProviderFault:
    """Return our own cause: the names of what was raised, and nothing else of it."""
    names = [f"{type(link).__module__}.{type(link).__qualname__}" for link in chain]
    return ProviderFault(names[0], f"from {', '.join(names[1:])}" if names[1:] else "")
