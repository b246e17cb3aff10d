"""Broken adapters that send more than one request for a successful call."""

import asyncio
from collections.abc import Callable

import attrs

from llm_core import AsyncChatStream, ChatPort, ChatRequest, ChatResponse, ChatStream, FinishReason
from llm_core.domain.response_builder import events_from_response
from llm_core.ports.streams import AsyncEventStream, EventStream

from .mutating import AsyncEvents, Events, in_memory


@attrs.frozen
class _Retrying:
    """A `ChatPort` that sends a request again if *should_retry* is true for the response."""

    chat: ChatPort
    should_retry: Callable[[ChatResponse], bool]

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        response = self.chat.complete(request)
        return self.chat.complete(request) if self.should_retry(response) else response

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        response = await self.chat.acomplete(request)
        return await self.chat.acomplete(request) if self.should_retry(response) else response

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@in_memory("answer.one-request", shows="2 requests for 1 call", name="plain", mode="complete")
def sends_every_request_twice(chat: ChatPort) -> ChatPort:
    return _Retrying(chat, lambda _: True)


@in_memory("answer.one-request", shows="2 requests for 1 call", name="cut", mode="acomplete")
def retries_an_answer_that_reached_the_token_limit(chat: ChatPort) -> ChatPort:
    return _Retrying(chat, lambda response: response.finish_reason is FinishReason.LENGTH)


@in_memory("answer.one-request", shows="2 requests for 1 call", name="broken arguments", mode="complete")
def retries_an_answer_with_invalid_arguments(chat: ChatPort) -> ChatPort:
    return _Retrying(chat, lambda response: bool(response.message.invalid_tool_calls))


@in_memory("answer.cut-beside-calls", shows="2 requests for 1 call: a call is one request", mode="complete")
def retries_an_answer_that_did_not_finish_with_stop(chat: ChatPort) -> ChatPort:
    return _Retrying(chat, lambda response: response.finish_reason is not FinishReason.STOP)


@attrs.frozen
class _Caching:
    """A `ChatPort` that answers an equal request from its memory."""

    chat: ChatPort
    stored: dict[str, ChatResponse] = attrs.field(factory=dict)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        key = repr(request)
        return self.stored[key] if key in self.stored else self.stored.setdefault(key, self.chat.complete(request))

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await asyncio.to_thread(self.complete, request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._async_events(request))

    def _events(self, request: ChatRequest) -> Events:
        yield from events_from_response(self.complete(request), chunk_size=4)

    async def _async_events(self, request: ChatRequest) -> AsyncEvents:
        for event in events_from_response(await self.acomplete(request), chunk_size=4):
            yield event


@in_memory("answer.no-stored-answer", shows="2 requests for 4 calls")
def answers_equal_requests_from_a_cache(chat: ChatPort) -> ChatPort:
    return _Caching(chat)
