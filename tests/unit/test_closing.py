import asyncio

import pytest

from llm_core import ChatPort, ChatRequest, ChatResponse, ChatStream, ManagedChatPort, UserMessage, from_sync
from llm_core.adapters.memory import InMemoryChat
from llm_core.ports.chat import AsyncChatStream
from llm_core.ports.closing import managed

REQUEST = ChatRequest(messages=[UserMessage("hello")])


class _Closes:
    """A port with `close` alone, which counts its calls."""

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
    """A port with `close` and `aclose`."""

    async def aclose(self) -> None:
        self.closed += 10


class _Subclass(_ClosesBoth, ManagedChatPort):
    """A port that has ``with`` and ``async with`` from `ManagedChatPort`."""


class _WithoutClose(ManagedChatPort):
    """A port that forgets `close`; the other verbs are there."""

    complete = _Closes.complete
    stream = _Closes.stream
    acomplete = _Closes.acomplete
    astream = _Closes.astream
    aclose = _ClosesBoth.aclose


def plain() -> ChatPort:
    return from_sync(InMemoryChat.echo())


def test_a_managed_chat_is_returned_as_it_is() -> None:
    chat = InMemoryChat.echo()

    result = managed(chat)

    assert chat is result


def test_a_plain_port_can_be_used_in_with() -> None:
    with managed(plain()) as chat:
        response = chat.complete(REQUEST)
        streamed = chat.stream(REQUEST).until_done()

    assert "hello" == response.text
    assert response == streamed


def test_a_plain_port_can_be_used_in_async_with() -> None:
    async def act() -> tuple[ChatResponse, ChatResponse]:
        async with managed(plain()) as chat:
            return await chat.acomplete(REQUEST), await chat.astream(REQUEST).until_done()

    response, streamed = asyncio.run(act())

    assert "hello" == response.text
    assert response == streamed


def test_close_and_aclose_both_call_the_close_of_a_port_without_aclose() -> None:
    chat = _Closes()

    managed(chat).close()
    asyncio.run(managed(chat).aclose())

    assert 2 == chat.closed


def test_close_and_aclose_call_the_same_method_of_the_port() -> None:
    chat = _ClosesBoth()

    managed(chat).close()
    asyncio.run(managed(chat).aclose())

    assert 11 == chat.closed


def test_a_subclass_of_the_port_is_closed_by_with_and_by_async_with() -> None:
    chat = _Subclass()

    async def act() -> bool:
        async with chat as entered:
            return entered is chat

    with chat as entered:
        pass
    entered_async = asyncio.run(act())

    assert entered is chat
    assert entered_async
    assert 11 == chat.closed


def test_a_subclass_of_the_port_that_forgets_a_verb_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract method close"):
        _WithoutClose()  # type: ignore[abstract]  # this is what is tested
