"""One exchange for a thread, over a pool of httpcore's, which httpx stands on: without its cookies, hooks and URLs."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

import attrs
import httpcore
import httpx

from .deadline import Deadline
from .http_types import HTTPRequest, HTTPResponse
from .httpcore_pool import Pool


@attrs.frozen
class HttpcoreResponse:
    """The reply of httpcore, which httpx stands on."""

    response: httpcore.Response
    pool: Pool
    headers: Mapping[str, str] = attrs.field(repr=False)

    @property
    def status(self) -> int:
        """As HTTP has it."""
        return self.response.status

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        return self.pool.body(self.response)

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        self.pool.release(self.response)


def send_with_httpcore(pool: Pool, outgoing: HTTPRequest, deadline: Deadline) -> HTTPResponse:
    """Return the reply, its head read by the *deadline*."""
    limits = {"connect": deadline, "read": deadline, "write": deadline, "pool": deadline.seconds}
    url = parse_url(outgoing.url)
    told = {**outgoing.headers, "Host": url.host_header, "Content-Length": str(len(outgoing.content))}
    response = pool.send(
        httpcore.Request(
            b"POST",
            url.url,
            headers=[(name.encode(), value.encode()) for name, value in told.items()],
            content=outgoing.content,
            extensions={"timeout": limits},
        )
    )
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    return HttpcoreResponse(response, pool, headers)


@attrs.frozen
class ParsedURL:
    """Where a URL leads, taken apart once."""

    url: httpcore.URL
    host_header: str


@lru_cache(maxsize=256)
def parse_url(url: str) -> ParsedURL:
    """Return *url* taken apart; httpx's InvalidURL for what is none."""
    told = httpx.URL(url)
    if told.scheme not in ("http", "https") or not told.host:
        raise httpx.UnsupportedProtocol("api_base must begin with http:// or https://")
    parts = httpcore.URL(scheme=told.raw_scheme, host=told.raw_host, port=told.port, target=told.raw_path)
    return ParsedURL(parts, told.netloc.decode())
