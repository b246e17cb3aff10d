"""What has arrived of an answer that `from_events` is told of, and is not whole yet."""

from collections.abc import Iterator
from typing import assert_never

import attrs

from llm_core.domain.errors import BadResponseError, StreamInterruptedError
from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.usage import Usage

from .halves import Halves
from .tool_call_assembler import ToolCallAssembler, ToolCallChunk

_NOTHING = AssistantMessage()


@attrs.frozen
class Arrived:
    """Halves of characters, and calls."""

    halves: Halves = attrs.field(factory=Halves)
    calls: ToolCallAssembler = attrs.field(factory=ToolCallAssembler)

    def take(self, event: StreamEvent | None, told: ResponseBuilder) -> Iterator[StreamEvent]:
        """Yield what *event* makes whole. None is an end that nobody told: raise what that is."""
        event = self.halves.without(event)
        match event:
            case None:
                raise BadResponseError if self.partial(told) is None else StreamInterruptedError
            case ToolCallStart(index=index):
                yield from self.calls.add(ToolCallChunk(index=index, id=event.id or None, name=event.name or None))
            case ToolCallDelta(index=index):
                yield from self.calls.add(ToolCallChunk(index=index, arguments=event.arguments_text))
            case StreamEnd(response=response):
                yield from self.calls.finish()
                yield StreamEnd(response=_answered(response, told))
            case TextDelta(text) | ReasoningDelta(text):
                yield from (event,) if text + "" else ()  # TypeError: it is no text
            case _:
                assert_never(event)

    def partial(self, told: ResponseBuilder) -> AssistantMessage | None:
        """Return what has arrived, if anything has."""
        try:
            for event in self.calls.finish():
                told.add(event)
            partial = told.partial()
        except (TypeError, ValueError):  # the pieces of a call are no text
            return None
        return None if partial == _NOTHING else partial


def _answered(response: ChatResponse, told: ResponseBuilder) -> ChatResponse:
    message = told.message(response.finish_reason, response.message)
    whole = attrs.evolve(response, message=message, usage=None if response.usage == Usage() else response.usage)
    if message == _NOTHING and whole.finish_reason is FinishReason.STOP:
        raise BadResponseError
    return whole
