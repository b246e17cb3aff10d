"""Counts the calls that a clause makes, which the fake provider must see as one request each."""

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream


@attrs.frozen
class CountingChat:
    """Wraps the adapter under test and adds the name of each called method to `calls`, from any thread.

    `answered` are those that returned a response; the answers of streams are not counted.
    """

    chat: ChatPort
    calls: list[str]
    answered: list[str]

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self.calls.append("complete")
        response = self.chat.complete(request)
        self.answered.append("complete")
        return response

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Count, and make the stream."""
        self.calls.append("stream")
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self.calls.append("acomplete")
        response = await self.chat.acomplete(request)
        self.answered.append("acomplete")
        return response

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Count, and make the stream."""
        self.calls.append("astream")
        return self.chat.astream(request)
