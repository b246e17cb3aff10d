"""Async HTTP over an aiohttp session."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from functools import lru_cache
from io import BytesIO

import aiohttp
import attrs
import yarl

from llm_core.wires.http_request import HTTPRequest

from .aiohttp_parser import BodyChunks
from .aiohttp_protocol import CheckedRequest, StrictConnector, UnsentRequestError
from .async_lookups import DaemonResolver
from .http_types import AsyncHTTPResponse
from .urls import parse_url

_LARGE_BODY = 2**20  # bytes; aiohttp warns about a larger body unless it can send it in parts


@attrs.frozen(eq=False, repr=False)
class AiohttpResponse:
    """An `AsyncHTTPResponse` of aiohttp."""

    response: aiohttp.ClientResponse = attrs.field(repr=False)  # its repr shows the query of its URL

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
        return BodyChunks(self.response.content)

    async def aclose(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end."""
        if self.response.content.at_eof():
            self.response.release()
        else:
            self.response.close()


def new_session(keepalive: float) -> aiohttp.ClientSession:
    """Return a session for the running event loop that keeps idle connections for *keepalive* seconds."""
    return aiohttp.ClientSession(
        connector=StrictConnector(keepalive_timeout=keepalive, resolver=DaemonResolver()),
        request_class=CheckedRequest,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # compression is not requested: a small body could expand to a huge one
        timeout=aiohttp.ClientTimeout(total=None),
    )


async def send_with_aiohttp(
    session: aiohttp.ClientSession, request: HTTPRequest, proxy: str | None, certificates: ssl.SSLContext | None
) -> AsyncHTTPResponse:
    """Send *request*, and return the response once its head has been read; the caller keeps the deadline."""
    while True:
        with suppress(UnsentRequestError):  # each closes an idle connection, of which there are only so many
            return AiohttpResponse(
                await session.post(  # URL and body are in no local while it waits: both may hold a key
                    _url(request.url),
                    data=_data(request.content),
                    headers=request.headers,
                    allow_redirects=False,
                    proxy=proxy,
                    ssl=True if certificates is None else certificates,
                )
            )


def _data(content: bytes) -> bytes | BytesIO:
    return content if len(content) <= _LARGE_BODY else BytesIO(content)


@lru_cache(maxsize=256)
def _url(url: str) -> yarl.URL:
    return yarl.URL(parse_url(url).text, encoded=True)
