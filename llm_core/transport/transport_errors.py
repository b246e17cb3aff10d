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

_NEVER_SENT = (httpcore.LocalProtocolError, httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL)
_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpx.TransportError)


def class_for_exception(chain: Sequence[BaseException], *, answering: bool) -> type[ChatError]:
    """Return the error class for an exception and its causes; *answering*: the head of an answer was read."""
    import aiohttp

    if _any(chain, TimeoutError, httpcore.TimeoutException, httpx.TimeoutException):
        return ChatTimeoutError
    if _any(chain, ssl.SSLCertVerificationError):
        return CertificateError
    if _any(chain, *_NEVER_SENT, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
        return InvalidRequestError
    if _any(chain, aiohttp.ClientHttpProxyError):  # the proxy refused; the provider did not answer
        return ConnectionFailedError
    if _any(chain, httpx.DecodingError, aiohttp.ClientResponseError):
        return BadResponseError
    if not answering and any(type(link).__module__.startswith("h11.") for link in chain):
        return BadResponseError  # malformed or oversized HTTP; httpcore has one class for this and for a disconnect
    if _any(chain, *_BROKEN, aiohttp.ClientError, aiohttp.http.HttpProcessingError, OSError):
        return StreamInterruptedError if answering else ConnectionFailedError
    return BadResponseError if answering else InvalidRequestError  # it could not be encoded


def _any(chain: Sequence[BaseException], *classes: type[BaseException]) -> bool:
    return any(isinstance(link, classes) for link in chain)
