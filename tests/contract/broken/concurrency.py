"""Broken adapters that fail when several threads, tasks or event loops share them."""

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

from .mutating import AsyncEvents, Events, Mutated, in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import BlockingChat


@attrs.define
class _SharedRequest:
    """A `ChatPort` that stores the request in an attribute, and answers whichever request is stored there."""

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


@in_memory("share.tasks", shows="the answers[0]: expected 'question number 0', ")
def mixes_up_the_requests_of_tasks(chat: ChatPort) -> ChatPort:
    return _SharedRequest(chat)


@in_memory("share.threads", shows="the answers[")
def mixes_up_the_requests_of_threads(chat: ChatPort) -> ChatPort:
    return _SharedRequest(chat)


class _NeverClosed(httpx.AsyncClient):
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Keep the connection open."""


@over_http("share.no-growth", shows="more than 4 connections are open", mode="acomplete")
def opens_a_client_for_each_call_and_closes_none(chat: PlainChat) -> ChatPort:
    clients: list[httpx.AsyncClient] = []  # the garbage collector would close them otherwise

    def new_client() -> httpx.AsyncClient:
        clients.append(_NeverClosed(trust_env=False))
        return clients[-1]

    return from_async(attrs.evolve(chat, new_client=new_client))


@attrs.define
class _FirstLoopOnly:
    """A `ChatPort` that uses the event loop of its first call in all later calls."""

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


@in_memory("share.loops", shows="Event loop is closed", raises=RuntimeError)
def uses_only_the_first_event_loop(chat: ChatPort) -> ChatPort:
    return _FirstLoopOnly(chat)


@attrs.define
class _SharedText:
    """A `ChatPort` that collects the text of a stream in an attribute, and ends the stream with that text."""

    chat: ChatPort
    texts: list[str] = attrs.field(factory=list)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._async_events(request))

    def _events(self, request: ChatRequest) -> Events:
        self.texts = []
        with self.chat.stream(request) as stream:
            for event in stream:
                yield self._collected(event)

    async def _async_events(self, request: ChatRequest) -> AsyncEvents:
        self.texts = []
        async with self.chat.astream(request) as stream:
            async for event in stream:
                await asyncio.sleep(0)
                yield self._collected(event)

    def _collected(self, event: StreamEvent) -> StreamEvent:
        if isinstance(event, StreamEnd):
            message = attrs.evolve(event.response.message, content="".join(self.texts))
            return StreamEnd(response=attrs.evolve(event.response, message=message))
        self.texts += [event.text] if isinstance(event, TextDelta) else []
        return event


@in_memory("share.tasks", shows="the answers[0][1]: from character 0, expected 'question")
def mixes_up_the_final_responses_of_streams(chat: ChatPort) -> ChatPort:
    return _SharedText(chat)


@attrs.frozen
class _Locked:
    """A `ChatPort` that holds a lock while a sync stream is open, or across the `await` of an async call."""

    chat: ChatPort
    stream_lock: AbstractContextManager[object] = attrs.field(factory=nullcontext, kw_only=True)
    await_lock: AbstractContextManager[object] = attrs.field(factory=nullcontext, kw_only=True)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        with self.stream_lock:
            return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        with self.await_lock:
            await asyncio.sleep(0)
            return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)

    def _events(self, request: ChatRequest) -> Events:
        with self.stream_lock, self.chat.stream(request) as stream:
            yield from stream


@in_memory("share.tasks", shows="a deadlock: not done after 5 seconds; it stands in:")
def holds_a_thread_lock_across_an_await(chat: ChatPort) -> ChatPort:
    return _Locked(chat, await_lock=threading.Lock())


@in_memory("share.nested", shows="a deadlock: not done after 5 seconds; it stands in:", mode="stream")
def locks_until_a_stream_is_closed(chat: ChatPort) -> ChatPort:
    return _Locked(chat, stream_lock=threading.Lock())


@in_memory("share.no-growth", shows="more than 4 threads remain", mode="complete")
def leaves_a_thread_running_after_each_call(chat: ChatPort) -> ChatPort:
    def start_thread(request: ChatRequest) -> ChatRequest:
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
        return request

    return Mutated(chat, on_request=start_thread)


@attrs.frozen
class _RunsFirst:
    """A `ChatPort` that runs *action* at the start of each async call."""

    chat: ChatPort
    action: Callable[[], object]

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        self.action()
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        self.action()
        return self.chat.astream(request)


@in_memory("share.no-growth", shows="more than 4 tasks remain", mode="acomplete")
def leaves_a_task_running_after_each_call(chat: ChatPort) -> ChatPort:
    tasks: list[asyncio.Task[None]] = []
    return _RunsFirst(chat, lambda: tasks.append(asyncio.create_task(asyncio.sleep(60))))


@in_memory("share.loop-goes-on", shows="seconds while 16 calls began")
def blocks_the_loop_briefly_in_each_call(chat: ChatPort) -> ChatPort:
    return _RunsFirst(chat, lambda: time.sleep(0.05))


@over_http("share.loop-goes-on", shows="the event loop was blocked for")
def blocks_the_loop_while_it_waits_for_the_response(chat: PlainChat) -> ChatPort:
    return BlockingChat(from_async(chat))
