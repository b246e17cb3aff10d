"""Retries of failed calls."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack
from importlib.util import find_spec
from types import TracebackType
from typing import Protocol, Self

from llm_core.domain.errors import ChatError, ConfigurationError
from llm_core.domain.events import StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream, ManagedChatPort
from llm_core.ports.closing import managed
from llm_core.ports.streams import AsyncEventStream, EventStream, UsageReport

LONGEST_WAIT = 600.0  # seconds; for a longer wait the caller gets the error at once


class Retrying(ManagedChatPort):
    """A chat that calls *chat* up to *attempts* times while it raises a `retryable` error.

    Between attempts it waits `retry_after` seconds, if the error has it, else 0.1 seconds, doubled each time, plus up
    to one second at random (stamina's schedule). An error with a `retry_after` beyond `LONGEST_WAIT` is raised at
    once. A stream is retried only before its first event. The last error is raised unchanged. ``settings.timeout``
    applies to each attempt.
    """

    def __init__(self, chat: ChatPort, *, attempts: int = 3) -> None:
        """Wrap *chat*, which is closed with the wrapper; *attempts* includes the first call.

        Raises:
            ValueError: *attempts* is less than 1.
            ConfigurationError: stamina is not installed.
        """
        if attempts < 1:
            raise ValueError(f"attempts: must be at least 1, got {attempts}")
        if find_spec("stamina") is None:
            raise ConfigurationError("Retrying needs stamina: pip install llm-core[retry]")
        self._chat = managed(chat)
        self._attempts = attempts
        self._closes = 0  # calls of `close`: a call that one of them ended is not tried again

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the response of the first attempt that succeeds."""
        for attempt in self._attempt_blocks():
            with attempt:
                response = self._chat.complete(request)
        return response

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the events of the first attempt whose stream begins."""
        usage, reading = UsageReport(), _Reading()
        return EventStream(self._events(request, usage, reading), usage, reading.close)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the response of the first attempt that succeeds."""
        async for attempt in self._attempt_blocks():
            with attempt:
                response = await self._chat.acomplete(request)
        return response

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the events of the first attempt whose stream begins."""
        usage = UsageReport()
        return AsyncEventStream(self._aevents(request, usage), usage)

    def close(self) -> None:
        """Close the wrapped chat; calls in progress are not tried again."""
        self._closes += 1
        self._chat.close()

    async def aclose(self) -> None:
        """Close the wrapped chat."""
        await self._chat.aclose()

    def __enter__(self) -> Self:
        """Enter the wrapped chat, and return this wrapper."""
        self._chat.__enter__()
        return self

    def __exit__(
        self, error_class: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Leave the wrapped chat, which closes it."""
        self._chat.__exit__(error_class, error, trace)

    async def __aenter__(self) -> Self:
        """Enter the wrapped chat, and return this wrapper."""
        await self._chat.__aenter__()
        return self

    async def __aexit__(
        self, error_class: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Leave the wrapped chat, which closes it."""
        await self._chat.__aexit__(error_class, error, trace)

    def _events(
        self, request: ChatRequest, usage: UsageReport, reading: "_Reading"
    ) -> Generator[StreamEvent, None, None]:
        with ExitStack() as stack:
            for attempt in self._attempt_blocks(reading):
                with attempt:
                    stream = stack.enter_context(reading.begin(self._chat.stream(request)))
            usage.read = lambda: stream.usage
            yield from stream

    async def _aevents(self, request: ChatRequest, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        async with AsyncExitStack() as stack:
            async for attempt in self._attempt_blocks():
                with attempt:
                    stream = await stack.enter_async_context(self._chat.astream(request))
            usage.read = lambda: stream.usage
            async for event in stream:
                yield event

    def _attempt_blocks(self, reading: "_Reading | None" = None) -> "_AttemptBlocks":
        import stamina

        closes = self._closes

        def retry(error: Exception) -> bool | float:
            is_closed = self._closes != closes or (reading is not None and reading.closed)
            return False if is_closed else _retry(error)

        # A context instead of a decorator: stamina then logs no arguments, and so no prompt.
        return stamina.retry_context(on=retry, attempts=self._attempts, timeout=None)


class _Reading:
    """The stream of the attempt in progress, which `close` closes from another thread."""

    def __init__(self) -> None:
        self.closed = False
        self._stream: ChatStream | None = None

    def begin(self, stream: ChatStream) -> ChatStream:
        """Return *stream*, closed if `close` was called meanwhile, so that it sends nothing."""
        self._stream = stream
        if self.closed:
            stream.close()
        return stream

    def close(self) -> None:
        self.closed = True
        if self._stream is not None:
            self._stream.close()


class _AttemptBlocks(Protocol):
    """Attempts as ``with`` blocks, sync and async: an error in a block but the last one leads to the next block."""

    def __iter__(self) -> Iterator[AbstractContextManager[None]]: ...

    def __aiter__(self) -> AsyncIterator[AbstractContextManager[None]]: ...


def _retry(error: Exception) -> bool | float:
    """Return whether to call again, or the seconds to wait before."""
    if not isinstance(error, ChatError) or not error.retryable:
        return False
    if error.retry_after is None:
        return True
    return max(error.retry_after, 0.0) if error.retry_after <= LONGEST_WAIT else False
