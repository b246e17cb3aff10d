"""Async HTTP over an aiohttp session."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from functools import lru_cache
from io import BytesIO

import aiohttp
import attrs
import yarl

from llm_core.wires.http_request import HTTPRequest

from .http_types import AsyncHTTPResponse
from .urls import parse_url

_LARGE_BODY = 2**20  # bytes; aiohttp warns about a larger body unless it can send it in parts


@attrs.frozen(eq=False, repr=False)
class AiohttpResponse:
    """An `AsyncHTTPResponse` of aiohttp."""

    response: aiohttp.ClientResponse = attrs.field(repr=False)  # its repr shows the query of its URL
    _closed: asyncio.Future[None] | None = None  # done when the connection is closed

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names may be in any case."""
        return self.response.headers

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.content.iter_any()

    async def aclose(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end."""
        if self._closed is not None:
            self._closed.remove_done_callback(self.interrupt)
        if self.response.content.at_eof():
            self.response.release()
        else:
            self.response.close()

    def detect_disconnect(self) -> None:
        """End the body when its connection closes: aiohttp waits forever if that happens within malformed chunks."""
        if self._closed is not None:
            self._closed.remove_done_callback(_retrieve_exception)
            self._closed.add_done_callback(_retrieve_exception)  # once per connection, which may serve many calls
            self._closed.add_done_callback(self.interrupt)

    def interrupt(self, _: asyncio.Future[None]) -> None:
        """Raise in the reader of a body that can have no end."""
        content = self.response.content
        if not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError("the connection was closed within the body"))


def _retrieve_exception(closed: asyncio.Future[None]) -> None:
    """Retrieve the error of a lost connection; asyncio logs errors that are never retrieved."""
    with suppress(asyncio.CancelledError):
        closed.exception()


def _closed_future(response: aiohttp.ClientResponse) -> asyncio.Future[None] | None:
    connection = response.connection
    protocol = None if connection is None else connection.protocol
    return None if protocol is None else protocol.closed


async def send_with_aiohttp(
    session: aiohttp.ClientSession, request: HTTPRequest, proxy: str | None, certificates: ssl.SSLContext | None
) -> AsyncHTTPResponse:
    """Send *request*, and return the response once its head has been read; the caller keeps the deadline."""
    received = await session.post(  # URL and body are in no local while it waits: both may hold a key
        _url(request.url),
        data=_data(request.content),
        headers=request.headers,
        allow_redirects=False,
        proxy=proxy,
        ssl=True if certificates is None else certificates,
    )
    if received.content.is_eof():  # all of the body has arrived with the head
        return AiohttpResponse(received)
    response = AiohttpResponse(received, _closed_future(received))
    response.detect_disconnect()
    return response


def _data(content: bytes) -> bytes | BytesIO:
    return content if len(content) <= _LARGE_BODY else BytesIO(content)


@lru_cache(maxsize=256)
def _url(url: str) -> yarl.URL:
    return yarl.URL(parse_url(url).text, encoded=True)
