"""What an answer tells, piece by piece, whatever wire it came over; a whole answer is one or a few of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.usage import Usage
from llm_core.ports.tool_call_assembler import ToolCallChunk

__all__ = ["AnswerDelta", "ToolCallChunk", "WireDecoder"]


@attrs.define(kw_only=True)  # a fact, too, but to make it a frozen one is a microsecond more of each chunk
class AnswerDelta:
    """The next of an answer.

    `told`: there is content, if an empty one. `field` is what the wire calls the reasoning, which goes back under that
    name; `details` is reasoning as OpenRouter details it, and `block` a thinking block, or the next of one. `reason` is
    the provider's own word for why it stopped; `data` what goes back with the message to the same provider.
    """

    text: str = ""
    has_content: bool = False
    refused: bool = False
    reasoning: str = ""
    reasoning_field: str | None = None
    reasoning_details: Sequence[Mapping[str, object]] = ()
    thinking_block: Mapping[str, object] | None = None
    tool_calls: tuple[ToolCallChunk, ...] = ()
    finish_reason: str | None = None
    usage: Usage | None = None
    id: str | None = None
    model: str | None = None
    provider_data: JsonValue = None


class WireDecoder(Protocol):
    """Reads one answer in one wire format; what has to be kept between two events is kept in it."""

    def whole(self, body: Mapping[str, object], /) -> Iterable[AnswerDelta]:
        """Return the pieces of a whole answer.

        Raises:
            ChatError: it is an error, or no answer at all.
        """

    def event(self, event: Mapping[str, object], /) -> Iterable[AnswerDelta]:
        """Return the pieces of one event of a stream; otherwise as `whole`."""

    @property
    def done(self) -> bool:
        """Whether the wire has said that nothing more comes; False for one that never says so."""
