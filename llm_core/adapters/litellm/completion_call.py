"""One attempt at one request over the call lane; the two colours differ in ``await``, and in who keeps the time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import suppress
from typing import cast

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.events import StreamEvent
from llm_core.domain.responses import ChatResponse

from .codec import JsonObject
from .completion_kwargs import close_callbacks, completion_kwargs
from .config import AdapterConfig, extra_keys
from .configs import get_secret
from .exception_mapping import ErrorContext, as_chat_error
from .idle_timeout import Patience
from .litellm_module import CompletionClient, litellm
from .litellm_response import decode_response
from .litellm_stream import ChunkReader
from .prepared_request import PreparedRequest
from .providers import PROVIDERS


@attrs.frozen(kw_only=True)
class CallAttempt:
    """One request, asked once."""

    plan: PreparedRequest
    options: AdapterConfig

    def complete(self) -> ChatResponse:
        """Return the whole answer."""
        try:
            return self._answer(self._asks.completion(**self._keywords(stream=False)))
        except Exception as error:  # noqa: BLE001 -- LiteLLM raises anything; cancellation is no Exception
            failure = as_chat_error(error, self._asked)
        raise failure

    async def acomplete(self) -> ChatResponse:
        """Return the whole answer."""
        try:
            async with asyncio.timeout(self.plan.timeout):
                return self._answer(await self._asks.acompletion(**self._keywords(stream=False)))
        except Exception as error:  # noqa: BLE001 -- as above
            failure = as_chat_error(error, self._asked)
        raise failure

    def events(self) -> Generator[StreamEvent, None, None]:
        """Yield the answer, and free the connection however that ends."""
        reader, patience, stream, failure = self._reader(), Patience(self.plan.timeout), None, None
        try:
            stream = self._asks.completion(**self._keywords(stream=True))
            for chunk in _chunks(stream):
                for event in reader.read(chunk):
                    yield event
                    patience.reset()
                patience.check()
            yield from reader.end(stream)
        except Exception as error:  # noqa: BLE001 -- as above
            failure = as_chat_error(error, self._asked, reader.partial() if stream else None)
        finally:
            for close in close_callbacks(stream, "close"):
                with suppress(Exception):  # what is closed already may say so
                    close()
        if failure is not None:
            raise failure

    async def aevents(self) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer, and free the connection however that ends."""
        reader, patience, stream, failure = self._reader(), Patience(self.plan.timeout), None, None
        try:
            async with asyncio.timeout(patience.remaining()):
                stream = await self._asks.acompletion(**self._keywords(stream=True))
            chunks = _achunks(stream)
            while (chunk := await patience.wait_for(chunks)) is not None:
                for event in reader.read(chunk):
                    yield event
                    patience.reset()
                patience.check()
            for event in reader.end(stream):
                yield event
        except Exception as error:  # noqa: BLE001 -- as above
            failure = as_chat_error(error, self._asked, reader.partial() if stream else None)
        finally:
            await _free(stream, patience)
        if failure is not None:
            raise failure

    @property
    def _asks(self) -> CompletionClient:
        return self.options.router or litellm()

    @property
    def _asked(self) -> ErrorContext:
        model = self.plan.model
        secrets = (*self.options.secrets, *extra_keys(self.plan.extra), *_found_keys(model.provider))
        return ErrorContext(provider=model.provider, model=model.name, secrets=secrets)

    def _keywords(self, *, stream: bool) -> JsonObject:
        return completion_kwargs(self.plan, self.options, stream=stream)

    def _answer(self, response: object) -> ChatResponse:
        model = self.plan.model
        return decode_response(response, provider=model.provider, model=model.bare_name, ignored=self.plan.ignored)

    def _reader(self) -> ChunkReader:
        model = self.plan.model
        return ChunkReader(provider=model.provider, model=model.bare_name, ignored=self.plan.ignored)


def _found_keys(provider: str) -> tuple[str, ...]:
    """Return the key in the provider's own variable: an address with a password hides it from `sent_keys`."""
    known = PROVIDERS.get(provider)
    key = None if known is None else get_secret(*known.keys)
    return () if key is None else (key,)


def _chunks(stream: object) -> Iterator[object]:
    _require_stream(stream)
    return cast(Iterator[object], stream)


def _achunks(stream: object) -> AsyncIterator[object]:
    _require_stream(stream)
    return cast(AsyncIterator[object], stream)


def _require_stream(stream: object) -> None:
    if not isinstance(stream, litellm().CustomStreamWrapper):
        raise BadResponseError(detail=f"LiteLLM returned {type(stream).__name__} where a stream was due")


async def _free(stream: object, patience: Patience) -> None:
    patience.end()
    for close in close_callbacks(stream, "aclose", "close"):
        with suppress(Exception):  # as above
            await _awaited(close())


async def _awaited(result: object) -> None:
    if inspect.isawaitable(result):
        await result
