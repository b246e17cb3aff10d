"""One request and its reply, by httpx or by aiohttp; neither follows a redirect, and neither asks twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

import attrs
import httpcore
import httpx

from .deadline import Deadline

if TYPE_CHECKING:
    import aiohttp


@attrs.frozen(kw_only=True)
class Outgoing:
    """What is sent, by POST."""

    url: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)


class AsyncReply(Protocol):
    """What came back; the body is read from `chunks`, once."""

    @property
    def status(self) -> int:
        """As HTTP has it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""

    async def aclose(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""


class Reply(Protocol):
    """The same for threads."""

    @property
    def status(self) -> int:
        """As HTTP has it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case, or in any."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""


@attrs.frozen
class PooledReply:
    """The reply of httpcore, which httpx stands on."""

    response: httpcore.Response
    headers: Mapping[str, str]

    @property
    def status(self) -> int:
        """As HTTP has it."""
        return self.response.status

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.iter_stream()

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        self.response.close()


def ask(pool: httpcore.ConnectionPool, outgoing: Outgoing, deadline: Deadline) -> Reply:
    """Return the reply, its head read by the *deadline*."""
    limits = {"connect": deadline, "read": deadline, "write": deadline, "pool": deadline.seconds}
    url = url_of(outgoing.url)
    told = {**outgoing.headers, "Host": url.host_header, "Content-Length": str(len(outgoing.content))}
    response = pool.handle_request(
        httpcore.Request(
            b"POST",
            url.url,
            headers=[(name.encode(), value.encode()) for name, value in told.items()],
            content=outgoing.content,
            extensions={"timeout": limits},
        )
    )
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    return PooledReply(response, headers)


@attrs.frozen
class Address:
    """Where a URL leads, taken apart once."""

    url: httpcore.URL
    host_header: str


@lru_cache(maxsize=256)
def url_of(url: str) -> Address:
    """Return *url* taken apart; httpx's InvalidURL for what is none."""
    told = httpx.URL(url)
    if told.scheme not in ("http", "https") or not told.host:
        raise httpx.UnsupportedProtocol("api_base must begin with http:// or https://")
    parts = httpcore.URL(scheme=told.raw_scheme, host=told.raw_host, port=told.port, target=told.raw_path)
    return Address(parts, told.netloc.decode())


@attrs.frozen
class HttpxBlockingReply:
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


def ask_blocking_httpx(client: httpx.Client, outgoing: Outgoing, deadline: Deadline) -> Reply:
    """Return the reply, its head read; httpx bounds each read, not all of them."""
    limits = dict.fromkeys(("connect", "read", "write", "pool"), deadline.seconds)
    return HttpxBlockingReply(client.send(_request(outgoing, limits), stream=True, follow_redirects=False))


@attrs.frozen
class HttpxReply:
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


async def ask_httpx(client: httpx.AsyncClient, outgoing: Outgoing) -> AsyncReply:
    """Return the reply, its head read; whoever awaits it keeps the time."""
    request = _request(outgoing, dict.fromkeys(("connect", "read", "write", "pool")))
    return HttpxReply(await client.send(request, stream=True, follow_redirects=False))


def _request(outgoing: Outgoing, limits: Mapping[str, object]) -> httpx.Request:
    return httpx.Request(
        "POST", outgoing.url, headers=outgoing.headers, content=outgoing.content, extensions={"timeout": limits}
    )


@attrs.frozen
class AiohttpReply:
    """The reply of aiohttp, which takes half the time of httpx and more."""

    response: aiohttp.ClientResponse

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
        if self.response.content.at_eof():
            self.response.release()
        else:
            self.response.close()


async def ask_aiohttp(session: aiohttp.ClientSession, outgoing: Outgoing, proxy: str | None) -> AsyncReply:
    """Return the reply, its head read; whoever awaits it keeps the time."""
    import yarl

    url = yarl.URL(outgoing.url, encoded=True)
    request = session.post(url, data=outgoing.content, headers=outgoing.headers, allow_redirects=False, proxy=proxy)
    return AiohttpReply(await request)


def is_answer(status: int) -> bool:
    """Return whether *status* says that an answer follows: a redirect is none."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
