"""The connections of one adapter: a pool for threads, one for each event loop, and none that outlives its process."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs
import httpx

from .deadline import Deadline, watch
from .exchanges import AsyncReply, Outgoing, Reply, ask, ask_aiohttp, ask_httpx

if TYPE_CHECKING:
    import aiohttp

_MOST = 1000  # connections at once; whoever calls decides how many calls there are
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
class Connections:
    """Where requests go out. What was handed in is used as it is, and closed by whoever handed it in."""

    client: httpx.Client | None = None
    async_client: httpx.AsyncClient | None = None
    _clients: dict[int, httpx.Client] = attrs.field(factory=dict)
    _loops: dict[tuple[int, asyncio.AbstractEventLoop], _LoopClient] = attrs.field(factory=dict)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def ask(self, outgoing: Outgoing, deadline: Deadline) -> Reply:
        """Send, and return the reply, its head read."""
        if self.client is not None:
            return ask(self.client, outgoing, deadline, is_watched=False)
        return ask(self._own_client(), outgoing, deadline, is_watched=True)

    async def aask(self, outgoing: Outgoing) -> AsyncReply:
        """Send, and return the reply, its head read."""
        if self.async_client is not None:
            return await ask_httpx(self.async_client, outgoing)
        return await ask_aiohttp((await self._own_session()).session, outgoing)

    def close(self) -> None:
        """Close the pool of this process's threads."""
        with self._lock:
            client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close that, and the pool of the running loop."""
        self.close()
        own = self._loops.pop((os.getpid(), asyncio.get_running_loop()), None)
        if own is not None:
            await own.keeper.aclose()

    def _own_client(self) -> httpx.Client:
        process = os.getpid()  # what a fork has copied belongs to the parent: it is kept, and never used
        client = self._clients.get(process)
        if client is None:
            with self._lock:
                client = self._clients.get(process) or self._clients.setdefault(process, _new_client())
        return client

    async def _own_session(self) -> _LoopClient:
        place = (os.getpid(), asyncio.get_running_loop())
        own = self._loops.get(place)
        if own is None or own.session.closed:
            for key in [key for key in list(self._loops) if key[1].is_closed()]:
                self._loops.pop(key, None)
            own = self._loops[place] = _LoopClient(_new_session())
            await own.open()
        return own


def _new_client() -> httpx.Client:
    limits = httpx.Limits(max_connections=_MOST, max_keepalive_connections=_MOST, keepalive_expiry=_IDLE)
    client = httpx.Client(verify=_certificates(), limits=limits, follow_redirects=False)
    watch(client)
    return client


def _new_session() -> aiohttp.ClientSession:
    import aiohttp

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_MOST, keepalive_timeout=_IDLE, ssl=_certificates()),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=True,  # proxies by the usual variables
        skip_auto_headers=("User-Agent", "Accept-Encoding"),
    )
