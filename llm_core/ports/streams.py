"""`ChatStream` and `AsyncChatStream` over a generator of events: what an adapter returns from `stream` and `astream`.

The generator frees the connection in ``try: ... finally:``; everything else that a stream promises is done here, once.
"""

import warnings
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from types import TracebackType
from typing import Self

import attrs

from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage


def _no_usage() -> Usage | None:
    return None


@attrs.define(eq=False)
class UsageReport:
    """Connects the generator of a stream, which knows the usage reported so far, with the stream, which shows it."""

    read: Callable[[], Usage | None] = _no_usage
    """Returns the usage so far; the generator sets it."""

    def freeze(self) -> None:
        """Keep the usage so far, and free what `read` reads it from."""
        usage = self.read()
        self.read = lambda: usage


class EventStream:
    """A `ChatStream` over the generator *events*, whose work begins at its first ``next``."""

    def __init__(self, events: Generator[StreamEvent, None, None], usage: UsageReport | None = None) -> None:
        """Own *events*: the caller may neither read nor close them. *usage* is what they report before their end."""
        self._events = events
        self._usage = usage or UsageReport()
        self._started = False
        self._peeked: StreamEvent | None = None
        self._response: ChatResponse | None = None

    def __iter__(self) -> Self:
        """Return itself."""
        return self

    def __next__(self) -> StreamEvent:
        """Return the next event."""
        self._started = True
        event, self._peeked = self._peeked, None
        if event is None:
            event = self._pull()
        if isinstance(event, StreamEnd):
            self._response = event.response
            self._events.close()
            self._usage.freeze()
        return event

    def __enter__(self) -> Self:
        """Send the request, and wait for the first event."""
        if not self._started:
            self._started = True
            with suppress(StopIteration):
                self._peeked = self._pull()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Free the connection. Closing again does nothing."""
        self._started, self._peeked = True, None
        self._events.close()
        self._usage.freeze()

    def until_done(self) -> ChatResponse:
        """Read the remaining events and return the whole response."""
        for _ in self:
            pass
        return self.response

    @property
    def response(self) -> ChatResponse:
        """The whole response, once the stream has ended."""
        return _ended(self._response)

    @property
    def usage(self) -> Usage | None:
        """The usage that has been reported so far."""
        return self._usage.read() if self._response is None else self._response.usage

    def _pull(self) -> StreamEvent:
        try:
            return next(self._events)
        except BaseException:
            self._usage.freeze()
            raise


class AsyncEventStream:
    """The async `EventStream`."""

    def __init__(self, events: AsyncGenerator[StreamEvent, None], usage: UsageReport | None = None) -> None:
        """Own *events*: the caller may neither read nor close them. *usage* is what they report before their end."""
        self._events = events
        self._usage = usage or UsageReport()
        self._started = False
        self._peeked: StreamEvent | None = None
        self._response: ChatResponse | None = None
        self._open = False

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> StreamEvent:
        """Return the next event."""
        event, self._peeked = self._peeked, None
        if event is None:
            event = await self._pull()
        if event is None:
            raise StopAsyncIteration
        if isinstance(event, StreamEnd):
            self._response = event.response
            await self.aclose()
        return event

    async def __aenter__(self) -> Self:
        """Send the request, and wait for the first event."""
        if not self._started:
            self._peeked = await self._pull()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close."""
        await self.aclose()

    async def aclose(self) -> None:
        """Free the connection. Closing again does nothing."""
        self._started, self._peeked = True, None
        await self._events.aclose()
        self._usage.freeze()
        self._open = False

    async def until_done(self) -> ChatResponse:
        """Read the remaining events and return the whole response."""
        async for _ in self:
            pass
        return self.response

    @property
    def response(self) -> ChatResponse:
        """The whole response, once the stream has ended."""
        return _ended(self._response)

    @property
    def usage(self) -> Usage | None:
        """The usage that has been reported so far."""
        return self._usage.read() if self._response is None else self._response.usage

    async def _pull(self) -> StreamEvent | None:
        self._started, self._open = True, True
        try:
            event = await anext(self._events, None)
        except BaseException:
            self._open = False  # the generator has ended and has freed the connection
            self._usage.freeze()
            raise
        self._open = event is not None
        return event

    def __del__(self) -> None:
        """Warn if the stream is open: garbage collection cannot await what frees the connection."""
        if self._open:
            warnings.warn(f"unclosed {self!r}: use 'async with' or aclose()", ResourceWarning, 2, source=self)


def _ended(response: ChatResponse | None) -> ChatResponse:
    if response is None:
        raise RuntimeError("the stream has not ended: read it to its end first")
    return response
