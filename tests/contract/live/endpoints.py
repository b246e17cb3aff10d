"""An endpoint in small, which keeps every live promise, and others that each break one. Long stories take long."""

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

SPENT = Usage(input_tokens=7, output_tokens=5)
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
            return told(AssistantMessage(tool_calls=[ToolCall(id="1", name="get_weather", arguments={})]))
        if (request.settings.max_tokens or 9) < 9:
            return told(AssistantMessage("Once"), FinishReason.LENGTH)
        return told(AssistantMessage("Hello from a small endpoint."))


def told(message: AssistantMessage, reason: FinishReason = FinishReason.STOP) -> ChatResponse:
    return ChatResponse(message=message, finish_reason=reason, usage=SPENT, model="small", id=f"answer-{next(_ids)}")


class KeepsAll(LiveContract):
    kind: type[Endpoint] = Endpoint

    def chat(self) -> ManagedChatPort:
        return from_async(self.kind())


class _AnswersToAnyName(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return super().answer(attrs.evolve(request, model=None))


class AnswersToAnyName(KeepsAll):
    kind = _AnswersToAnyName


class _TakesNoTools(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        if request.tools:
            raise UnsupportedFeatureError
        return super().answer(request)


class TakesNoTools(KeepsAll):
    kind = _TakesNoTools


class _TellsAtOnce(Endpoint):
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return self.answer(request)


class TellsAtOnce(KeepsAll):
    kind = _TellsAtOnce


class _SaysNothing(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        response = super().answer(request)
        return attrs.evolve(response, message=attrs.evolve(response.message, content=" "))


class SaysNothing(KeepsAll):
    kind = _SaysNothing


class _EndsOddly(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        response = super().answer(request)
        odd = response.finish_reason is FinishReason.STOP
        return attrs.evolve(response, finish_reason=FinishReason.OTHER) if odd else response


class EndsOddly(KeepsAll):
    kind = _EndsOddly


class _TellsNoUsage(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return attrs.evolve(super().answer(request), usage=None)


class TellsNoUsage(KeepsAll):
    kind = _TellsNoUsage


class _CountsNothing(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return attrs.evolve(super().answer(request), usage=Usage(input_tokens=7, output_tokens=0))


class CountsNothing(KeepsAll):
    kind = _CountsNothing


class _EndsTwice(Endpoint):
    def astream(self, request: ChatRequest, /) -> AsyncEventStream:
        return _OpenToTheEnd(self.events(request))

    async def events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async for event in super().events(request):
            yield event
        yield StreamEnd(response=self.answer(request))


class _OpenToTheEnd(AsyncEventStream):
    async def __anext__(self) -> StreamEvent:
        event, self._peeked = self._peeked, None
        return await anext(self._events) if event is None else event


class EndsTwice(KeepsAll):
    kind = _EndsTwice


class _EndsWithOtherWords(Endpoint):
    async def events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async for event in super().events(request):
            if isinstance(event, StreamEnd):
                yield StreamEnd(response=attrs.evolve(event.response, message=AssistantMessage("Bye.")))
            else:
                yield event


class EndsWithOtherWords(KeepsAll):
    kind = _EndsWithOtherWords


class _KnowsNoLimit(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return super().answer(attrs.evolve(request, settings=STORY.settings))


class KnowsNoLimit(KeepsAll):
    kind = _KnowsNoLimit


class _CallsNothing(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return super().answer(attrs.evolve(request, tool_choice="auto"))


class CallsNothing(KeepsAll):
    kind = _CallsNothing


class _ChokesOnResults(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        if isinstance(request.messages[-1], ToolMessage):
            raise LookupError("sk-secret-of-mine, Bearer abcdefghijkl")
        return super().answer(request)


class ChokesOnResults(KeepsAll):
    kind = _ChokesOnResults


class _TellsAsyncLess(Endpoint):
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        response = await super().acomplete(request)
        awaited = threading.current_thread() is threading.main_thread()  # `from_async` blocks for a thread of its own
        return attrs.evolve(response, id=None) if awaited else response


class TellsAsyncLess(KeepsAll):
    kind = _TellsAsyncLess


class _IsStubborn(Endpoint):
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return await super().acomplete(request)
        except asyncio.CancelledError:
            return self.answer(request)


class IsStubborn(KeepsAll):
    kind = _IsStubborn


class _Lingers(Endpoint):
    async def events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        try:
            async for event in super().events(request):
                yield event
        finally:
            if request == STORY:
                await asyncio.sleep(2.2)


class Lingers(KeepsAll):
    kind = _Lingers


class _Remembers(Endpoint):
    def astream(self, request: ChatRequest, /) -> AsyncEventStream:
        return _WithResponse(self.events(request))


class _WithResponse(AsyncEventStream):
    @property
    def response(self) -> ChatResponse:
        return told(AssistantMessage("Once"))


class Remembers(KeepsAll):
    kind = _Remembers


class _Mixes(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        return attrs.evolve(super().answer(request), id="always")


class Mixes(KeepsAll):
    kind = _Mixes


class _RaisesForeigners(Endpoint):
    def answer(self, request: ChatRequest) -> ChatResponse:
        try:
            return super().answer(request)
        except ModelNotFoundError as error:
            raise LookupError(request.model) from error


class RaisesForeigners(KeepsAll):
    kind = _RaisesForeigners


class FillsNothing(LiveContract):
    pass
