"""Broken where several callers share it."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

import attrs
import httpx

from llm_core import (
    AsyncChatStream,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    StreamEnd,
    StreamEvent,
    TextDelta,
    from_async,
)
from llm_core.ports.streams import AsyncEventStream, EventStream

from .mutating import AsyncEvents, Bent, Events, in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import Blocking


@attrs.define
class _Absent:
    """A `ChatPort` that keeps the request on itself, and answers the one that it finds there."""

    chat: ChatPort
    request: ChatRequest | None = None

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        self.request = request
        time.sleep(0.002)
        return self.chat.complete(self.request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        self.request = request
        await asyncio.sleep(0)
        return await self.chat.acomplete(self.request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@in_memory("share.tasks", shows="'question number 0' != 'question number 15'")
def mixes_up_the_questions_of_tasks(chat: ChatPort) -> ChatPort:
    return _Absent(chat)


@in_memory("share.threads", shows="At index 0 diff: ['question number 0', ")
def mixes_up_the_questions_of_threads(chat: ChatPort) -> ChatPort:
    return _Absent(chat)


class _NeverClosed(httpx.AsyncClient):
    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """Keep the connection."""


@over_http("share.no-growth", shows="more than 4 connections are open", mode="acomplete")
def makes_a_client_for_each_call_and_closes_none(chat: PlainChat) -> ChatPort:
    clients: list[httpx.AsyncClient] = []  # or the collector would close them

    def client() -> httpx.AsyncClient:
        clients.append(_NeverClosed(trust_env=False))
        return clients[-1]

    return from_async(attrs.evolve(chat, client=client))


@attrs.define
class _Faithful:
    """A `ChatPort` that keeps to the loop which it met first."""

    chat: ChatPort
    loop: asyncio.AbstractEventLoop | None = None

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        self.loop = self.loop or asyncio.get_running_loop()
        await asyncio.wait_for(self.loop.run_in_executor(None, int), 1)
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@in_memory("share.loops", shows="Event loop is closed", escapes=RuntimeError)
def keeps_to_its_first_loop(chat: ChatPort) -> ChatPort:
    return _Faithful(chat)


@attrs.define
class _Forgetful:
    """A `ChatPort` that keeps what a stream has said on itself, and says it again at the end."""

    chat: ChatPort
    words: list[str] = attrs.field(factory=list)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._async_events(request))

    def _events(self, request: ChatRequest) -> Events:
        self.words = []
        with self.chat.stream(request) as stream:
            for event in stream:
                yield self._noted(event)

    async def _async_events(self, request: ChatRequest) -> AsyncEvents:
        self.words = []
        async with self.chat.astream(request) as stream:
            async for event in stream:
                await asyncio.sleep(0)
                yield self._noted(event)

    def _noted(self, event: StreamEvent) -> StreamEvent:
        if isinstance(event, StreamEnd):
            message = attrs.evolve(event.response.message, content="".join(self.words))
            return StreamEnd(response=attrs.evolve(event.response, message=message))
        self.words += [event.text] if isinstance(event, TextDelta) else []
        return event


@in_memory("share.tasks", shows="('question number 0', 'question number 0') != ('question number 0', '")
def mixes_up_the_ends_of_streams(chat: ChatPort) -> ChatPort:
    return _Forgetful(chat)


@attrs.frozen
class _Locked:
    """A `ChatPort` that locks: each sync stream as long as it is open, and each async call across its `await`."""

    chat: ChatPort
    streaming: AbstractContextManager[object] = attrs.field(factory=nullcontext, kw_only=True)
    awaiting: AbstractContextManager[object] = attrs.field(factory=nullcontext, kw_only=True)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        with self.streaming:
            return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        with self.awaiting:
            await asyncio.sleep(0)
            return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)

    def _events(self, request: ChatRequest) -> Events:
        with self.streaming, self.chat.stream(request) as stream:
            yield from stream


@in_memory("share.tasks", shows="a deadlock: not done after 5 seconds; it stands in:")
def holds_a_lock_of_threads_across_an_await(chat: ChatPort) -> ChatPort:
    return _Locked(chat, awaiting=threading.Lock())


@in_memory("share.nested", shows="a deadlock: not done after 5 seconds; it stands in:", mode="stream")
def answers_one_call_at_a_time(chat: ChatPort) -> ChatPort:
    return _Locked(chat, streaming=threading.Lock())


@in_memory("share.no-growth", shows="more than 4 threads remain", mode="complete")
def leaves_a_thread_behind_each_call(chat: ChatPort) -> ChatPort:
    def begin(request: ChatRequest) -> ChatRequest:
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
        return request

    return Bent(chat, asks=begin)


@attrs.frozen
class _Busy:
    """A `ChatPort` that does something else at the beginning of each async call."""

    chat: ChatPort
    begins: Callable[[], object]

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        self.begins()
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        self.begins()
        return self.chat.astream(request)


@in_memory("share.no-growth", shows="more than 4 tasks remain", mode="acomplete")
def leaves_a_task_behind_each_call(chat: ChatPort) -> ChatPort:
    tasks: list[asyncio.Task[None]] = []
    return _Busy(chat, lambda: tasks.append(asyncio.create_task(asyncio.sleep(60))))


@in_memory("share.loop-goes-on", shows="seconds while 16 calls began")
def blocks_the_loop_a_bit_in_each_call(chat: ChatPort) -> ChatPort:
    return _Busy(chat, lambda: time.sleep(0.05))


@over_http("share.loop-goes-on", shows="the event loop was blocked for")
def blocks_the_loop_while_it_waits(chat: PlainChat) -> ChatPort:
    return Blocking(from_async(chat))
