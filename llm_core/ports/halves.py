"""Halves of characters: a text in UTF-16, as JavaScript has it, may be split between the two of a surrogate pair."""

import attrs

from llm_core.domain.events import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta, joined


@attrs.define
class Halves:
    """What a stream has told of characters that are not whole: each half waits for the other half of its text."""

    _waiting: dict[object, str] = attrs.field(factory=dict)

    def without(self, event: StreamEvent | None) -> StreamEvent | None:
        """Return *event*, its text begun by what waited and ended where a character ends."""
        match event:
            case TextDelta(text) | ReasoningDelta(text):
                return attrs.evolve(event, text=self._whole(type(event), text))
            case ToolCallDelta(index=index, arguments_text=text):
                return attrs.evolve(event, arguments_text=self._whole(index, text))
            case _:
                return event

    def _whole(self, where: object, text: str) -> str:
        text = self._waiting.pop(where, "") + text
        if text.isascii():
            return text
        end = len(text) - ("\ud800" <= text[-1] <= "\udbff")
        self._waiting[where] = text[end:]
        return joined([text[:end]])
