"""Broken where several callers share it."""

import asyncio
import time
from types import TracebackType

import attrs
import httpx

from llm_core import AsyncChatStream, ChatPort, ChatRequest, ChatResponse, ChatStream, from_async

from .bending import in_memory, over_http
from .plain_chat import PlainChat


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
