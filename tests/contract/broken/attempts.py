"""Broken adapters that send more than one request for a successful call."""

from collections.abc import Callable

import attrs

from llm_core import AsyncChatStream, ChatPort, ChatRequest, ChatResponse, ChatStream, FinishReason

from .mutating import in_memory


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
