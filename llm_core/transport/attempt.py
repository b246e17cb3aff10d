"""One attempt at one request; the sync and async methods differ in nothing but ``await`` and their timers."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, closing, suppress
from decimal import Decimal
from typing import Protocol

import attrs

from llm_core.domain.events import StreamEvent
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.event_loops import require_asyncio
from llm_core.ports.streams import UsageReport
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.wire import Wire

from .deadline import Deadline
from .error_mapping import ErrorContext, map_errors
from .http_answer import HTTPAnswer
from .open_call import OpenCall
from .own_headers import OwnHeaders
from .transports import Transports

# Seconds to wait after a stream: some servers (llama.cpp) then close the connection without announcing it, and the next
# call would be sent on a closed connection.
_SETTLE = 0.002
_GRACE = 1.0  # seconds to wait for the next event once finish reason and usage are there
_LINGER = 0.05  # seconds to wait for the end of a body after its last event, so that its connection can be reused


class Encode(Protocol):
    """Writes the HTTP request of one call."""

    def __call__(self, *, stream: bool) -> HTTPRequest:
        """Return the request. Raises UnsupportedFeatureError for what the wire cannot carry."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Attempt:
    """One request, sent once. `timeout` is in seconds; `price` returns the cost of a usage in US dollars, or None."""

    encode: Encode = attrs.field(repr=False)
    wire: Wire
    endpoint: Endpoint
    context: ErrorContext
    timeout: float
    ignored: tuple[str, ...]
    price: Callable[[Usage], Decimal | None]
    transports: Transports
    own_headers: OwnHeaders | None = None

    def complete(self) -> ChatResponse:
        """Return the whole answer."""
        call = OpenCall()
        deadline = Deadline(self.timeout, call)
        answer = self._answer(deadline, stream=False)
        with map_errors(answer.failure), self.transports.calling(call):
            with closing(self.transports.send(self.encode(stream=False), deadline)) as response:
                answer.begin(response.status, response.headers)
                _read(response.chunks(), answer, deadline)
            return answer.response()

    async def acomplete(self) -> ChatResponse:
        """Return the whole answer."""
        import asyncio

        require_asyncio()
        answer = self._answer(Deadline(self.timeout), stream=False)
        with map_errors(answer.failure):
            try:
                async with asyncio.timeout(self.timeout):
                    async with aclosing(await self.transports.asend(self.encode(stream=False))) as response:
                        answer.begin(response.status, response.headers)
                        await _aread(response.chunks(), answer)
            except Exception as error:
                if not answer.is_whole_despite(error):
                    raise
            return answer.response()

    def events(self, usage: UsageReport, call: OpenCall | None = None) -> Generator[StreamEvent, None, None]:
        """Yield the answer, and report its *usage*; the connection is freed however the generator ends.

        Aborting *call* ends it early.
        """
        call = call or OpenCall()
        deadline = Deadline(self.timeout, call)
        answer = self._answer(deadline, stream=True)
        usage.read = answer.usage
        with (
            map_errors(answer.failure),
            self.transports.calling(call),
            closing(self.transports.send(self.encode(stream=True), deadline)) as response,
        ):
            answer.begin(response.status, response.headers)
            yield from _events(response.chunks(), answer, deadline)

    async def aevents(self, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer, and report its *usage*; the connection is freed however the generator ends."""
        import asyncio

        require_asyncio()
        deadline = Deadline(self.timeout)
        answer = self._answer(deadline, stream=True)
        usage.read = answer.usage
        with map_errors(answer.failure):
            async with asyncio.timeout(deadline.remaining):
                response = await self.transports.asend(self.encode(stream=True))
            async with aclosing(response):
                answer.begin(response.status, response.headers)
                data, chunks = None, response.chunks()
                try:
                    try:
                        while (data := await deadline.wait_for(chunks)) is not None:
                            for event in answer.feed(data):
                                yield event
                                deadline.reset()
                            deadline.check()
                            if answer.done:
                                break
                            if answer.is_finished:
                                deadline.shorten(_GRACE)
                    except Exception as error:
                        if not answer.is_whole_despite(error):
                            raise
                    last = list(answer.end())
                    await _alinger(chunks)
                    for event in last:
                        yield event
                finally:
                    deadline.cancel()
                    data = None  # a traceback shows this frame, and the data may quote a key

    def _answer(self, deadline: Deadline, *, stream: bool) -> HTTPAnswer:
        return HTTPAnswer(
            context=self.context,
            wire=self.wire,
            endpoint=self.endpoint,
            stream=stream,
            ignored=self.ignored,
            price=self.price,
            check_deadline=deadline.left,
            own_headers=self.own_headers,
        )


def _read(chunks: Iterator[bytes], answer: HTTPAnswer, deadline: Deadline) -> None:
    try:
        for data in chunks:
            answer.feed_body(data)
            deadline.check()
            if answer.done:
                break
    except Exception as error:
        if not answer.is_whole_despite(error):
            raise


async def _aread(chunks: AsyncIterator[bytes], answer: HTTPAnswer) -> None:
    async for data in chunks:
        answer.feed_body(data)
        if answer.done:
            break


def _events(chunks: Iterator[bytes], answer: HTTPAnswer, deadline: Deadline) -> Generator[StreamEvent, None, None]:
    try:
        for data in chunks:
            for event in answer.feed(data):
                yield event
                deadline.reset()
            deadline.check()
            if answer.done:
                break
            if answer.is_finished:
                deadline.shorten(_GRACE)
    except Exception as error:
        if not answer.is_whole_despite(error):
            raise
    last = list(answer.end())
    _linger(chunks, deadline)
    yield from last


def _linger(chunks: Iterator[bytes], deadline: Deadline) -> None:
    time.sleep(_SETTLE)
    deadline.shorten(_LINGER)
    with suppress(Exception):  # the answer is complete
        for _ in chunks:
            deadline.check()


async def _alinger(chunks: AsyncIterator[bytes]) -> None:
    import asyncio

    await asyncio.sleep(_SETTLE)
    with suppress(Exception):  # as above
        async with asyncio.timeout(_LINGER):
            async for _ in chunks:
                pass
