"""Broken adapters that do not close: connections stay open, or closing again fails."""

from typing import Self

import attrs
import httpx

from llm_core import (
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    ManagedChatPort,
    from_async,
)

from .mutating import in_memory, over_http
from .plain_chat import PlainChat


class _StaysOpen(httpx.AsyncClient):
    """A client that is shared by all calls: leaving ``async with`` closes nothing."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep the connections."""


def _with_pool(chat: PlainChat) -> ManagedChatPort:
    clients: list[httpx.AsyncClient] = []

    def shared() -> httpx.AsyncClient:
        if not clients:
            clients.append(_StaysOpen(trust_env=False, timeout=None))
        return clients[0]

    return from_async(attrs.evolve(chat, new_client=shared))


@over_http("adapter.close", shows="connections are open after the adapter was closed", how="close", use="sync")
def leaves_the_pool_open_after_close(chat: PlainChat) -> ChatPort:
    return _with_pool(chat)


@over_http("adapter.close", shows="connections are open after the adapter was closed", how="aclose", use="async")
def leaves_the_pool_open_after_aclose(chat: PlainChat) -> ChatPort:
    return _with_pool(chat)


class _ClosesOnce(ManagedChatPort):
    def __init__(self, chat: ChatPort) -> None:
        self.chat = chat
        self.closed = False

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True

    async def aclose(self) -> None:
        self.close()


@in_memory("adapter.close", shows="closed already", how="close", use="unused", raises=RuntimeError)
def raises_when_the_adapter_is_closed_again(chat: ChatPort) -> ChatPort:
    return _ClosesOnce(chat)


@in_memory("adapter.close", shows="closed already", how="close, aclose", use="sync", raises=RuntimeError)
def raises_when_the_adapter_is_aclosed_after_close(chat: ChatPort) -> ChatPort:
    return _ClosesOnce(chat)


@in_memory("adapter.close-after-use", shows="RuntimeError: closed already (after calls in all modes)")
def raises_when_it_is_closed_after_aclose(chat: ChatPort) -> ChatPort:
    return _ClosesOnce(chat)


class _BreaksOnError(_ClosesOnce):
    """An adapter that loses its client with a failed call, and closes well after any other."""

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self.chat.complete(request)
        except ChatError:
            self.closed = True
            raise

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("the client is gone")


@in_memory(
    "adapter.close-after-use",
    shows="closing the adapter failed after 1 use in this run; the first",
)
def cannot_be_closed_after_an_error(chat: ChatPort) -> ChatPort:
    return _BreaksOnError(chat)


class _OnlyCloseEnds(_ClosesOnce):
    def __init__(self, chat: ManagedChatPort) -> None:
        super().__init__(chat)
        self.managed = chat

    def close(self) -> None:
        self.managed.close()

    async def aclose(self) -> None:
        """Leave the thread of the sync verbs running."""


@over_http("adapter.close-ends-threads", shows="threads remain after 5 adapters were closed", how="async with")
def leaves_its_thread_running_after_aclose(chat: PlainChat) -> ChatPort:
    return _OnlyCloseEnds(from_async(chat))
