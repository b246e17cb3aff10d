"""Counts the calls of a clause, which the fake provider must see as one request each, and observes each of them."""

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream

from .observations import Observations, caller_context
from .observed_stream import ObservedAsyncStream, ObservedStream


@attrs.frozen
class CountingChat:
    """Wraps the adapter under test and adds the name of each called method to `calls`, from any thread.

    `requests` are those of the calls; `answered` are the calls that returned a response, without those of streams.
    """

    chat: ChatPort
    calls: list[str]
    requests: list[ChatRequest] = attrs.field(factory=list)
    answered: list[str] = attrs.field(factory=list)
    seen: Observations = attrs.field(factory=Observations)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self._begin("complete", request)
        before = caller_context()
        try:
            response = self.chat.complete(request)
        except ChatError as error:
            self.seen.error(error)
            raise
        finally:
            self.seen.context(before)
        return self._answered("complete", response)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Count, and make the stream."""
        self._begin("stream", request)
        return ObservedStream(self.seen, self.chat.stream(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Count, and call."""
        self._begin("acomplete", request)
        before = caller_context()
        try:
            response = await self.chat.acomplete(request)
        except ChatError as error:
            self.seen.error(error)
            raise
        finally:
            self.seen.context(before)
        return self._answered("acomplete", response)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Count, and make the stream."""
        self._begin("astream", request)
        return ObservedAsyncStream(self.seen, self.chat.astream(request))

    def _begin(self, verb: str, request: ChatRequest) -> None:
        self.calls.append(verb)
        self.requests.append(request)
        self.seen.request(request)

    def _answered(self, verb: str, response: ChatResponse) -> ChatResponse:
        self.answered.append(verb)
        self.seen.response(response)
        return response
