"""Counts the calls of a clause, which the fake provider must see as one request each, and keeps their requests."""

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream


@attrs.frozen
class CountingChat:
    """Wraps the adapter under test and adds the name of each called method to `calls`, from any thread.

    `requests` are those of the calls; `answered` are the calls that returned a response, without those of streams.
    """

    chat: ChatPort
    calls: list[str]
    requests: list[ChatRequest] = attrs.field(factory=list)
    answered: list[str] = attrs.field(factory=list)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self.calls.append("complete")
        self.requests.append(request)
        response = self.chat.complete(request)
        self.answered.append("complete")
        return response

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Count, and make the stream."""
        self.calls.append("stream")
        self.requests.append(request)
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self.calls.append("acomplete")
        self.requests.append(request)
        response = await self.chat.acomplete(request)
        self.answered.append("acomplete")
        return response

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Count, and make the stream."""
        self.calls.append("astream")
        self.requests.append(request)
        return self.chat.astream(request)
