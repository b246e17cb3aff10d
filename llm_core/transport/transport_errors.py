"""From an exception of an HTTP client to an error class; one table for httpcore, httpx and aiohttp."""

import ssl
from collections.abc import Sequence

import httpcore
import httpx

from llm_core.domain.errors import (
    BadResponseError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    InvalidRequestError,
    StreamInterruptedError,
)
from llm_core.domain.provider_fault import has_link

_NEVER_SENT = (httpcore.LocalProtocolError, httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL)
_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpx.TransportError)


def class_for_exception(chain: Sequence[BaseException], *, answering: bool) -> type[ChatError]:
    """Return the error class for an exception and its causes; *answering*: the head of an answer was read."""
    import aiohttp

    if has_link(chain, TimeoutError, httpcore.TimeoutException, httpx.TimeoutException):
        return ChatTimeoutError
    if has_link(chain, ssl.SSLCertVerificationError):
        return CertificateError
    if has_link(chain, *_NEVER_SENT, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
        return InvalidRequestError
    if has_link(chain, aiohttp.ClientHttpProxyError):  # the proxy refused; the provider did not answer
        return ConnectionFailedError
    if has_link(chain, httpx.DecodingError, aiohttp.ClientResponseError):
        return BadResponseError
    if not answering and any(type(link).__module__.startswith("h11.") for link in chain):
        return BadResponseError  # malformed or oversized HTTP; httpcore has one class for this and for a disconnect
    if has_link(chain, *_BROKEN, aiohttp.ClientError, aiohttp.http.HttpProcessingError, OSError):
        return StreamInterruptedError if answering else ConnectionFailedError
    return BadResponseError if answering else InvalidRequestError  # it could not be encoded
