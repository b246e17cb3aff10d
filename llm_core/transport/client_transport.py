"""HTTP over a client of httpx or httpx2 that the caller passed in."""

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from importlib import import_module
from typing import Protocol, runtime_checkable

import attrs

from llm_core.wires.http_request import HTTPRequest

from .deadline import Deadline
from .http_types import AsyncHTTPResponse, HTTPResponse
from .log_levels import limit_log_levels
from .surplus import has_surplus
from .urls import parse_url

# Below these levels they log URLs, response headers and malformed answers.
limit_log_levels(
    {"httpcore": logging.INFO, "httpcore2": logging.INFO, "httpx": logging.WARNING, "httpx2": logging.WARNING}
)
_LIBRARIES = ("httpx", "httpx2")  # the openai SDK brings httpx2, and derives its clients from those of httpx2


class SyncClient(Protocol):
    """An ``httpx.Client`` or ``httpx2.Client``."""

    @property
    def send(self) -> Callable[..., object]:
        """Send a request of the same library."""


class AsyncClient(Protocol):
    """An ``httpx.AsyncClient`` or ``httpx2.AsyncClient``."""

    @property
    def send(self) -> Callable[..., Awaitable[object]]:
        """Send a request of the same library."""


@runtime_checkable
class _NetworkStream(Protocol):
    def get_extra_info(self, info: str, /) -> object: ...

    def close(self) -> None: ...


@runtime_checkable
class _AsyncNetworkStream(Protocol):
    async def aclose(self) -> None: ...


class ClientsResponse(Protocol):
    """A response of httpx or httpx2."""

    status_code: int
    is_stream_consumed: bool

    @property
    def extensions(self) -> Mapping[str, object]:
        """What else the transport reports."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""

    def iter_bytes(self) -> Iterator[bytes]:
        """Yield the body, decompressed."""

    def aiter_bytes(self) -> AsyncIterator[bytes]:
        """Yield the body, decompressed."""

    def iter_raw(self) -> Iterator[bytes]:
        """Yield the body as it was sent."""

    def aiter_raw(self) -> AsyncIterator[bytes]:
        """Yield the body as it was sent."""

    def close(self) -> None:
        """Close."""

    async def aclose(self) -> None:
        """Close."""


@attrs.frozen
class ClientResponse:
    """An `HTTPResponse` of a client."""

    response: ClientsResponse = attrs.field(repr=False)  # its repr shows the query of its URL

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names may be in any case."""
        return _headers_of(self.response)

    @property
    def socket(self) -> socket.socket | None:
        """The socket of its connection; None for a transport without one, and if other calls share it (HTTP/2)."""
        stream = self.response.extensions.get("network_stream")
        if not isinstance(stream, _NetworkStream) or self.response.extensions.get("http_version") == b"HTTP/2":
            return None
        found = stream.get_extra_info("socket")
        return found if isinstance(found, socket.socket) else None

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        # The client decompresses whole packets, of any size; a response that a hook has read is in memory already.
        return self.response.iter_bytes() if self.response.is_stream_consumed else self.response.iter_raw()

    def close(self) -> None:
        """Return the connection to the pool; close it if the body was not read to its end, or bytes came behind it."""
        stream = self.response.extensions.get("network_stream")
        if has_surplus(getattr(self.response, "stream", None)) and isinstance(stream, _NetworkStream):
            stream.close()
        self.response.close()


def send_with_client(client: SyncClient, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
    """Send *request*, and return the response once its head has been read, before *deadline*."""
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), deadline.seconds)

    def send() -> ClientResponse:
        response = client.send(_request_for(client, request, timeouts), stream=True, follow_redirects=False)
        return ClientResponse(_as_response(response))

    from .client_thread import send_in_thread  # most callers pass no client in

    return send_in_thread(send, deadline)


@attrs.frozen
class AsyncClientResponse:
    """An `AsyncHTTPResponse` of a client."""

    response: ClientsResponse = attrs.field(repr=False)  # its repr shows the query of its URL

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names may be in any case."""
        return _headers_of(self.response)

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.aiter_bytes() if self.response.is_stream_consumed else self.response.aiter_raw()

    async def aclose(self) -> None:
        """Return the connection to the pool; close it if the body was not read to its end, or bytes came behind it."""
        stream = self.response.extensions.get("network_stream")
        if has_surplus(getattr(self.response, "stream", None)) and isinstance(stream, _AsyncNetworkStream):
            await stream.aclose()
        await self.response.aclose()


async def asend_with_client(client: AsyncClient, request: HTTPRequest) -> AsyncHTTPResponse:
    """Send *request*, and return the response once its head has been read; the caller keeps the deadline."""
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"))
    response = await client.send(_request_for(client, request, timeouts), stream=True, follow_redirects=False)
    return AsyncClientResponse(_as_response(response))


def _headers_of(response: ClientsResponse) -> Mapping[str, str]:
    """Return the headers of *response*; a body that was read, and hence decompressed, has no content encoding."""
    if not response.is_stream_consumed:
        return response.headers
    return {name: value for name, value in response.headers.items() if name.lower() != "content-encoding"}


def _library_of(client: object) -> str:
    """Return the library of *client*: that of its class, or of a parent; httpx for a stand-in."""
    roots = (class_.__module__.partition(".")[0] for class_ in type(client).__mro__)
    return next((root for root in roots if root in _LIBRARIES), _LIBRARIES[0])


def _request_for(client: object, request: HTTPRequest, timeouts: Mapping[str, object]) -> object:
    library = import_module(_library_of(client))
    make: Callable[..., object] = library.Request
    url = parse_url(request.url).text
    return make("POST", url, headers=request.headers, content=request.content, extensions={"timeout": timeouts})


def _as_response(response: object) -> ClientsResponse:
    return response  # type: ignore[return-value]  # what `send` of both libraries returns
