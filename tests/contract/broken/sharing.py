"""Broken where several callers share it."""

import asyncio
import time

import attrs

from llm_core import AsyncChatStream, ChatPort, ChatRequest, ChatResponse, ChatStream

from .bending import in_memory


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
