"""The direct lane: LiteLLM's configs write the request, our transport sends it once, our wires read the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import suppress

import attrs

from llm_core.domain.events import StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.transport.deadline import Deadline
from llm_core.transport.http_types import HTTPRequest
from llm_core.transport.masking import url_keys
from llm_core.transport.transports import Transports

from .config import AdapterConfig, extra_keys
from .encoding import Endpoint, encode
from .exception_mapping import ErrorContext
from .exchange import HTTPAnswer
from .idle_timeout import Patience
from .prepared_request import PreparedRequest

# Seconds in which a server that is about to hang up after a stream does so (llama.cpp's says nothing of it beforehand):
# else the next call would go out on a connection that is closed when it arrives.
_SETTLING = 0.002
_LINGER = 0.05  # seconds to wait for the end of a body whose last event has come, so that its connection can be kept


@attrs.frozen(kw_only=True)
class DirectAttempt:
    """One request, asked once."""

    request: ChatRequest
    options: AdapterConfig
    plan: PreparedRequest
    target: Endpoint
    connections: Transports

    def complete(self) -> ChatResponse:
        """Return the whole answer."""
        exchange, reply = self._exchange(stream=False), None
        try:
            deadline = Deadline(self.plan.timeout)
            reply = self.connections.send(self._outgoing(stream=False), deadline)
            exchange.begin(reply.status, reply.headers)
            for data in reply.chunks():
                exchange.take(data)
                deadline.check()
                if exchange.done:
                    break
            return exchange.response()
        except Exception as error:  # noqa: BLE001 -- vendors raise anything; cancellation is no Exception
            failure, data = exchange.failure(error), b""  # some tools show a frame's locals
        finally:
            if reply is not None:
                reply.close()
        raise failure

    async def acomplete(self) -> ChatResponse:
        """Return the whole answer."""
        exchange, reply = self._exchange(stream=False), None
        try:
            async with asyncio.timeout(self.plan.timeout):
                reply = await self.connections.asend(self._outgoing(stream=False))
                exchange.begin(reply.status, reply.headers)
                async for data in reply.chunks():
                    exchange.take(data)
                    if exchange.done:
                        break
            return exchange.response()
        except Exception as error:  # noqa: BLE001 -- as above
            failure, data = exchange.failure(error), b""
        finally:
            if reply is not None:
                await reply.aclose()
        raise failure

    def events(self) -> Generator[StreamEvent, None, None]:
        """Yield the answer, and free the connection however that ends."""
        exchange, reply, failure = self._exchange(stream=True), None, None
        try:
            deadline = Deadline(self.plan.timeout)
            reply = self.connections.send(self._outgoing(stream=True), deadline)
            exchange.begin(reply.status, reply.headers)
            chunks = reply.chunks()
            for data in chunks:
                for event in exchange.feed(data):
                    yield event
                    deadline.reset()
                deadline.check()
                if exchange.done:
                    break
            last = list(exchange.end())
            _linger(chunks, deadline)
            yield from last
        except Exception as error:  # noqa: BLE001 -- as above
            failure, data = exchange.failure(error), b""
        finally:
            if reply is not None:
                reply.close()
        if failure is not None:
            raise failure

    async def aevents(self) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer, and free the connection however that ends."""
        exchange, reply, failure = self._exchange(stream=True), None, None
        patience = Patience(self.plan.timeout)
        try:
            async with asyncio.timeout(patience.remaining()):
                reply = await self.connections.asend(self._outgoing(stream=True))
            exchange.begin(reply.status, reply.headers)
            chunks = reply.chunks()
            while (data := await patience.wait_for(chunks)) is not None:
                for event in exchange.feed(data):
                    yield event
                    patience.reset()
                patience.check()
                if exchange.done:
                    break
            last = list(exchange.end())
            await _alinger(chunks)
            for event in last:
                yield event
        except Exception as error:  # noqa: BLE001 -- as above
            failure, data = exchange.failure(error), b""
        finally:
            patience.end()
            if reply is not None:
                await reply.aclose()
        if failure is not None:
            raise failure

    def _exchange(self, *, stream: bool) -> HTTPAnswer:
        told = (self.target.api_key, *url_keys(self.target.api_base), *extra_keys(self.plan.extra))
        secrets = (*self.options.secrets, *told)
        asked = ErrorContext(provider=self.plan.model.provider, model=self.plan.model.name, secrets=secrets)
        return HTTPAnswer(asked=asked, target=self.target, stream=stream, ignored=self.plan.ignored)

    def _outgoing(self, *, stream: bool) -> HTTPRequest:
        return encode(self.plan, self.request.messages, self.target, self.options, stream=stream)


def _linger(chunks: Iterator[bytes], deadline: Deadline) -> None:
    time.sleep(_SETTLING)
    deadline.shorten(_LINGER)
    with suppress(Exception):  # the answer is whole
        for _ in chunks:
            deadline.check()


async def _alinger(chunks: AsyncIterator[bytes]) -> None:
    await asyncio.sleep(_SETTLING)
    with suppress(Exception):  # as above
        async with asyncio.timeout(_LINGER):
            async for _ in chunks:
                pass
