"""Ask again where asking again may help."""

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
from llm_core.ports.streams import AsyncEventStream, EventStream

LONGEST_WAIT = 600.0  # seconds; whoever is told to wait longer hears so at once, instead of hanging


class Retrying(ManagedChatPort):
    """A chat that asks *chat* up to *attempts* times while it raises a `retryable` error.

    Between attempts it waits `retry_after` seconds, where told, else 0.1 seconds, twice as long each time, and up to
    a second more at random (stamina's schedule). A `retry_after` beyond `LONGEST_WAIT` is not waited for. A stream is
    retried only before its first event. The last error is raised as it is. ``settings.timeout`` is for each attempt.
    """

    def __init__(self, chat: ChatPort, *, attempts: int = 3) -> None:
        """Stack over *chat*, which closing closes; *attempts* counts the first call too.

        Raises:
            ValueError: fewer attempts than one.
            ConfigurationError: stamina is not installed.
        """
        if attempts < 1:
            raise ValueError(f"attempts: must be at least 1, got {attempts}")
        if find_spec("stamina") is None:
            raise ConfigurationError("Retrying needs stamina: pip install llm-core[retry]")
        self._chat = managed(chat)
        self._attempts = attempts

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the first answer that an attempt gives."""
        for attempt in self._tries():
            with attempt:
                response = self._chat.complete(request)
        return response

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the events of the first answer that begins."""
        return EventStream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the first answer that an attempt gives."""
        async for attempt in self._tries():
            with attempt:
                response = await self._chat.acomplete(request)
        return response

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the events of the first answer that begins."""
        return AsyncEventStream(self._aevents(request))

    def close(self) -> None:
        """Close the chat beneath."""
        self._chat.close()

    async def aclose(self) -> None:
        """Close the chat beneath."""
        await self._chat.aclose()

    def __enter__(self) -> Self:
        """Enter the chat beneath, and return itself."""
        self._chat.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Leave the chat beneath, which closes it."""
        self._chat.__exit__(kind, error, trace)

    async def __aenter__(self) -> Self:
        """Enter the chat beneath, and return itself."""
        await self._chat.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Leave the chat beneath, which closes it."""
        await self._chat.__aexit__(kind, error, trace)

    def _events(self, request: ChatRequest) -> Generator[StreamEvent, None, None]:
        with ExitStack() as leaving:
            for attempt in self._tries():
                with attempt:
                    stream = leaving.enter_context(self._chat.stream(request))
            yield from stream

    async def _aevents(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async with AsyncExitStack() as leaving:
            async for attempt in self._tries():
                with attempt:
                    stream = await leaving.enter_async_context(self._chat.astream(request))
            async for event in stream:
                yield event

    def _tries(self) -> "_Tries":
        import stamina

        # By context, not by decorator: stamina's own log then has no arguments to show, and hence no prompt.
        return stamina.retry_context(on=_another, attempts=self._attempts, timeout=None)


class _Tries(Protocol):
    """Attempts, each a block that may fail but for the last."""

    def __iter__(self) -> Iterator[AbstractContextManager[None]]: ...

    def __aiter__(self) -> AsyncIterator[AbstractContextManager[None]]: ...


def _another(error: Exception) -> bool | float:
    """Say whether to ask again: no, or yes, or yes after so many seconds."""
    if not isinstance(error, ChatError) or not error.retryable:
        return False
    if error.retry_after is None:
        return True
    return max(error.retry_after, 0.0) if error.retry_after <= LONGEST_WAIT else False
