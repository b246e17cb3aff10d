"""HTTP over an httpx client that the caller passed in."""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping

import attrs
import httpx

from llm_core.wires.http_request import HTTPRequest

from .deadline import Deadline
from .http_types import AsyncHTTPResponse, HTTPResponse
from .log_levels import limit_log_levels
from .urls import parse_url

# Below these levels they log URLs, response headers and malformed answers.
limit_log_levels({"httpcore": logging.INFO, "httpx": logging.WARNING})


@attrs.frozen
class ClientResponse:
    """An `HTTPResponse` of an httpx client."""

    response: httpx.Response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names may be in any case."""
        return self.response.headers

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.iter_bytes()

    def close(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end."""
        self.response.close()


def send_with_client(client: httpx.Client, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
    """Send *request*, and return the response once its head has been read; httpx limits each read, not their sum."""
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), deadline.seconds)
    return ClientResponse(client.send(_httpx_request(request, timeouts), stream=True, follow_redirects=False))


@attrs.frozen
class AsyncClientResponse:
    """An `AsyncHTTPResponse` of an httpx client."""

    response: httpx.Response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names may be in any case."""
        return self.response.headers

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.aiter_bytes()

    async def aclose(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end."""
        await self.response.aclose()


async def asend_with_client(client: httpx.AsyncClient, request: HTTPRequest) -> AsyncHTTPResponse:
    """Send *request*, and return the response once its head has been read; the caller keeps the deadline."""
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"))
    return AsyncClientResponse(
        await client.send(_httpx_request(request, timeouts), stream=True, follow_redirects=False)
    )


def _httpx_request(request: HTTPRequest, timeouts: Mapping[str, object]) -> httpx.Request:
    return httpx.Request(
        "POST",
        parse_url(request.url).text,
        headers=request.headers,
        content=request.content,
        extensions={"timeout": timeouts},
    )
