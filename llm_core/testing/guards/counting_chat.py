"""Counts the calls of a clause, which the fake provider must see as one request each, and keeps their requests."""

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream


@attrs.frozen
class CountingChat:
    """Wraps the adapter under test and adds each called method to `calls`, and its request, from any thread."""

    chat: ChatPort
    calls: list[str]
    requests: list[ChatRequest] = attrs.field(factory=list)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self.calls.append("complete")
        self.requests.append(request)
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Count, and make the stream."""
        self.calls.append("stream")
        self.requests.append(request)
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self.calls.append("acomplete")
        self.requests.append(request)
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Count, and make the stream."""
        self.calls.append("astream")
        self.requests.append(request)
        return self.chat.astream(request)
