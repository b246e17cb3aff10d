"""Sync HTTP over a pool of httpcore2 connections, the layer beneath httpx2: no cookies, hooks or redirects."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

import attrs
import httpcore2

from llm_core.domain.errors import BadResponseError
from llm_core.wires.http_request import HTTPRequest

from .deadline import Deadline
from .deadline_backend import DeadlineBackend
from .http_types import HTTPResponse
from .log_levels import limit_log_levels
from .response_parser import MAX_HEAD, head_size
from .surplus import has_surplus
from .urls import parse_url

if TYPE_CHECKING:
    import ssl

limit_log_levels({"httpcore2": logging.INFO})  # below, it logs response headers and malformed answers
_KEEPALIVE = 30.0  # seconds that an idle connection is kept: most servers keep theirs longer


@attrs.frozen(eq=False, repr=False)
class HttpcoreResponse:
    """An `HTTPResponse` of httpcore2."""

    response: httpcore2.Response
    headers: Mapping[str, str] = attrs.field(repr=False)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.iter_stream()

    def close(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end, or bytes came behind it."""
        if has_surplus(self.response.stream):
            self.response.extensions["network_stream"].close()  # first: another thread may take it from the pool
        self.response.close()


def new_pool(proxy: str | None, certificates: ssl.SSLContext | None) -> httpcore2.ConnectionPool:
    """Return an empty pool; *certificates* None: it is never used for TLS."""
    return httpcore2.ConnectionPool(
        ssl_context=certificates,
        proxy=None if proxy is None else _proxy(proxy),
        max_connections=None,  # the caller decides how many calls run at once
        keepalive_expiry=_KEEPALIVE,
        network_backend=cast(httpcore2.NetworkBackend, DeadlineBackend()),
    )


def send_with_httpcore(pool: httpcore2.ConnectionPool, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
    """Send *request*, and return the response once its head has been read, before *deadline*."""
    response = pool.handle_request(
        _httpcore_request(request, deadline)
    )  # the headers are in no local while Ctrl-C may come
    received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    if head_size(response.headers) > MAX_HEAD:
        response.close()
        raise BadResponseError(detail=f"a head of more than {MAX_HEAD} bytes")
    return HttpcoreResponse(response, received)


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


def _proxy(url: str) -> httpcore2.Proxy:
    """Return the proxy in httpcore2's form, which takes user and password apart from the URL."""
    parsed = parse_url(url)
    return httpcore2.Proxy(
        httpcore2.URL(scheme=parsed.scheme, host=parsed.host, port=parsed.port, target="/"), auth=parsed.login
    )
