"""One exchange for a task, over a session of aiohttp's."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from io import BytesIO

import aiohttp
import attrs
import yarl

from .http_types import AsyncHTTPResponse, HTTPRequest

_LARGE = 2**20  # bytes; beyond that aiohttp warns of a body that it cannot send piece by piece


@attrs.frozen
class AiohttpResponse:
    """The reply of aiohttp."""

    response: aiohttp.ClientResponse
    _closed: asyncio.Future[None] | None = None  # when the connection is

    @property
    def status(self) -> int:
        """As HTTP has it."""
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""
        return self.response.headers

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.content.iter_any()

    async def aclose(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        if self._closed is not None:
            self._closed.remove_done_callback(self.interrupt)
        if self.response.content.at_eof():
            self.response.release()
        else:
            self.response.close()

    def detect_disconnect(self) -> None:
        """Let nobody wait for a body whose connection is closed, which aiohttp does where its chunks are broken."""
        if self._closed is not None:
            self._closed.remove_done_callback(_take)
            self._closed.add_done_callback(_take)  # once for each connection, which may serve many calls
            self._closed.add_done_callback(self.interrupt)

    def interrupt(self, _: asyncio.Future[None]) -> None:
        """End the reading of a body that will have no end."""
        content = self.response.content
        if not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError("the connection was closed within the body"))


def _take(closed: asyncio.Future[None]) -> None:
    """Take the error of a connection that was lost, or asyncio logs that nobody did."""
    with suppress(asyncio.CancelledError):
        closed.exception()


def _closed_of(response: aiohttp.ClientResponse) -> asyncio.Future[None] | None:
    connection = response.connection
    protocol = None if connection is None else connection.protocol
    return None if protocol is None else protocol.closed


async def send_with_aiohttp(
    session: aiohttp.ClientSession, outgoing: HTTPRequest, proxy: str | None
) -> AsyncHTTPResponse:
    """Return the reply, its head read; whoever awaits it keeps the time."""
    url = yarl.URL(outgoing.url, encoded=True)
    data = outgoing.content if len(outgoing.content) <= _LARGE else BytesIO(outgoing.content)
    response = await session.post(url, data=data, headers=outgoing.headers, allow_redirects=False, proxy=proxy)
    reply = AiohttpResponse(response, _closed_of(response))
    reply.detect_disconnect()
    return reply
