"""Halves of characters: a text in UTF-16, as JavaScript has it, may be split between the two of a surrogate pair."""

from collections import defaultdict

import attrs

from llm_core.domain.events import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta
from llm_core.domain.surrogates import SurrogateBuffer


@attrs.define
class Halves:
    """What a stream has told of characters that are not whole: each half waits for the other half of its text."""

    _texts: dict[object, SurrogateBuffer] = attrs.field(factory=lambda: defaultdict(SurrogateBuffer))

    def without(self, event: StreamEvent | None) -> StreamEvent | None:
        """Return *event*, its text begun by what waited and ended where a character ends."""
        match event:
            case TextDelta(text) | ReasoningDelta(text):
                return attrs.evolve(event, text=self._texts[type(event)].feed(text))
            case ToolCallDelta(index=index, arguments_text=text):
                return attrs.evolve(event, arguments_text=self._texts[index].feed(text))
            case _:
                return event
