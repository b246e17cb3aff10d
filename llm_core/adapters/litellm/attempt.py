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
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse

from .answers import decode_response
from .call import Call, Options, closers, prepare
from .chunks import ChunkReader
from .faults import Asked, as_chat_error
from .patience import Patience
from .vendor import litellm


@attrs.frozen
class Attempt:
    """*request*, asked once."""

    request: ChatRequest
    options: Options

    def complete(self) -> ChatResponse:
        """Return the whole answer."""
        vendor = litellm()  # not in the try: that it is not installed is no ChatError
        try:
            call = prepare(self.request, self.options, stream=False)
            return _answer(call, vendor.completion(**call.keywords))
        except Exception as error:  # noqa: BLE001 -- LiteLLM raises anything; cancellation is no Exception
            failure = as_chat_error(error, self._asked)
        raise failure

    async def acomplete(self) -> ChatResponse:
        """Return the whole answer."""
        vendor = litellm()
        try:
            call = prepare(self.request, self.options, stream=False)
            async with asyncio.timeout(call.timeout):
                return _answer(call, await vendor.acompletion(**call.keywords))
        except Exception as error:  # noqa: BLE001 -- as above
            failure = as_chat_error(error, self._asked)
        raise failure

    def events(self) -> Generator[StreamEvent, None, None]:
        """Yield the answer, and free the connection however that ends."""
        vendor, stream, reader, failure = litellm(), None, None, None
        try:
            call = prepare(self.request, self.options, stream=True)
            reader, patience = _reader(call), Patience(call.timeout)
            stream = vendor.completion(**call.keywords)
            for chunk in _chunks(stream):
                events = reader.read(chunk)
                patience.require(events)
                yield from events
                if events:
                    patience.renew()
            yield from reader.end(stream)
        except Exception as error:  # noqa: BLE001 -- as above
            failure = as_chat_error(error, self._asked, reader.partial() if reader and stream else None)
        finally:
            for close in closers(stream, "close"):
                with suppress(Exception):  # what is closed already may say so
                    close()
        if failure is not None:
            raise failure

    async def aevents(self) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer, and free the connection however that ends."""
        vendor, stream, reader, patience, failure = litellm(), None, None, None, None
        try:
            call = prepare(self.request, self.options, stream=True)
            reader, patience = _reader(call), Patience(call.timeout)
            async with asyncio.timeout(patience.left()):
                stream = await vendor.acompletion(**call.keywords)
            chunks = _achunks(stream)
            while (chunk := await patience.wait_for(chunks)) is not None:
                events = reader.read(chunk)
                patience.require(events)
                for event in events:
                    yield event
                if events:
                    patience.renew()
            for event in reader.end(stream):
                yield event
        except Exception as error:  # noqa: BLE001 -- as above
            failure = as_chat_error(error, self._asked, reader.partial() if reader and stream else None)
        finally:
            await _free(stream, patience)
        if failure is not None:
            raise failure

    @property
    def _asked(self) -> Asked:
        model = self.request.model or self.options.model
        provider, slash, _ = model.partition("/")
        return Asked(provider=provider if slash else None, model=model, secrets=self.options.secrets)


def _answer(call: Call, response: object) -> ChatResponse:
    model = call.model
    return decode_response(response, provider=model.provider, model=model.bare_name, ignored=call.ignored)


def _reader(call: Call) -> ChunkReader:
    return ChunkReader(provider=call.model.provider, model=call.model.bare_name, ignored=call.ignored)


def _chunks(stream: object) -> Iterator[object]:
    _require_stream(stream)
    return cast(Iterator[object], stream)


def _achunks(stream: object) -> AsyncIterator[object]:
    _require_stream(stream)
    return cast(AsyncIterator[object], stream)


def _require_stream(stream: object) -> None:
    if not isinstance(stream, litellm().CustomStreamWrapper):
        raise BadResponseError(detail=f"LiteLLM returned {type(stream).__name__} where a stream was due")


async def _free(stream: object, patience: Patience | None) -> None:
    if patience is not None:
        patience.end()
    for close in closers(stream, "aclose", "close"):
        with suppress(Exception):  # as above
            await _awaited(close())


async def _awaited(result: object) -> None:
    if inspect.isawaitable(result):
        await result
