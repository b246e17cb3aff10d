"""Counts the calls that a clause makes, which the fake provider must see as one request each."""

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream


@attrs.frozen
class CountingChat:
    """Wraps the adapter under test and adds the name of each called method to `calls`, from any thread."""

    chat: ChatPort
    calls: list[str]

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self.calls.append("complete")
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Count, and make the stream."""
        self.calls.append("stream")
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self.calls.append("acomplete")
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Count, and make the stream."""
        self.calls.append("astream")
        return self.chat.astream(request)
