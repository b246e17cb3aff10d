"""A small honest adapter over httpx: that every clause can be kept over HTTP, and what the broken ones break."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TypeAlias, TypeVar

import attrs
import httpx

from llm_core import (
    AsyncChatStream,
    BadResponseError,
    ChatError,
    ChatRequest,
    ChatResponse,
    ChatTimeoutError,
    ConnectionFailedError,
    StreamEvent,
    StreamInterruptedError,
    error_from_http,
    response_from_events,
)
from llm_core.domain.provider_fault import ProviderFault
from llm_core.ports.streams import AsyncEventStream

from .plain_answers import CODES, Reader
from .plain_requests import encode

Lines: TypeAlias = Callable[[httpx.Response], AsyncGenerator[str, None]]

Result = TypeVar("Result")

STREAMING: dict[str, object] = {"stream": True, "stream_options": {"include_usage": True}}

_PATIENCE = 120.0  # seconds
_TLS = ssl.create_default_context()  # reading the certificates takes longer than a call on loopback


def one_client() -> httpx.AsyncClient:
    """Return a client that does what it is told, and nothing else."""
    return httpx.AsyncClient(verify=_TLS, trust_env=False, follow_redirects=False, timeout=None)  # noqa: S113 -- asyncio's deadline covers it all


async def aiter_lines(response: httpx.Response) -> AsyncGenerator[str, None]:
    """Yield the lines of *response*: they end at a line feed, and nowhere else."""
    waiting = b""
    async for packet in response.aiter_bytes():
        *lines, waiting = (waiting + packet).split(b"\n")
        for line in lines:
            yield line.decode()


@attrs.frozen
class PlainChat:
    """An `AsyncChatPort`; the other colour comes by `from_async`. What the broken adapters break can be handed in."""

    url: str
    key: str = attrs.field(repr=False)
    client: Callable[[], httpx.AsyncClient] = one_client
    lines: Lines = aiter_lines
    looks_at: Callable[[object], object] = lambda chunk: chunk
    streaming: dict[str, object] = STREAMING

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the answer: the fold of a stream of one chunk."""
        reader = Reader()
        async with aclosing(self._told(request, reader, streams=False)) as told:
            return response_from_events(await _within(_seconds(request), _all(told), reader))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the answer as it comes."""
        return AsyncEventStream(self._in_time(request))

    async def _in_time(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        reader = Reader()
        async with aclosing(self._told(request, reader, streams=True)) as told:
            while (event := await _within(_seconds(request), anext(told, None), reader)) is not None:
                yield event

    async def _told(self, request: ChatRequest, reader: Reader, *, streams: bool) -> AsyncGenerator[StreamEvent, None]:
        """Yield what is told; nothing of httpx hangs on the error, for it is raised outside of the ``except``."""
        body = encode(request, "fake-provider-1") | (self.streaming if streams else {})
        try:
            async with self._asked(body) as response, aclosing(self._chunks(response, streams=streams)) as chunks:
                reader.began = response.is_success
                async for chunk in chunks:
                    for event in reader.read(self.looks_at(chunk)):
                        yield event
            for event in reader.rest():
                yield event
            yield reader.end()
        except ChatError as error:
            fault = error
        except httpx.TransportError:
            fault = StreamInterruptedError() if reader.began else ConnectionFailedError()
        except Exception:  # noqa: BLE001 -- whatever reading it raised: it is no answer
            fault = BadResponseError()
        else:
            return
        raise _ours(fault, reader)

    @asynccontextmanager
    async def _asked(self, body: Mapping[str, object]) -> AsyncGenerator[httpx.Response, None]:
        headers = {"authorization": f"Bearer {self.key}"}
        async with (
            self.client() as client,
            client.stream("POST", f"{self.url}/v1/chat/completions", json=body, headers=headers) as response,
        ):
            yield response

    async def _chunks(self, response: httpx.Response, *, streams: bool) -> AsyncGenerator[object, None]:
        if not response.is_success:
            raise error_from_http(response.status_code, response.headers, await response.aread(), CODES, key=self.key)
        if not streams:
            yield json.loads(await response.aread())
            return
        async with aclosing(self.lines(response)) as lines:
            async for line in lines:
                if line.startswith("data:") and "[DONE]" not in line:
                    yield json.loads(line.removeprefix("data:"))


def _seconds(request: ChatRequest) -> float:
    return _PATIENCE if request.settings.timeout is None else request.settings.timeout


async def _all(told: AsyncGenerator[StreamEvent, None]) -> list[StreamEvent]:
    return [event async for event in told]


async def _within(seconds: float, work: Awaitable[Result], reader: Reader) -> Result:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        fault = ChatTimeoutError()
    raise _ours(fault, reader)


def _ours(error: ChatError, reader: Reader) -> ChatError:
    error.__cause__, error.__context__, error.__traceback__ = ProviderFault("httpx", ""), None, None
    error.partial = reader.told.partial() if reader.began else None
    return error
