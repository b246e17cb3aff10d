"""The base class of wrappers: a chat over other chats, written as one method that yields steps."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from types import TracebackType
from typing import Self

from llm_core.domain.model_description import ModelDescription
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream, ManagedChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock
from llm_core.ports.closing import managed, require_chat
from llm_core.ports.describing import description_of
from llm_core.ports.streams import AsyncEventStream, EventStream, UsageReport

from .async_driver import async_events, running_loop
from .exchange import NO_LOOP, Closings, Exchange
from .merged_description import merged_description
from .steps import Steps
from .sync_driver import sync_events


def chats_of(chats: Sequence[ChatPort]) -> Sequence[ChatPort]:
    """Return *chats*. ValueError if there is none; TypeError for a chat in place of a list of chats."""
    if not isinstance(chats, Sequence):
        raise TypeError(f"chats: expected a list of chats, got {type(chats).__name__}")
    if not chats:
        raise ValueError("chats: must not be empty")
    return chats


class Wrapper(ManagedChatPort, ABC):
    """A chat over other chats, which it closes with itself. A subclass defines `exchange`, for all four verbs.

    The sync verbs perform the steps in the caller's thread, with the sync verbs of the chats; the async verbs in the
    caller's task, with the async verbs. `complete` calls `complete`, and `stream` calls `stream`.
    """

    def __init__(self, *chats: ChatPort, clock: Clock = SYSTEM_CLOCK) -> None:
        """Wrap *chats*; *clock* is the time that the steps wait by.

        Raises:
            TypeError: one of *chats* is not a chat.
        """
        for chat in chats:
            require_chat(chat)
        self.chats = chats
        """The wrapped chats."""
        self.clock = clock
        """The time, for `exchange` to read too."""
        self._managed = tuple(managed(chat) for chat in {id(chat): chat for chat in chats}.values())
        self._closings = Closings()

    @abstractmethod
    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Answer *request*: take steps with ``yield from``, and return the response.

        What it raises is raised by the verb. It takes no step in ``finally``, and catches ChatError only.
        """

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole response."""
        exchange = Exchange(self.exchange, request, self.clock, self._closings, whole=True)
        next(sync_events(exchange), None)
        return exchange.whole_response()

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the response as events."""
        exchange = Exchange(self.exchange, request, self.clock, self._closings, whole=False)
        return EventStream(sync_events(exchange), UsageReport(exchange.usage), exchange.abort)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole response."""
        exchange = Exchange(self.exchange, request, self.clock, self._closings, whole=True)
        await anext(async_events(exchange), None)
        return exchange.whole_response()

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the response as events."""
        exchange = Exchange(self.exchange, request, self.clock, self._closings, whole=False)
        return AsyncEventStream(async_events(exchange), UsageReport(exchange.usage))

    def describe(self) -> ModelDescription:
        """Return what is known of the wrapped model; of several, what holds for each of them."""
        return merged_description([description_of(chat) for chat in self.chats])

    def close(self) -> None:
        """Close the wrapped chats; the sync calls in progress begin no other call and wait no longer."""
        self._closings.close(NO_LOOP)
        with ExitStack() as stack:
            for chat in self._managed:
                stack.callback(chat.close)

    async def aclose(self) -> None:
        """Close the wrapped chats; the calls of this event loop begin no other call and wait no longer."""
        self._closings.close(running_loop())
        async with AsyncExitStack() as stack:
            for chat in self._managed:
                stack.push_async_callback(chat.aclose)

    def __enter__(self) -> Self:
        """Enter the wrapped chats, and return this wrapper."""
        with ExitStack() as stack:
            for chat in self._managed:
                stack.enter_context(chat)
            stack.pop_all()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Leave the wrapped chats, which closes them."""
        self._closings.close(NO_LOOP)
        stack = ExitStack()
        for chat in self._managed:
            stack.push(chat)
        stack.__exit__(exc_type, exc, traceback)

    async def __aenter__(self) -> Self:
        """Enter the wrapped chats, and return this wrapper."""
        async with AsyncExitStack() as stack:
            for chat in self._managed:
                await stack.enter_async_context(chat)
            stack.pop_all()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Leave the wrapped chats, which closes them."""
        self._closings.close(running_loop())
        stack = AsyncExitStack()
        for chat in self._managed:
            stack.push_async_exit(chat)
        await stack.__aexit__(exc_type, exc, traceback)
