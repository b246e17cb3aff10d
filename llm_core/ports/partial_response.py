"""The buffers of a response that is still arriving."""

from collections.abc import Iterable

import attrs

from llm_core.domain.events import ReasoningDelta, StreamEvent, TextDelta
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.domain.surrogates import SurrogateBuffer
from llm_core.domain.usage import Usage

from .tool_call_assembler import ToolCallAssembler, ToolCallChunk


@attrs.define(eq=False, repr=False)
class PartialResponse:
    """Buffers an incomplete response: surrogate halves, unfinished tool calls, the message and the usage so far."""

    calls: ToolCallAssembler = attrs.field(factory=ToolCallAssembler)
    builder: ResponseBuilder = attrs.field(factory=ResponseBuilder)
    usage: Usage | None = None
    _text: SurrogateBuffer = attrs.field(factory=SurrogateBuffer)
    _reasoning: SurrogateBuffer = attrs.field(factory=SurrogateBuffer)
    _has_text: bool = False

    def feed(self, reasoning: str = "", text: str = "", calls: Iterable[ToolCallChunk] = ()) -> list[StreamEvent]:
        """Add the next part of the response; return the events that it completes."""
        events: list[StreamEvent] = []
        if reasoning:
            self._has_text = True
            if complete := self._reasoning.feed(reasoning):
                events.append(ReasoningDelta(complete))
        if text:
            self._has_text = True
            if complete := self._text.feed(text):
                events.append(TextDelta(complete))
        for chunk in calls:
            events += self.calls.add(chunk)
        for event in events:
            self.builder.add(event)
        return events

    def finish(self) -> list[StreamEvent]:
        """Return the events that are still buffered, once nothing more arrives; a lone surrogate half is U+FFFD."""
        events: list[StreamEvent] = []
        if reasoning := self._reasoning.flush():
            events.append(ReasoningDelta(reasoning))
        if text := self._text.flush():
            events.append(TextDelta(text))
        events += self.calls.finish()
        for event in events:
            self.builder.add(event)
        return events

    def partial(self, *, has_ended: bool = False) -> AssistantMessage:
        """Return the message so far. Call it after the last `feed`: it flushes the buffers.

        *has_ended*: the provider has sent its finish reason, so that calls without arguments are whole.
        """
        self.finish()
        return self.builder.partial(whole=None if has_ended else self.calls.ended)

    @property
    def has_begun(self) -> bool:
        """Whether any text, reasoning or part of a call has arrived."""
        return self._has_text or self.calls.has_begun
