"""Adapters with one wrong type each: all of them run, and a type checker accepts none of them as a ChatPort."""

from collections.abc import Iterator
from typing import Any

from llm_core import AsyncChatStream, ChatRequest, ChatResponse, ChatStream, StreamEvent
from llm_core.adapters.memory import InMemoryChat


class SyncOnlyAdapter:
    """The sync methods of a port, correctly typed."""

    def __init__(self) -> None:
        self._chat = InMemoryChat.echo()

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self._chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self._chat.stream(request)


class AsyncOnlyAdapter:
    """The async methods of a port, correctly typed."""

    def __init__(self) -> None:
        self._chat = InMemoryChat.echo()

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self._chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self._chat.astream(request)


class CompletesToText(AsyncOnlyAdapter):
    def complete(self, request: ChatRequest, /) -> str:
        return InMemoryChat.echo().complete(request).text

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return InMemoryChat.echo().stream(request)


class CompletesToAny(AsyncOnlyAdapter):
    def complete(self, request: ChatRequest, /) -> Any:  # noqa: ANN401 -- the wrong type that this adapter is for
        return InMemoryChat.echo().complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return InMemoryChat.echo().stream(request)


class StreamsToAny(AsyncOnlyAdapter):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return InMemoryChat.echo().complete(request)

    def stream(self, request: ChatRequest, /) -> Any:  # noqa: ANN401 -- the wrong type that this adapter is for
        return InMemoryChat.echo().stream(request)


class StreamsToIterator(AsyncOnlyAdapter):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return InMemoryChat.echo().complete(request)

    def stream(self, request: ChatRequest, /) -> Iterator[StreamEvent]:
        return iter(InMemoryChat.echo().stream(request))


class SyncAcomplete(SyncOnlyAdapter):
    def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return InMemoryChat.echo().complete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return InMemoryChat.echo().astream(request)


class CoroutineAstream(SyncOnlyAdapter):
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await InMemoryChat.echo().acomplete(request)

    async def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return InMemoryChat.echo().astream(request)


class RequiresAnExtraArgument(SyncOnlyAdapter):
    async def acomplete(self, request: ChatRequest, /, patience: float) -> ChatResponse:
        return await InMemoryChat.echo().acomplete(ChatRequest(messages=request.messages * int(patience)))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return InMemoryChat.echo().astream(request)


class Outer:
    class Inner(SyncOnlyAdapter, AsyncOnlyAdapter):
        """A correct port in a nested class."""
