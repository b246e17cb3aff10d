"""From an exception of LiteLLM, or of the clients beneath it, to a `ChatError`."""

from __future__ import annotations

import re
import ssl
import traceback
from collections.abc import Iterator
from functools import partial as bind
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
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.provider_fault import exception_chain, has_link
from llm_core.domain.usage import Usage
from llm_core.transport.error_mapping import Chain, ErrorContext, as_chat_error, error_from_response
from llm_core.wires.body_buffer import MAX_ERROR
from llm_core.wires.error_payloads import class_for_payload, error_class_for_response, error_code

from .litellm_module import litellm

if TYPE_CHECKING:
    import httpx

# LiteLLM's text for an answer that it could not read; it gives these a status of 400 or 422 that no server sent.
_ENDED_EARLY = "Stream ended before a finish_reason"  # LiteLLM 1.109 and later; older versions report "stop"
_UNREADABLE = ("Error converting to valid response block", "Got unexpected response from")
_NO_TURN = "requires at least one non-system message"  # LiteLLM's words, for Anthropic and Bedrock; nothing is sent
_KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_MISSING_KEY = re.compile(r"missing \w+ api[ _]key", re.IGNORECASE)


def chat_error_from(
    error: Exception, context: ErrorContext, partial: AssistantMessage | None = None, usage: Usage | None = None
) -> ChatError:
    """Return *error* as a `ChatError`, to be raised outside the ``except``. *partial* None: no answer had begun."""
    chain = tuple(exception_chain(error, "original_exception"))  # in which LiteLLM keeps one link
    if not isinstance(error, ChatError):
        context = attrs.evolve(context, secrets=(*context.secrets, *sent_keys(chain)))
    translate = bind(_translate, context, began=partial is not None)
    return as_chat_error(error, context, translate, chain=chain, partial=partial, usage=usage)


def is_missing_key(text: str) -> bool:
    """Return whether *text* is LiteLLM's own complaint about a missing key; no request was sent."""
    return _MISSING_KEY.search(text) is not None


def _translate(context: ErrorContext, chain: Chain, *, began: bool) -> ChatError:
    import httpx

    for link in reversed(chain):
        if isinstance(link, httpx.HTTPStatusError):
            response = link.response
            return error_from_response(response.status_code, dict(response.headers), _body(response), context)
    if _NO_TURN in str(chain[0]):
        return UnsupportedFeatureError(feature="messages: none beside system messages")
    error_class = _error_class(chain, began=began)
    if error_class is UnsupportedFeatureError:
        return UnsupportedFeatureError(feature="settings", detail=str(chain[0]))
    return error_class(detail=str(chain[0]))


def sent_keys(chain: Chain) -> Iterator[str]:
    """Yield the keys in the requests that the exceptions reference: LiteLLM may have read one from the environment."""
    import httpx

    for error in chain:
        request = vars(error).get("request") or vars(error).get("_request")
        if isinstance(request, httpx.Request):
            values = (request.headers.get(name, "") for name in _KEY_HEADERS)
            yield from (value.rpartition(" ")[2] for value in values)  # without "Bearer"


def _body(response: httpx.Response) -> str:
    import httpx

    try:
        return response.content[:MAX_ERROR].decode(errors="replace")  # the declared charset may be invalid
    except httpx.StreamError:  # the body was not read before the connection was closed
        return ""


def _error_class(chain: Chain, *, began: bool) -> type[ChatError]:
    import httpx
    import openai

    if has_link(chain, litellm().UnsupportedParamsError):
        return UnsupportedFeatureError
    if has_link(chain, TimeoutError, httpx.TimeoutException, openai.APITimeoutError):
        return ChatTimeoutError
    if has_link(chain, ssl.SSLCertVerificationError):
        return CertificateError
    if has_link(chain, httpx.ConnectError):
        return ConnectionFailedError
    if has_link(chain, httpx.TransportError):
        return StreamInterruptedError if began or _in_body(chain) else ConnectionFailedError
    if has_link(chain, openai.AuthenticationError) or any(type(link) is openai.OpenAIError for link in chain):
        return AuthenticationError  # no request was sent: there is no key
    return _class_by_text(chain, began=began)


def _class_by_text(chain: Chain, *, began: bool) -> type[ChatError]:
    import openai

    text = str(chain[0])
    for link in chain:
        if type(link) is openai.APIError:  # an error event; subclasses of the SDK and of LiteLLM mean something else
            return class_for_payload(error_code(link.code, link.type), link.message)
        if began and _is_event(link):
            return error_class_for_response(HTTPStatus.INTERNAL_SERVER_ERROR, "")  # LiteLLM keeps only its message
    if began and _ENDED_EARLY in text:
        return StreamInterruptedError
    if any(phrase in text for phrase in _UNREADABLE):
        return ServerError if "{'error':" in text else BadResponseError
    if is_missing_key(text):
        return AuthenticationError
    status = getattr(chain[0], "status_code", None)
    if (
        isinstance(status, int)
        and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        and not _is_part_of_a_number(status, text)
    ):
        return error_class_for_response(status, text)
    return BadResponseError


def _is_part_of_a_number(status: int, text: str) -> bool:
    """Return whether *status* stands in *text* only within other numbers, as 403 in ``18.403 s``.

    LiteLLM searches the texts of some providers' errors for statuses.
    """
    return str(status) in text and re.search(rf"(?<![\d.]){status}(?!\.?\d)", text) is None


def _is_event(link: BaseException) -> bool:
    """Return whether LiteLLM raised *link* for an error event, as it does for Anthropic: its own class, a status."""
    import openai

    has_status = isinstance(getattr(link, "status_code", None), int) and not isinstance(link, openai.APIError)
    return has_status and link.__cause__ is None and link.__context__ is None


def _in_body(chain: Chain) -> bool:
    """Return whether the transport failed while it read the body; httpcore shows this only by the failing frame."""
    import aiohttp

    frames = (frame for link in chain for frame, _ in traceback.walk_tb(link.__traceback__))
    return has_link(chain, aiohttp.ClientPayloadError) or any(
        frame.f_code.co_name == "_receive_response_body" for frame in frames
    )
