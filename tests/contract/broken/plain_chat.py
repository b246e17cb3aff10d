"""A small correct adapter over httpx: it shows that HTTP allows every clause, and the broken adapters change it."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
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
from llm_core.ports.streams import AsyncEventStream, UsageReport

from .plain_answers import CODES, Reader
from .plain_requests import encode

Lines: TypeAlias = Callable[[httpx.Response], AsyncGenerator[str, None]]

Result = TypeVar("Result")

STREAMING: dict[str, object] = {"stream": True, "stream_options": {"include_usage": True}}

_DEFAULT_TIMEOUT = 120.0  # seconds
_TLS = ssl.create_default_context()  # reading the certificates takes longer than a call on loopback


def make_client() -> httpx.AsyncClient:
    """Return a client without environment proxies, redirects or timeouts of its own."""
    return httpx.AsyncClient(verify=_TLS, trust_env=False, follow_redirects=False, timeout=None)  # noqa: S113 -- asyncio's deadline covers the whole call


async def aiter_lines(response: httpx.Response) -> AsyncGenerator[str, None]:
    """Yield the lines of *response*, split at line feeds only."""
    buffered = b""
    async for packet in response.aiter_bytes():
        *lines, buffered = (buffered + packet).split(b"\n")
        for line in lines:
            yield line.decode()


@attrs.frozen
class PlainChat:
    """An `AsyncChatPort`; `from_async` adds the sync methods. Broken adapters replace the fields that have defaults."""

    url: str
    key: str = attrs.field(repr=False)
    new_client: Callable[[], httpx.AsyncClient] = make_client
    lines: Lines = aiter_lines
    on_chunk: Callable[[object], object] = lambda chunk: chunk
    streaming_fields: dict[str, object] = STREAMING

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the response, collected from a stream of one chunk."""
        reader = Reader()
        async with aclosing(self._events(request, reader, streams=False)) as events:
            return response_from_events(await _within(_seconds(request), _all(events), reader))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        usage = UsageReport()
        return AsyncEventStream(self._events_in_time(request, usage), usage)

    async def _events_in_time(self, request: ChatRequest, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        reader = Reader()
        usage.read = reader.usage
        async with aclosing(self._events(request, reader, streams=True)) as events:
            while (event := await _within(_seconds(request), anext(events, None), reader)) is not None:
                yield event

    async def _events(
        self, request: ChatRequest, reader: Reader, *, streams: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield the events; an error is raised outside the ``except``, so that it references no object of httpx."""
        body = encode(request, "fake-provider-1") | (self.streaming_fields if streams else {})
        try:
            async with self._response(body) as response, aclosing(self._chunks(response, streams=streams)) as chunks:
                reader.started = response.is_success
                reader.request_id = response.headers.get("x-request-id") if reader.started else None
                async for chunk in chunks:
                    for event in reader.read(self.on_chunk(chunk)):
                        yield event
            for event in reader.remaining_events():
                yield event
            yield reader.end()
        except ChatError as caught:
            error = caught
        except httpx.TransportError:
            error = StreamInterruptedError() if reader.started else ConnectionFailedError()
        except Exception:  # noqa: BLE001 -- whatever decoding raised: the body is not an answer
            error = BadResponseError()
        else:
            return
        raise _completed(error, reader)

    @asynccontextmanager
    async def _response(self, body: Mapping[str, object]) -> AsyncGenerator[httpx.Response, None]:
        headers = {"authorization": f"Bearer {self.key}"}
        async with (
            self.new_client() as client,
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
                if line.removeprefix("data:").strip() == "[DONE]":
                    await _read_to_the_end(lines)
                    return
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))


async def _read_to_the_end(lines: AsyncGenerator[str, None]) -> None:
    """Read what is left for a moment, so that the connection can be reused."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            async for _ in lines:
                pass


def _seconds(request: ChatRequest) -> float:
    return _DEFAULT_TIMEOUT if request.settings.timeout is None else request.settings.timeout


async def _all(events: AsyncGenerator[StreamEvent, None]) -> list[StreamEvent]:
    return [event async for event in events]


async def _within(seconds: float, work: Awaitable[Result], reader: Reader) -> Result:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        error = ChatTimeoutError()
    raise _completed(error, reader)


def _completed(error: ChatError, reader: Reader) -> ChatError:
    """Return *error* with a cause of ours, and with the partial message if the response had started."""
    error.__cause__, error.__context__, error.__traceback__ = ProviderFault("httpx", ""), None, None
    error.partial = reader.builder.partial() if reader.started else None
    error.request_id = error.request_id or reader.request_id
    error.usage = reader.usage()
    return error
