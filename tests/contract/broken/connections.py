"""Broken adapters that use a connection again whatever became of it, or read on behind an answer."""

import ssl
from collections.abc import AsyncGenerator, Iterable
from typing import Any, Self

import attrs
import httpcore
import httpx

from llm_core import ChatPort, ConnectionFailedError, StreamInterruptedError, from_async

from .mutating import over_http
from .plain_chat import PlainChat


class _KeptClient(httpx.AsyncClient):
    """A client that several calls share: leaving ``async with`` does not close it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep the connections."""


class _BlindStream(httpcore.AsyncNetworkStream):
    """A connection that never seems to be closed by the other side."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 -- httpcore's form
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- as above
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 -- as httpcore types it
        return False if info == "is_readable" else self._inner.get_extra_info(info)


class _BlindBackend(httpcore.AnyIOBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's form
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _BlindStream(await super().connect_tcp(host, port, timeout, local_address, socket_options))


def _kept_client(*, is_blind: bool) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(verify=ssl.create_default_context())
    if is_blind:
        transport._pool = httpcore.AsyncConnectionPool(network_backend=_BlindBackend())
    return _KeptClient(transport=transport, trust_env=False, timeout=None)


@over_http("connection.closed-while-idle", shows="could not be reached", raises=ConnectionFailedError, mode="acomplete")
def uses_idle_connections_without_looking(chat: PlainChat) -> ChatPort:
    client = _kept_client(is_blind=True)
    return from_async(attrs.evolve(chat, new_client=lambda: client))


@over_http("connection.bytes-behind-an-answer", shows="This answers no request.", mode="complete")
def keeps_connections_with_bytes_behind_an_answer(chat: PlainChat) -> ChatPort:
    client = _kept_client(is_blind=False)
    return from_async(attrs.evolve(chat, new_client=lambda: client))


@over_http("connection.open-body", shows="the answer broke off", raises=StreamInterruptedError)
def reads_until_the_body_ends(chat: PlainChat) -> ChatPort:
    async def all_lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        last = ""
        async for line in response.aiter_lines():
            if "[DONE]" in line:
                last = line
            else:
                yield line
        yield last

    return from_async(attrs.evolve(chat, lines=all_lines))
