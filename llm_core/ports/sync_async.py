"""The other colour for a port that has one: threads for a port that blocks, a loop in a thread for one that awaits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from llm_core.domain.events import StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse

from .chat import AsyncChatPort, AsyncChatStream, ChatPort, ChatStream, ManagedChatPort, SyncChatPort
from .loop_in_thread import LoopEndedError, LoopThread
from .streams import AsyncEventStream, EventStream

if TYPE_CHECKING:  # asyncio costs a third of `import llm_core`, so it waits for the first call
    import asyncio
    from concurrent.futures import Executor

Result = TypeVar("Result")


def from_sync(chat: SyncChatPort) -> ChatPort:
    """Return *chat* with the async verbs added, each call in a thread of its own (asyncio only).

    A thread cannot be cancelled: where the task is, the caller goes on at once, and the connection is freed when the
    event that the thread waits for has come, at the latest by ``settings.timeout``.
    """
    return _FromSync(chat)


def from_async(chat: AsyncChatPort) -> ManagedChatPort:
    """Return *chat* with the sync verbs added, run on one loop in a thread (asyncio only).

    The thread starts with the first sync call; closing ends it. *chat* itself stays its owner's to close.
    """
    return _FromAsync(chat)


class _FromSync:
    def __init__(self, chat: SyncChatPort) -> None:
        self._chat = chat

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self._chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self._chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        hand = _executor()
        try:
            return await _run_in(hand, lambda: self._chat.complete(request))
        finally:
            hand.shutdown(wait=False)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._events(request))

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        hand, stream = _executor(), self._chat.stream(request)
        idle = False
        try:
            while (event := await _run_in(hand, lambda: next(stream, None))) is not None:
                idle = True
                yield event
                idle = False
            idle = True
        finally:
            closing = _run_in(hand, stream.close)  # one thread a stream: it closes once the read that it is in is over
            hand.shutdown(wait=False)
            if idle:
                await closing


def _executor() -> Executor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="llm_core")


def _run_in(hand: Executor, work: Callable[[], Result]) -> asyncio.Future[Result]:
    import asyncio

    return asyncio.get_running_loop().run_in_executor(hand, work)


class _FromAsync(ManagedChatPort):
    def __init__(self, chat: AsyncChatPort) -> None:
        self._chat = chat
        self._loop = LoopThread()

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self._chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self._chat.astream(request)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self._loop.run(lambda: self._chat.acomplete(request))

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    def _events(self, request: ChatRequest) -> Generator[StreamEvent, None, None]:
        import asyncio

        stream, turn = self._chat.astream(request), asyncio.Lock()
        try:
            while (event := self._loop.run(lambda: _next(stream, turn))) is not None:
                yield event
        finally:
            with suppress(LoopEndedError):  # a loop that has ended has closed its generators
                self._loop.run(lambda: _close(stream, turn))

    def close(self) -> None:
        self._loop.close()

    async def aclose(self) -> None:
        self._loop.close()


async def _next(stream: AsyncChatStream, turn: asyncio.Lock) -> StreamEvent | None:
    async with turn:
        return await anext(stream, None)


async def _close(stream: AsyncChatStream, turn: asyncio.Lock) -> None:
    async with turn:  # an interrupted read ends first: a generator that runs cannot be closed
        await stream.aclose()
