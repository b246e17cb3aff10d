"""One attempt at one request through LiteLLM's own call; sync and async differ in ``await`` and in their timers."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import cast

import attrs

from llm_core.domain.errors import BadResponseError, ChatError, ConnectionFailedError
from llm_core.domain.events import StreamEvent
from llm_core.domain.json_values import JsonObject
from llm_core.domain.responses import ChatResponse
from llm_core.ports.event_loops import require_asyncio
from llm_core.ports.streams import UsageReport
from llm_core.providers.registry import find_profile
from llm_core.transport.adapter_config import AdapterConfig, extra_keys
from llm_core.transport.deadline import Deadline
from llm_core.transport.direct_calls import STANDARD_TIERS
from llm_core.transport.error_mapping import ErrorContext, map_errors
from llm_core.transport.open_call import OpenCall
from llm_core.transport.proxies import proxy_keys
from llm_core.transport.urls import host_of

from .completion_kwargs import close_callbacks, completion_kwargs
from .exception_mapping import chat_error_from
from .litellm_module import CompletionClient, Router, get_secret, litellm
from .litellm_response import decode_response
from .litellm_stream import ChunkReader
from .prepared_request import PreparedRequest


@attrs.frozen(kw_only=True)
class CompletionCall:
    """One request, sent once."""

    prepared: PreparedRequest
    config: AdapterConfig
    router: Router | None = None

    def complete(self) -> ChatResponse:
        """Return the whole answer."""
        with map_errors(self._failure):
            return self._answer(self._client.completion(**self._kwargs(stream=False)))

    async def acomplete(self) -> ChatResponse:
        """Return the whole answer."""
        require_asyncio()
        with map_errors(self._failure):
            async with asyncio.timeout(self.prepared.timeout):
                return self._answer(await self._client.acompletion(**self._kwargs(stream=False)))

    def events(self, usage: UsageReport, call: OpenCall | None = None) -> Generator[StreamEvent, None, None]:
        """Yield the answer, and report its *usage*; the connection is freed however the generator ends.

        An aborted *call* ends at the next chunk.
        """
        reader, deadline = self._reader(), Deadline(self.prepared.timeout, call)
        usage.read = reader.usage
        with (
            map_errors(partial(self._stream_failure, reader)),
            _closing(self._client.completion(**self._kwargs(stream=True))) as stream,
        ):
            reader.begin(stream)
            for chunk in _chunks(stream):
                for event in reader.read(chunk):
                    yield event
                    deadline.reset()
                deadline.check()
            chunk = None  # a traceback of `end` shows this frame, and the chunk may quote a key
            yield from reader.end()

    async def aevents(self, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer, and report its *usage*; the connection is freed however the generator ends."""
        require_asyncio()
        reader, deadline = self._reader(), Deadline(self.prepared.timeout)
        usage.read = reader.usage
        with map_errors(partial(self._stream_failure, reader)):
            async with asyncio.timeout(deadline.remaining):
                opened = await self._client.acompletion(**self._kwargs(stream=True))
            async with _aclosing(opened, deadline) as stream:
                reader.begin(stream)
                chunks = _achunks(stream)
                while (chunk := await deadline.wait_for(chunks)) is not None:
                    for event in reader.read(chunk):
                        yield event
                        deadline.reset()
                    deadline.check()
                for event in reader.end():
                    yield event

    @property
    def _client(self) -> CompletionClient:
        return self.router or litellm()

    def _failure(self, error: Exception) -> ChatError:
        return chat_error_from(error, self._context)

    def _stream_failure(self, reader: ChunkReader, error: Exception) -> ChatError:
        failure = chat_error_from(error, self._context, reader.partial() if reader.began else None, reader.usage())
        if not reader.has_read and (failure.status_code or isinstance(failure, ConnectionFailedError)):
            failure.partial = None  # LiteLLM opens some streams at their first chunk
        return failure

    @property
    def _context(self) -> ErrorContext:
        model = self.prepared.model
        key = self.prepared.api_key or _key_in_environment(model.provider) or ""
        secrets = (*self.config.secrets, *extra_keys(self.prepared.extra), *proxy_keys(), key)
        host = None if model.base_url is None else host_of(model.base_url)
        return ErrorContext(provider=model.provider, model=model.name, host=host, secrets=secrets)

    def _kwargs(self, *, stream: bool) -> JsonObject:
        return completion_kwargs(self.prepared, self.config, stream=stream)

    def _answer(self, response: object) -> ChatResponse:
        prepared = self.prepared
        return decode_response(response, model=prepared.model, ignored=prepared.ignored, is_priced=self._is_priced)

    def _reader(self) -> ChunkReader:
        prepared = self.prepared
        return ChunkReader(model=prepared.model, ignored=prepared.ignored, is_priced=self._is_priced)

    @property
    def _is_priced(self) -> bool:
        """Whether the call has the listed price: other service tiers have their own."""
        return {**self.prepared.parameters, **self.config.provider_options}.get("service_tier") in STANDARD_TIERS


def _key_in_environment(provider: str) -> str | None:
    """Return the key in the provider's own variable, which a request to a URL with a password does not show."""
    profile = find_profile(provider)
    return None if profile is None else get_secret(*profile.key_variables)


def _chunks(stream: object) -> Iterator[object]:
    _require_stream(stream)
    return cast(Iterator[object], stream)


def _achunks(stream: object) -> AsyncIterator[object]:
    _require_stream(stream)
    return cast(AsyncIterator[object], stream)


def _require_stream(stream: object) -> None:
    if not isinstance(stream, litellm().CustomStreamWrapper):
        raise BadResponseError(detail=f"LiteLLM returned {type(stream).__name__} instead of a stream")


@contextmanager
def _closing(stream: object) -> Iterator[object]:
    try:
        yield stream
    finally:
        for close in close_callbacks(stream, "close"):
            with suppress(Exception):  # a layer that is closed already may raise
                close()


@asynccontextmanager
async def _aclosing(stream: object, deadline: Deadline) -> AsyncIterator[object]:
    try:
        yield stream
    finally:
        deadline.cancel()
        for close in close_callbacks(stream, "aclose", "close"):
            with suppress(Exception):  # as above
                result = close()
                if inspect.isawaitable(result):
                    await result
