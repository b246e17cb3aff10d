import asyncio

from llm_core import ChatPort, ChatRequest, ChatResponse, ChatStream, UserMessage, from_sync
from llm_core.adapters.memory import InMemoryChat
from llm_core.ports.chat import AsyncChatStream
from llm_core.ports.closing import managed

ASK = ChatRequest(messages=[UserMessage("hello")])


class _Closes:
    """A port that counts how often it was closed, from code that blocks."""

    def __init__(self) -> None:
        self.closed = 0
        self._chat = InMemoryChat.echo()

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self._chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self._chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self._chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self._chat.astream(request)

    def close(self) -> None:
        self.closed += 1


class _ClosesBoth(_Closes):
    """And from code that awaits."""

    async def aclose(self) -> None:
        self.closed += 10


def plain() -> ChatPort:
    return from_sync(InMemoryChat.echo())


def test_what_is_managed_stays_itself() -> None:
    chat = InMemoryChat.echo()

    seen = managed(chat)

    assert chat is seen


def test_a_plain_port_answers_and_can_be_left() -> None:
    with managed(plain()) as chat:
        seen = chat.complete(ASK)
        streamed = chat.stream(ASK).until_done()

    assert "hello" == seen.text
    assert seen == streamed


def test_a_plain_port_answers_and_can_be_left_by_code_that_awaits() -> None:
    async def ask() -> tuple[ChatResponse, ChatResponse]:
        async with managed(plain()) as chat:
            return await chat.acomplete(ASK), await chat.astream(ASK).until_done()

    seen, streamed = asyncio.run(ask())

    assert "hello" == seen.text
    assert seen == streamed


def test_a_port_that_closes_in_one_colour_is_closed_in_both() -> None:
    chat = _Closes()

    managed(chat).close()
    asyncio.run(managed(chat).aclose())

    assert 2 == chat.closed


def test_a_port_that_closes_in_two_colours_is_closed_in_the_one_asked_for() -> None:
    chat = _ClosesBoth()

    managed(chat).close()
    asyncio.run(managed(chat).aclose())

    assert 11 == chat.closed
