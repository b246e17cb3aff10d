"""From an exception of an HTTP client to an error class; one table for our own transport, httpx and httpx2."""

import ssl
import sys
from collections.abc import Iterator, Sequence

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

from .response_head import MalformedResponseError

_TIMED_OUT = ("httpx.TimeoutException", "httpx2.TimeoutException")
_NEVER_SENT = (
    *("httpx.LocalProtocolError", "httpx.UnsupportedProtocol", "httpx.InvalidURL"),
    *("httpx2.LocalProtocolError", "httpx2.UnsupportedProtocol", "httpx2.InvalidURL"),
)
_UNREADABLE = ("httpx.DecodingError", "httpx2.DecodingError")
_BROKEN = ("httpx.TransportError", "httpx2.TransportError")


def class_for_exception(chain: Sequence[BaseException], *, answering: bool) -> type[ChatError]:
    """Return the error class for an exception and its causes; *answering*: the head of an answer was read."""
    if has_link(chain, TimeoutError, *_loaded(*_TIMED_OUT)):
        return ChatTimeoutError
    if has_link(chain, ssl.SSLCertVerificationError):
        return CertificateError
    if has_link(chain, *_loaded(*_NEVER_SENT)):
        return InvalidRequestError
    if has_link(chain, *_loaded(*_UNREADABLE)):
        return BadResponseError
    if has_link(chain, MalformedResponseError):
        return BadResponseError
    if not answering and any(type(link).__module__.startswith("h11.") for link in chain):
        return BadResponseError  # malformed or oversized HTTP; httpx has one class for this and for a disconnect
    if has_link(chain, OSError, *_loaded(*_BROKEN)):
        return StreamInterruptedError if answering else ConnectionFailedError
    return BadResponseError if answering else InvalidRequestError  # it could not be encoded


def _loaded(*paths: str) -> Iterator[type[BaseException]]:
    """Yield those of the classes whose library is imported: no other library can have raised an exception.

    A library that another thread is importing may lack them yet.
    """
    for path in paths:
        module, _, name = path.rpartition(".")
        if isinstance(found := getattr(sys.modules.get(module), name, None), type):
            yield found
