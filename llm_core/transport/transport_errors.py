"""What went wrong below HTTP, as our kinds."""

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
    """Return the kind of an error and all that it came from. *answering*: the head of an answer was there."""
    import aiohttp

    if _any(chain, TimeoutError, httpcore.TimeoutException, httpx.TimeoutException):
        return ChatTimeoutError
    if _any(chain, ssl.SSLCertVerificationError):
        return CertificateError
    if _any(chain, *_NEVER_SENT, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
        return InvalidRequestError
    if _any(chain, aiohttp.ClientHttpProxyError):  # refused by the proxy: no answer of the provider's
        return ConnectionFailedError
    if _any(chain, httpx.DecodingError, aiohttp.ClientResponseError):
        return BadResponseError
    if not answering and any(type(link).__module__.startswith("h11.") for link in chain):
        return BadResponseError  # no HTTP, or too much of it; httpcore has one class for that and for hanging up
    if _any(chain, *_BROKEN, aiohttp.ClientError, aiohttp.http.HttpProcessingError, OSError):
        return StreamInterruptedError if answering else ConnectionFailedError
    return BadResponseError if answering else InvalidRequestError  # which LiteLLM could not write


def _any(chain: Sequence[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(link, kinds) for link in chain)
