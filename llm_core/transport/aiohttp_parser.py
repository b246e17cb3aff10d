"""Our `ResponseParser` in the place of aiohttp's, which is laxer, and loses the data before a malformed chunk."""

import asyncio
from typing import TypeAlias

import aiohttp
import attrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, HttpVersion, RawResponseMessage
from multidict import CIMultiDict, CIMultiDictProxy

from .response_head import MalformedResponseError, ResponseHead
from .response_parser import ResponseParser

MAX_BUFFERED = 2**18
"""Bytes of a body that wait for their reader; beyond, the connection is not read."""
_BAD_GATEWAY = 502  # the status that aiohttp's error has, which no answer had
_Messages: TypeAlias = "list[tuple[RawResponseMessage, aiohttp.StreamReader]]"


class ResponseBody(aiohttp.StreamReader):
    """The body of a response; one that breaks off ends, and has a `failure`, so that what arrived before is read."""

    failure: aiohttp.ClientPayloadError | None = None


@attrs.frozen
class BodyChunks:
    """Yields *body* as it arrives, and raises its failure at the end."""

    body: aiohttp.StreamReader

    def __aiter__(self) -> "BodyChunks":
        """Return itself."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes."""
        if data := await self.body.readany():
            return data
        if isinstance(self.body, ResponseBody) and self.body.failure is not None:
            raise self.body.failure
        raise StopAsyncIteration


class ParserFeed:
    """What aiohttp calls of a parser."""

    def __init__(self, protocol: ResponseHandler, loop: asyncio.AbstractEventLoop) -> None:
        """Read one response for *protocol*."""
        self._protocol, self._loop = protocol, loop
        self._parser = ResponseParser()
        self._body: ResponseBody | None = None

    def feed_data(self, data: bytes) -> tuple[_Messages, bool, bytes]:
        """Take bytes; return the response whose head they complete, that no protocol is switched, and no bytes."""
        if self._parser.done:
            self._close_for_surplus(data)
            return [], False, b""
        try:
            fed = self._parser.feed(bytes(data))
        except MalformedResponseError as error:
            raise HttpProcessingError(code=_BAD_GATEWAY, message=str(error)) from error
        messages = self._begin(self._parser.head) if self._body is None and self._parser.head is not None else []
        if self._body is not None:
            self._body.feed_data(fed, len(fed))
        self._end()
        return messages, False, b""

    def feed_eof(self) -> None:
        """Take the end of the connection."""
        self.reset("the connection was closed within the body")

    def reset(self, reason: str) -> None:
        """End a response that has not ended; *reason* is its failure."""
        if not self._parser.done:
            self._parser.feed_eof(reason)
            self._end()

    def pause_reading(self) -> None:
        """Do nothing: the parser is never far ahead, since the connection is not read while the body waits."""

    def _begin(self, head: ResponseHead) -> _Messages:
        self._body = ResponseBody(self._protocol, MAX_BUFFERED, loop=self._loop)
        return [(_message(head), self._body)]

    def _end(self) -> None:
        if self._body is None or not self._parser.done:
            return
        if self._parser.failure:
            self._body.failure = aiohttp.ClientPayloadError(self._parser.failure)
        if self._parser.failure or self._parser.surplus:
            self._protocol.force_close()
        self._body.feed_eof()

    def _close_for_surplus(self, data: bytes) -> None:
        if data:
            self._protocol.force_close()
            self._protocol.close()


def _message(head: ResponseHead) -> RawResponseMessage:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers]
    major, _, minor = head.version.decode().partition(".")
    return RawResponseMessage(
        version=HttpVersion(int(major), int(minor)),
        code=head.status,
        reason=head.reason.decode("latin-1"),
        headers=CIMultiDictProxy(CIMultiDict(headers)),
        raw_headers=tuple(head.headers),
        should_close=not head.keeps_alive,
        compression=None,
        upgrade=False,
        chunked=head.framing == "chunked",
    )
