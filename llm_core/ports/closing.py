"""`ManagedChatPort` for a port that lacks `close` or `aclose`."""

from typing import Protocol, runtime_checkable

from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse

from .chat import AsyncChatStream, ChatPort, ChatStream, ManagedChatPort


@runtime_checkable
class Managed(ManagedChatPort, Protocol):
    """`ManagedChatPort` for ``isinstance``."""


@runtime_checkable
class RuntimeChatPort(ChatPort, Protocol):
    """`ChatPort` for ``isinstance``."""


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> None: ...


@runtime_checkable
class _AsyncClosable(Protocol):
    async def aclose(self) -> None: ...


def require_chat(chat: object) -> None:
    """Raise TypeError unless *chat* has the four verbs; a class has them, and is no chat."""
    if isinstance(chat, type):
        raise TypeError(f"chat: expected a chat, got the class {chat.__name__}")
    if not isinstance(chat, RuntimeChatPort):
        raise TypeError(
            f"chat: expected a chat, with complete, stream, acomplete and astream, got {type(chat).__name__}"
        )


def managed(chat: ChatPort) -> ManagedChatPort:
    """Return *chat* if it is managed, else a wrapper that adds the missing methods."""
    return chat if isinstance(chat, Managed) else _Manager(chat)


class _Manager(ManagedChatPort):
    """Calls `close` and `aclose` of *chat* where it has them; ``with`` cannot close a port that has `aclose` alone."""

    def __init__(self, chat: ChatPort) -> None:
        self._chat = chat

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self._chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self._chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self._chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self._chat.astream(request)

    def close(self) -> None:
        if isinstance(self._chat, _Closable):
            self._chat.close()

    async def aclose(self) -> None:
        if isinstance(self._chat, _AsyncClosable):
            await self._chat.aclose()
        else:
            self.close()
