"""`ChatStream` and `AsyncChatStream` over a generator of events: what an adapter returns from `stream` and `astream`.

The generator frees the connection in ``try: ... finally:``; everything else that a stream promises is done here, once.
"""

import warnings
from collections.abc import AsyncGenerator, Callable, Generator
from types import TracebackType
from typing import Self

from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage

from .usage_report import UsageReport

__all__ = ["AsyncEventStream", "EventStream", "UsageReport"]


class EventStream:
    """A `ChatStream` over the generator *events*, whose work begins at its first ``next``.

    *abort* ends the wait of a read in progress, from any thread: with it `close` may be called while another thread
    reads. Without it, that read ends when its event arrives, or by its timeout.
    """

    def __init__(
        self,
        events: Generator[StreamEvent, None, None],
        usage: UsageReport | None = None,
        abort: Callable[[], None] | None = None,
    ) -> None:
        """Own *events*: the caller may neither read nor close them. *usage* is what they report before their end."""
        self._events = events
        self._usage = usage or UsageReport()
        self._abort = abort
        self._started = False
        self._closed = False
        self._peeked: StreamEvent | None = None
        self._response: ChatResponse | None = None

    def __iter__(self) -> Self:
        """Return itself."""
        return self

    def __next__(self) -> StreamEvent:
        """Return the next event."""
        if self._closed:
            raise StopIteration
        event, self._peeked = self._peeked, None
        if event is None:
            event = self._pull()
        if event is None:
            raise StopIteration
        if isinstance(event, StreamEnd):
            self._response = event.response
            self._events.close()
            self._usage.freeze()
        return event

    def __enter__(self) -> Self:
        """Send the request, and wait for the first event."""
        if not self._started:
            self._peeked = self._pull()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Free the connection. Closing again does nothing."""
        self._started, self._closed, self._peeked = True, True, None
        try:
            self._events.close()
        except ValueError as error:
            if not _is_running(error):
                raise
            if self._abort is not None:  # another thread reads; it closes the generator when its wait has ended
                self._abort()
        else:
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

    def _pull(self) -> StreamEvent | None:
        """Return the next event; None at the end, and if the stream was closed meanwhile, by whichever thread."""
        self._started = True
        try:
            event = next(self._events, None)
        except BaseException as error:
            self._usage.freeze()
            if self._closed and isinstance(error, Exception):  # that of the wait that `close` ended
                return None
            raise
        if self._closed:
            self._events.close()
        if self._closed or event is None:
            self._usage.freeze()
            return None
        return event


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
        self._closed = False  # CPython before 3.13: a generator that awaited in `finally` seems to run after its end

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> StreamEvent:
        """Return the next event."""
        event, self._peeked = self._peeked, None
        if event is None:
            if self._closed:
                raise StopAsyncIteration
            self._started = self._open = True
            try:
                event = await self._events.__anext__()  # `anext` with a default, or a method, costs as much again
            except BaseException:
                self._open = False  # the generator has ended and has freed the connection
                self._usage.freeze()
                raise
        if isinstance(event, StreamEnd):
            self._response = event.response
            await self.aclose()
        return event

    async def __aenter__(self) -> Self:
        """Send the request, and wait for the first event."""
        if not self._started:
            self._peeked = await anext(self, None)
            self._response = None  # the caller has not read the end yet, if it was that
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close."""
        await self.aclose()

    async def aclose(self) -> None:
        """Free the connection. Closing again does nothing."""
        self._peeked = None
        if self._closed:
            return
        self._started = self._closed = True
        try:
            await self._events.aclose()
        except RuntimeError as error:
            self._closed = not _is_running(error)  # another task reads, and the stream stays open
            raise
        finally:
            self._open = not self._closed and self._open
        self._usage.freeze()

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

    def __del__(self) -> None:
        """Warn if the stream is open: garbage collection cannot await what frees the connection."""
        if self._open:
            warnings.warn(f"unclosed {self!r}: use 'async with' or aclose()", ResourceWarning, 2, source=self)


def _ended(response: ChatResponse | None) -> ChatResponse:
    if response is None:
        raise RuntimeError("the stream has not ended: read it to its end first")
    return response


def _is_running(error: Exception) -> bool:
    """Return whether *error* was raised because the generator is running, and not by the code of the generator."""
    trace = error.__traceback__
    return trace is not None and trace.tb_next is None and "already" in str(error)
