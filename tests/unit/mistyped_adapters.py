"""Adapters that are wrong in one type each: all of them run, and none is a ChatPort."""

from collections.abc import Iterator
from typing import Any

from llm_core import AsyncChatStream, ChatRequest, ChatResponse, ChatStream, StreamEvent
from llm_core.adapters.memory import InMemoryChat


class OneColour:
    """One half of a port, and right about it."""

    def __init__(self) -> None:
        self._chat = InMemoryChat.echo()

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self._chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self._chat.stream(request)


class OtherColour:
    """The other half."""

    def __init__(self) -> None:
        self._chat = InMemoryChat.echo()

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self._chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self._chat.astream(request)


class AnswersInWords(OtherColour):
    def complete(self, request: ChatRequest, /) -> str:
        return InMemoryChat.echo().complete(request).text

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return InMemoryChat.echo().stream(request)


class AnswersAnything(OtherColour):
    def complete(self, request: ChatRequest, /) -> Any:  # noqa: ANN401 -- this is what is wrong with it
        return InMemoryChat.echo().complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return InMemoryChat.echo().stream(request)


class StreamsAnything(OtherColour):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return InMemoryChat.echo().complete(request)

    def stream(self, request: ChatRequest, /) -> Any:  # noqa: ANN401 -- this is what is wrong with it
        return InMemoryChat.echo().stream(request)


class StreamsByIterator(OtherColour):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return InMemoryChat.echo().complete(request)

    def stream(self, request: ChatRequest, /) -> Iterator[StreamEvent]:
        return iter(InMemoryChat.echo().stream(request))


class BlocksWhereOthersAwait(OneColour):
    def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return InMemoryChat.echo().complete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return InMemoryChat.echo().astream(request)


class AwaitsTheStream(OneColour):
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await InMemoryChat.echo().acomplete(request)

    async def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return InMemoryChat.echo().astream(request)


class AsksForMore(OneColour):
    async def acomplete(self, request: ChatRequest, /, patience: float) -> ChatResponse:
        return await InMemoryChat.echo().acomplete(ChatRequest(messages=request.messages * int(patience)))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return InMemoryChat.echo().astream(request)


class Outer:
    class Inner(OneColour, OtherColour):
        """Right, and within a class."""
