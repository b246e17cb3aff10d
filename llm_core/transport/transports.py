"""The connections of one adapter: pools for threads, one for each event loop, none shared with a fork."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

import attrs

from llm_core.domain.errors import ConfigurationError
from llm_core.wires.http_request import HTTPRequest

from .certificates import certificates
from .client_transport import AsyncClient, SyncClient, asend_with_client, send_with_client
from .deadline import Deadline
from .http_types import AsyncHTTPResponse, HTTPResponse
from .open_call import OpenCall
from .proxies import proxy_of
from .urls import parse_url

if TYPE_CHECKING:
    import asyncio

    from .async_pool import AsyncConnectionPool
    from .connection_pool import ConnectionPool
# By process id, proxy, and whether TLS is used.
_Pools: TypeAlias = "dict[tuple[int, str | None, bool], ConnectionPool]"


def require_libraries() -> None:
    """Raise ConfigurationError if the libraries that send requests are not installed, without importing them."""
    if find_spec("msgspec") is None:
        raise ConfigurationError("msgspec is not installed: pip install 'llm-core[direct]'")


@attrs.define(eq=False)
class _LoopPool:
    """A pool that its event loop closes at the latest when the loop shuts down."""

    pool: AsyncConnectionPool
    keeper: AsyncGenerator[None, None] = attrs.field(init=False)

    async def open(self) -> None:
        self.keeper = self._keep()  # a loop closes the async generators that were started in it
        await anext(self.keeper)

    async def _keep(self) -> AsyncGenerator[None, None]:
        import asyncio

        try:
            yield
        finally:
            self.pool.close()
            await asyncio.sleep(0)  # asyncio closes the sockets in its next round


@attrs.define(eq=False)
class Transports:
    """Sends requests. A client that was passed in is used as it is, and closed by the caller."""

    client: SyncClient | None = attrs.field(default=None, repr=False)
    async_client: AsyncClient | None = attrs.field(default=None, repr=False)
    _pools: _Pools = attrs.field(factory=dict, repr=False)  # proxies have passwords
    _calls: set[OpenCall] = attrs.field(factory=set, repr=False)  # those of sync callers that are in progress
    _loops: dict[tuple[int, asyncio.AbstractEventLoop], _LoopPool] = attrs.field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        """Close the pools when this object is collected, or when the interpreter exits."""
        weakref.finalize(self, _close_all, self._pools, self._calls)

    def __reduce__(self) -> tuple[type[Transports], tuple[()]]:
        """Pickle and copy without connections. Raises TypeError for a client that was passed in."""
        if self.client is not None or self.async_client is not None:
            raise TypeError("a chat with a client that was passed in cannot be pickled or copied")
        return Transports, ()

    @contextmanager
    def calling(self, call: OpenCall) -> Iterator[OpenCall]:
        """Let `close` end *call* while the block runs; afterwards the call has no connection."""
        self._calls.add(call)
        try:
            yield call
        finally:
            self._calls.discard(call)
            call.drop()

    def send(self, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
        """Send *request*, and return the response once its head has been read."""
        if self.client is not None:
            return send_with_client(self.client, request, deadline)
        return self._own_pool(request.url).send(request, deadline)

    async def asend(self, request: HTTPRequest) -> AsyncHTTPResponse:
        """Send *request*, and return the response once its head has been read; the caller keeps the deadline."""
        if self.async_client is not None:
            return await asend_with_client(self.async_client, request)
        own = await self._own_loop_pool()
        return await own.pool.send(request, proxy_of(request.url))

    def close(self) -> None:
        """Close the pools of this process, and end the sync calls in progress, of whichever thread."""
        _close_own(self._pools)
        for call in list(self._calls):
            call.abort()

    async def aclose(self) -> None:
        """Close the pool of the running event loop, and all idle connections of sync callers.

        Calls of other threads and event loops go on; their connections are closed as soon as they are done.
        """
        import asyncio

        _close_own(self._pools)
        own = self._loops.pop((os.getpid(), asyncio.get_running_loop()), None)
        if own is not None:
            await own.keeper.aclose()

    def _own_pool(self, url: str) -> ConnectionPool:
        proxy, is_secure = proxy_of(url), url.startswith("https:")
        place = (os.getpid(), proxy, is_secure)  # a forked child keeps its parent's pools, and never uses them
        pool = self._pools.get(place)
        # No lock: a fork could copy it while it is held. A pool that loses the race holds no connection.
        if pool is None:
            from .connection_pool import ConnectionPool

            parsed = None if proxy is None else parse_url(proxy)
            is_tls = is_secure or (parsed is not None and parsed.scheme == "https")
            pool = self._pools.setdefault(place, ConnectionPool(parsed, certificates() if is_tls else None))
        return pool

    async def _own_loop_pool(self) -> _LoopPool:
        import asyncio

        place = (os.getpid(), asyncio.get_running_loop())
        own = self._loops.get(place)
        if own is None or own.pool.closed:
            for key in [key for key in list(self._loops) if key[1].is_closed()]:
                self._loops.pop(key, None)
            from .async_pool import AsyncConnectionPool  # sync callers do not need it
            from .exit_closing import close_at_exit

            own = self._loops[place] = _LoopPool(AsyncConnectionPool())
            close_at_exit(place[1])
            await own.open()
        return own


def _close_own(pools: _Pools) -> None:
    for place in [place for place in list(pools) if place[0] == os.getpid()]:
        with suppress(KeyError):  # another thread was faster
            pools.pop(place).idle.close()


def _close_all(pools: _Pools, calls: set[OpenCall]) -> None:
    """Close all, at the exit of the interpreter: an open stream then prints no warning.

    Beside other threads open calls stay: a daemon thread that reads one would print that its call failed.
    """
    _close_own(pools)
    if threading.active_count() == 1:
        for call in list(calls):
            call.drop()
