"""One sync connection over HTTP/1.1: it sends a request, and reads the response with `ResponseParser`.

The bytes of a request are those of async connections too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs

from llm_core.domain.errors import InvalidRequestError
from llm_core.wires.http_request import HTTPRequest

from .deadline import Deadline
from .http_types import KEEPALIVE
from .open_call import AbortedError
from .response_head import ResponseHead
from .response_parser import ResponseParser
from .socket_stream import SocketStream, UnsentError
from .urls import ParsedURL

_READ = 2**16  # bytes
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # a token, by RFC 9110
_VALUE = re.compile(r"[^\x00\r\n]*")
ProxyHeaders: TypeAlias = tuple[tuple[str, str], ...]


class BrokenResponseError(ConnectionError):
    """The connection ended before the response was whole, or its body is malformed."""


@attrs.define(eq=False, repr=False)
class HTTPConnection:
    """A connection that serves one request at a time."""

    stream: SocketStream
    proxy_headers: ProxyHeaders | None = attrs.field(default=None, repr=False)
    """What each request carries for a proxy that forwards it; None without such a proxy."""
    _parser: ResponseParser = attrs.field(factory=ResponseParser, init=False, repr=False)
    _first: bytes = attrs.field(default=b"", init=False, repr=False)  # of the body, which came with the head
    _is_sent: bool = attrs.field(default=False, init=False)  # the whole request
    _is_read: bool = attrs.field(default=False, init=False)  # the whole response; not after an interrupt
    _idle_until: float = attrs.field(default=0.0, init=False)

    def send(self, request: memoryview, deadline: Deadline) -> ResponseHead:
        """Send *request*, and return the head of the response, once it has been read.

        Raises:
            UnsentError: the server had closed the connection, which served another request before.
            OSError: the connection broke before the head was whole; TimeoutError and AbortedError among them.
            MalformedResponseError: the head is malformed.
        """
        self._parser, self._is_sent, self._is_read = ResponseParser(), False, False
        if deadline.call is not None:
            deadline.call.attach(self.stream.below)  # another thread may shut it down
        try:
            self.stream.write(request, deadline)
            self._is_sent = True
        except (UnsentError, TimeoutError, AbortedError):
            raise
        except OSError:
            pass  # a server may answer, as with 413, and then not read the rest
        while (head := self._parser.head) is None:
            self._first = self._read(deadline)
        return head

    def chunks(self, deadline: Deadline) -> Iterator[bytes]:
        """Yield the body as it arrives. Raises OSError as `send` does."""
        if self._first:
            yield self._first
        while not self._parser.done:
            if data := self._read(deadline):
                yield data
        if self._parser.failure:
            raise BrokenResponseError(self._parser.failure)
        self._is_read = True

    @property
    def is_reusable(self) -> bool:
        """Whether the response was read to its end, and another request can follow."""
        parser, head = self._parser, self._parser.head
        return self._is_sent and self._is_read and not parser.surplus and head is not None and head.keeps_alive

    def rest(self) -> None:
        """Begin to be idle."""
        self._idle_until = time.monotonic() + KEEPALIVE

    @property
    def has_expired(self) -> bool:
        """Whether the idle connection was closed by the server, holds bytes that nothing asked for, or is too old."""
        return time.monotonic() > self._idle_until or self.stream.is_readable

    def close(self) -> None:
        """Close."""
        self.stream.close()

    def _read(self, deadline: Deadline) -> bytes:
        received = self.stream.read(_READ, deadline)
        if received:
            return self._parser.feed(received)
        self._parser.feed_eof()
        if self._parser.head is None:
            raise BrokenResponseError("the server closed the connection without a response")
        return b""


def request_bytes(request: HTTPRequest, url: ParsedURL, proxy_headers: ProxyHeaders | None) -> memoryview:
    """Return *request* to *url* as it is sent: a memoryview, which a traceback does not show, since it holds the key.

    *proxy_headers* are those for a proxy that forwards it; None without such a proxy.

    Raises:
        InvalidRequestError: a header cannot be sent, as one with a line break.
    """
    target = url.target if proxy_headers is None else url.text
    length = ("Content-Length", str(len(request.content)))
    headers = (("Host", url.authority), *request.headers.items(), length, *(proxy_headers or ()))
    return memoryview(request_head(f"POST {target}", headers) + request.content)


def request_head(line: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """Return the head of a request.

    Raises:
        InvalidRequestError: a header cannot be sent, as one with a line break.
    """
    for name, value in headers:
        if _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
            raise InvalidRequestError(detail=f"the header {name[:100]!r} cannot be sent")
    # The fields are in no local: it would show the key.
    return b"%b HTTP/1.1\r\n%b\r\n" % (
        line.encode(),
        b"".join([b"%b: %b\r\n" % (name.encode(), value.encode()) for name, value in headers]),
    )
