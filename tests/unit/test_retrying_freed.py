import asyncio
import subprocess
import sys
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
    """A chat whose streams never end, and which tells how many of them, and of itself, were closed."""

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


def _output_of(program: str) -> str:
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return run.stdout


def test_without_stamina_the_error_names_the_extra() -> None:
    program = """
import sys
sys.modules["stamina"] = None  # as if it were not installed
from llm_core.adapters.memory import InMemoryChat
from llm_core.domain.errors import ConfigurationError
from llm_core.wrappers import Retrying
try:
    Retrying(InMemoryChat.echo())
except ConfigurationError as error:
    print(error, error.__context__)
"""

    output = _output_of(program)

    assert "Retrying needs stamina: pip install llm-core[retry] None\n" == output


def test_stamina_is_loaded_by_the_first_call() -> None:
    program = """
import sys, llm_core
from llm_core.adapters.memory import InMemoryChat
from llm_core.wrappers import Retrying
chat = Retrying(InMemoryChat.echo())
print("stamina" in sys.modules)
"""

    output = _output_of(program)

    assert "False\n" == output
