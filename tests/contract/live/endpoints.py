"""A small endpoint that passes every live clause, and endpoints that each break one; `STORY` takes them 5 seconds."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from itertools import count

import attrs

from llm_core import (
    AssistantMessage,
    AsyncEventStream,
    ChatRequest,
    ChatResponse,
    FinishReason,
    ManagedChatPort,
    ModelNotFoundError,
    StreamEnd,
    StreamEvent,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    Usage,
    events_from_response,
    from_async,
)
from llm_core.testing import LiveContract
from llm_core.testing.live.live_requests import STORY

USAGE = Usage(input_tokens=7, output_tokens=5)
_ids = count(1)


class Endpoint:
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        if request == STORY:
            await asyncio.sleep(5)
        return self.answer(request)

    def astream(self, request: ChatRequest, /) -> AsyncEventStream:
        return AsyncEventStream(self.events(request))

    async def events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        for event in events_from_response(self.answer(request), chunk_size=4):
            yield event
            if request == STORY:
                await asyncio.sleep(5)

    def answer(self, request: ChatRequest) -> ChatResponse:
        if request.model is not None:
            raise ModelNotFoundError
        if request.tool_choice == "required":
            return respond(AssistantMessage(tool_calls=[ToolCall(id="1", name="get_weather", arguments={})]))
        if (request.settings.max_tokens or 9) < 9:
            return respond(AssistantMessage("Once"), FinishReason.LENGTH)
        return respond(AssistantMessage("Hello from a small endpoint."))


def respond(message: AssistantMessage, reason: FinishReason = FinishReason.STOP) -> ChatResponse:
    return ChatResponse(message=message, finish_reason=reason, usage=USAGE, model="small", id=f"answer-{next(_ids)}")


class Correct(LiveContract):
    endpoint_class: type[Endpoint] = Endpoint

    def chat(self) -> ManagedChatPort:
        return from_async(self.endpoint_class())


class _AcceptsAnyModelName(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return super().answer(attrs.evolve(request, model=None))


class AcceptsAnyModelName(Correct):
    endpoint_class = _AcceptsAnyModelName


class _RefusesTools(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        if request.tools:
            raise UnsupportedFeatureError(feature="this request")
        return super().answer(request)


class RefusesTools(Correct):
    endpoint_class = _RefusesTools


class _AnswersAtOnce(Endpoint):
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return self.answer(request)


class AnswersAtOnce(Correct):
    endpoint_class = _AnswersAtOnce


class _ReturnsBlankText(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        response = super().answer(request)
        return attrs.evolve(response, message=attrs.evolve(response.message, content=" "))


class ReturnsBlankText(Correct):
    endpoint_class = _ReturnsBlankText


class _FinishesWithOther(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        response = super().answer(request)
        stopped = response.finish_reason is FinishReason.STOP
        return attrs.evolve(response, finish_reason=FinishReason.OTHER) if stopped else response


class FinishesWithOther(Correct):
    endpoint_class = _FinishesWithOther


class _ReportsNoUsage(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return attrs.evolve(super().answer(request), usage=None)


class ReportsNoUsage(Correct):
    endpoint_class = _ReportsNoUsage


class _ReportsZeroOutputTokens(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return attrs.evolve(super().answer(request), usage=Usage(input_tokens=7, output_tokens=0))


class ReportsZeroOutputTokens(Correct):
    endpoint_class = _ReportsZeroOutputTokens


class _YieldsStreamEndTwice(Endpoint):
    def astream(self, request: ChatRequest, /) -> AsyncEventStream:
        return _UncheckedStream(self.events(request))

    async def events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async for event in super().events(request):
            yield event
        yield StreamEnd(response=self.answer(request))


class _UncheckedStream(AsyncEventStream):
    async def __anext__(self) -> StreamEvent:
        event, self._peeked = self._peeked, None
        return await anext(self._events) if event is None else event


class YieldsStreamEndTwice(Correct):
    endpoint_class = _YieldsStreamEndTwice


class _EndsWithOtherText(Endpoint):
    async def events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async for event in super().events(request):
            if isinstance(event, StreamEnd):
                yield StreamEnd(response=attrs.evolve(event.response, message=AssistantMessage("Bye.")))
            else:
                yield event


class EndsWithOtherText(Correct):
    endpoint_class = _EndsWithOtherText


class _IgnoresMaxTokens(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return super().answer(attrs.evolve(request, settings=STORY.settings))


class IgnoresMaxTokens(Correct):
    endpoint_class = _IgnoresMaxTokens


class _IgnoresToolChoice(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return super().answer(attrs.evolve(request, tool_choice="auto"))


class IgnoresToolChoice(Correct):
    endpoint_class = _IgnoresToolChoice


class _FailsOnToolResults(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        if isinstance(request.messages[-1], ToolMessage):
            raise LookupError("sk-secret-of-mine, Bearer abcdefghijkl")
        return super().answer(request)


class FailsOnToolResults(Correct):
    endpoint_class = _FailsOnToolResults


class _DropsIdInAsyncCalls(Endpoint):
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        response = await super().acomplete(request)
        # `from_async` runs sync calls in a thread of its own.
        is_async = threading.current_thread() is threading.main_thread()
        return attrs.evolve(response, id=None) if is_async else response


class DropsIdInAsyncCalls(Correct):
    endpoint_class = _DropsIdInAsyncCalls


class _IgnoresCancellation(Endpoint):
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return await super().acomplete(request)
        except asyncio.CancelledError:
            return self.answer(request)


class IgnoresCancellation(Correct):
    endpoint_class = _IgnoresCancellation


class _ClosesSlowly(Endpoint):
    async def events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        try:
            async for event in super().events(request):
                yield event
        finally:
            if request == STORY:
                await asyncio.sleep(2.2)


class ClosesSlowly(Correct):
    endpoint_class = _ClosesSlowly


class _HasResponseAfterClose(Endpoint):
    def astream(self, request: ChatRequest, /) -> AsyncEventStream:
        return _AlwaysHasResponse(self.events(request))


class _AlwaysHasResponse(AsyncEventStream):
    @property
    def response(self) -> ChatResponse:
        return respond(AssistantMessage("Once"))


class HasResponseAfterClose(Correct):
    endpoint_class = _HasResponseAfterClose


class _ReusesResponseId(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return attrs.evolve(super().answer(request), id="always")


class ReusesResponseId(Correct):
    endpoint_class = _ReusesResponseId


class _RaisesLookupError(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        try:
            return super().answer(request)
        except ModelNotFoundError as error:
            raise LookupError(request.model) from error


class RaisesLookupError(Correct):
    endpoint_class = _RaisesLookupError


class DefinesNoChat(LiveContract):
    pass
