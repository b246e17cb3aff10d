"""How often the clauses ask, beside how often the fake provider was asked."""

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream


@attrs.frozen
class CountingChat:
    """The adapter under test; each call of it is added to `calls`, from whatever thread."""

    chat: ChatPort
    calls: list[str]

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and ask."""
        self.calls.append("complete")
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Count, and make the stream."""
        self.calls.append("stream")
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and ask."""
        self.calls.append("acomplete")
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Count, and make the stream."""
        self.calls.append("astream")
        return self.chat.astream(request)
