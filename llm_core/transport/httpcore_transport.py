"""Sync HTTP over a pool of httpcore2 connections, the layer beneath httpx2: no cookies, hooks or redirects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs
import httpcore2

from llm_core.domain.errors import BadResponseError
from llm_core.wires.http_request import HTTPRequest

from .connection_pool import ConnectionPool, PooledResponse
from .deadline import Deadline
from .http_types import HTTPResponse
from .open_call import OpenCall
from .response_head import MAX_HEAD, head_size
from .urls import parse_url


@attrs.frozen(eq=False, repr=False)
class HttpcoreResponse:
    """An `HTTPResponse` of httpcore2."""

    pooled: PooledResponse = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.pooled.response.status

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        return self.pooled.chunks()

    def close(self) -> None:
        """Return the connection to the pool; close it if the body was not read to its end, or bytes came behind it."""
        self.pooled.close()


def send_with_httpcore(pool: ConnectionPool, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
    """Send *request*, and return the response once its head has been read, before *deadline*."""
    pooled = pool.send(
        _httpcore_request(request, deadline), deadline.call or OpenCall()
    )  # the headers are in no local while Ctrl-C may come
    received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pooled.response.headers}
    if head_size(pooled.response.headers) > MAX_HEAD:
        pooled.close()
        raise BadResponseError(detail=f"a head of more than {MAX_HEAD} bytes")
    return HttpcoreResponse(pooled, received)


def _httpcore_request(request: HTTPRequest, deadline: Deadline) -> httpcore2.Request:
    timeouts = {"connect": deadline, "read": deadline, "write": deadline, "pool": deadline.seconds}
    url = parse_url(request.url)
    headers = {**request.headers, "Host": url.authority, "Content-Length": str(len(request.content))}
    return httpcore2.Request(
        b"POST",
        httpcore2.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.target),
        headers=[(name.encode(), value.encode()) for name, value in headers.items()],
        content=request.content,
        extensions={"timeout": timeouts},
    )
