import asyncio
import time
from collections.abc import AsyncGenerator, Generator

import pytest

from llm_core.adapters.memory import InMemoryChat
from llm_core.domain.errors import ServerError
from llm_core.domain.events import StreamEvent, TextDelta
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatStream, ManagedChatPort
from llm_core.ports.streams import AsyncEventStream, EventStream
from llm_core.wrappers import Retrying

REQUEST = ChatRequest(messages=[UserMessage("hi")])


class Endless:
    """A chat whose streams never end, and which counts how often they and itself are closed."""

    def __init__(self) -> None:
        self.freed = 0
        self.closed: list[str] = []

    def complete(self, _request: ChatRequest, /) -> ChatResponse:
        raise ServerError(retry_after=60)

    async def acomplete(self, _request: ChatRequest, /) -> ChatResponse:
        raise ServerError(retry_after=60)

    def stream(self, _request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events())

    def astream(self, _request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._aevents())

    def close(self) -> None:
        self.closed.append("close")

    async def aclose(self) -> None:
        self.closed.append("aclose")

    def _events(self) -> Generator[StreamEvent, None, None]:
        try:
            while True:
                yield TextDelta("on and ")
        finally:
            self.freed += 1

    async def _aevents(self) -> AsyncGenerator[StreamEvent, None]:
        try:
            while True:
                yield TextDelta("on and ")
        finally:
            self.freed += 1


def test_leaving_a_stream_closes_the_wrapped_stream() -> None:
    chat = Endless()

    with Retrying(chat).stream(REQUEST) as events:
        event = next(events)

    assert TextDelta("on and ") == event
    assert 1 == chat.freed


def test_leaving_an_async_stream_closes_the_wrapped_stream() -> None:
    chat = Endless()

    async def read() -> StreamEvent:
        async with Retrying(chat).astream(REQUEST) as events:
            return await anext(events)

    event = asyncio.run(read())

    assert TextDelta("on and ") == event
    assert 1 == chat.freed


def test_cancelling_ends_the_wait_between_two_attempts() -> None:
    async def call() -> None:
        async with asyncio.timeout(0.05):
            await Retrying(Endless()).acomplete(REQUEST)

    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(call())

    assert time.monotonic() - begun < 5


def test_closing_closes_the_wrapped_chat() -> None:
    chat = Endless()
    retrying: ManagedChatPort = Retrying(chat)

    retrying.close()
    asyncio.run(retrying.aclose())

    assert ["close", "aclose"] == chat.closed


def test_leaving_the_chat_leaves_the_wrapped_chat() -> None:
    async def leave() -> None:
        async with Retrying(InMemoryChat(["not used"])):
            pass

    with pytest.raises(AssertionError, match="1 of 1 answers"), Retrying(InMemoryChat(["not used"])):
        pass
    with pytest.raises(AssertionError, match="1 of 1 answers"):
        asyncio.run(leave())
