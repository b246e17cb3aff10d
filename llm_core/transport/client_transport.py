"""One exchange over a client of httpx's that was handed in."""

from collections.abc import AsyncIterator, Iterator, Mapping

import attrs
import httpx

from .deadline import Deadline
from .http_types import AsyncHTTPResponse, HTTPRequest, HTTPResponse


@attrs.frozen
class ClientResponse:
    """The reply of a client of httpx's that was handed in."""

    response: httpx.Response

    @property
    def status(self) -> int:
        """As HTTP has it."""
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""
        return self.response.headers

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.iter_bytes()

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        self.response.close()


def send_with_client(client: httpx.Client, outgoing: HTTPRequest, deadline: Deadline) -> HTTPResponse:
    """Return the reply, its head read; httpx bounds each read, not all of them."""
    limits = dict.fromkeys(("connect", "read", "write", "pool"), deadline.seconds)
    return ClientResponse(client.send(_request(outgoing, limits), stream=True, follow_redirects=False))


@attrs.frozen
class AsyncClientResponse:
    """The reply of a client of httpx's that was handed in."""

    response: httpx.Response

    @property
    def status(self) -> int:
        """As HTTP has it."""
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""
        return self.response.headers

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.aiter_bytes()

    async def aclose(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        await self.response.aclose()


async def asend_with_client(client: httpx.AsyncClient, outgoing: HTTPRequest) -> AsyncHTTPResponse:
    """Return the reply, its head read; whoever awaits it keeps the time."""
    request = _request(outgoing, dict.fromkeys(("connect", "read", "write", "pool")))
    return AsyncClientResponse(await client.send(request, stream=True, follow_redirects=False))


def _request(outgoing: HTTPRequest, limits: Mapping[str, object]) -> httpx.Request:
    return httpx.Request(
        "POST", outgoing.url, headers=outgoing.headers, content=outgoing.content, extensions={"timeout": limits}
    )
