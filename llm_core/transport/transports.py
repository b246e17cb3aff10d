"""The connections of one adapter: a pool for threads, one for each event loop, and none that outlives its process."""

from __future__ import annotations

import asyncio
import os
import ssl
import weakref
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.request import getproxies, proxy_bypass

import attrs
import httpcore
import httpx

from .client_transport import asend_with_client, send_with_client
from .deadline import Deadline, DeadlineBackend
from .http_types import AsyncHTTPResponse, HTTPRequest, HTTPResponse
from .httpcore_pool import Pool
from .httpcore_transport import send_with_httpcore

if TYPE_CHECKING:
    import aiohttp

_Pools: TypeAlias = "dict[tuple[int, str | None, bool], Pool]"  # by process, proxy, https or not

_IDLE = 30.0  # seconds that a connection is kept for the next call: most servers keep theirs longer


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()  # the system's; reading them takes longer than many a call


@attrs.define(eq=False)
class _LoopClient:
    """A session of aiohttp, which its own loop closes before it ends, if nobody has."""

    session: aiohttp.ClientSession
    keeper: AsyncGenerator[None, None] = attrs.field(init=False)

    async def open(self) -> None:
        self.keeper = self._keep()  # an event loop ends the generators that were begun in it
        await anext(self.keeper)

    async def _keep(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self.session.close()


@attrs.define(eq=False)
class Transports:
    """Where requests go out. What was handed in is used as it is, and closed by whoever handed it in."""

    client: httpx.Client | None = None
    async_client: httpx.AsyncClient | None = None
    _pools: _Pools = attrs.field(factory=dict)
    _loops: dict[tuple[int, asyncio.AbstractEventLoop], _LoopClient] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """See to it that what nobody holds any more is closed, at the end of the interpreter at the latest."""
        weakref.finalize(self, _close_own, self._pools)

    def send(self, outgoing: HTTPRequest, deadline: Deadline) -> HTTPResponse:
        """Send, and return the reply, its head read."""
        if self.client is not None:
            return send_with_client(self.client, outgoing, deadline)
        return send_with_httpcore(self._own_pool(outgoing.url), outgoing, deadline)

    async def asend(self, outgoing: HTTPRequest) -> AsyncHTTPResponse:
        """Send, and return the reply, its head read."""
        if self.async_client is not None:
            return await asend_with_client(self.async_client, outgoing)
        from .aiohttp_transport import send_with_aiohttp  # aiohttp takes its time, and threads do without

        own = await self._own_session()
        return await send_with_aiohttp(own.session, outgoing, proxy_of(outgoing.url))

    def close(self) -> None:
        """Close the pools of this process's threads."""
        _close_own(self._pools)

    async def aclose(self) -> None:
        """Close that, and the pool of the running loop."""
        self.close()
        own = self._loops.pop((os.getpid(), asyncio.get_running_loop()), None)
        if own is not None:
            await own.keeper.aclose()

    def _own_pool(self, url: str) -> Pool:
        proxy, is_secure = proxy_of(url), url.startswith("https:")
        place = (os.getpid(), proxy, is_secure)  # what a fork has copied is the parent's: it is kept, and never used
        pool = self._pools.get(place)
        if pool is None:  # without a lock, which a fork might copy locked; a pool that came too late holds nothing
            pool = self._pools.setdefault(place, _new_pool(proxy, is_secure=is_secure))
        return pool

    async def _own_session(self) -> _LoopClient:
        place = (os.getpid(), asyncio.get_running_loop())
        own = self._loops.get(place)
        if own is None or own.session.closed:
            for key in [key for key in list(self._loops) if key[1].is_closed()]:
                self._loops.pop(key, None)
            own = self._loops[place] = _LoopClient(_new_session())
            await own.open()
        return own


def _close_own(pools: _Pools) -> None:
    for place in [place for place in list(pools) if place[0] == os.getpid()]:
        with suppress(KeyError):  # another thread was first
            pools.pop(place).close()


def _new_pool(proxy: str | None, *, is_secure: bool) -> Pool:
    return Pool(
        httpcore.ConnectionPool(
            ssl_context=_certificates() if is_secure else None,
            proxy=None if proxy is None else _told_proxy(httpx.Proxy(proxy)),
            max_connections=None,  # whoever calls decides how many calls there are
            keepalive_expiry=_IDLE,
            network_backend=cast(httpcore.NetworkBackend, DeadlineBackend()),
        )
    )


def _told_proxy(proxy: httpx.Proxy) -> httpcore.Proxy:
    return httpcore.Proxy(str(proxy.url), auth=proxy.raw_auth)  # httpcore reads no name and password in a URL


@lru_cache(maxsize=256)
def proxy_of(url: str) -> str | None:
    """Return the proxy that the usual variables name for *url*, as they stood at the first call."""
    told = httpx.URL(url)
    proxies = getproxies()
    if proxy_bypass(told.host):
        return None
    proxy = proxies.get(told.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _new_session() -> aiohttp.ClientSession:
    import aiohttp

    return aiohttp.ClientSession(
        # As many connections as are asked for, and the system's certificates.
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # as for threads: nobody asks for it, and a small body might unpack to a huge one
        timeout=aiohttp.ClientTimeout(total=None),
        skip_auto_headers=("User-Agent", "Accept-Encoding"),
    )
