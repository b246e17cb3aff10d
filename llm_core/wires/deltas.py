"""What decoders produce: the deltas of an answer, the same for every wire. A whole answer is one or a few of them."""

from collections.abc import Mapping, Sequence

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.usage import Usage
from llm_core.ports.tool_call_assembler import ToolCallChunk

__all__ = ["CUSTOM_CALL", "AnswerDelta", "ToolCallChunk"]

CUSTOM_CALL = "a call of a custom tool"
"""Content that no field of a response carries, and that no text beside it makes up for."""


@attrs.define(kw_only=True)  # treat it as frozen; attrs.frozen would cost another microsecond a chunk
class AnswerDelta:
    """The next part of an answer.

    - `has_content`: the provider sent the fields of an answer, even empty ones; `refused`: `text` holds a refusal.
    - `reasoning_field`: the provider's name of the field that `reasoning` came in, under which it is replayed.
    - `reasoning_details`: reasoning in OpenRouter's detailed form; `thinking_block`: a thinking block, or the next
      part of one.
    - `begins_block`: `thinking_block` is the start of a block, not the next part of the last one.
    - `finish_reason`: as the provider sent it.
    - `other_content`: what else the answer holds, that no field of a response carries: "audio".
    - `provider_data`: replayed with the message to the same provider; `bound_to_host`: it is an object, and is replayed
      to the same host alone.
    """

    text: str = ""
    has_content: bool = False
    refused: bool = False
    reasoning: str = ""
    reasoning_field: str | None = None
    reasoning_details: Sequence[Mapping[str, object]] = ()
    thinking_block: Mapping[str, object] | None = None
    begins_block: bool = False
    tool_calls: tuple[ToolCallChunk, ...] = ()
    other_content: str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    id: str | None = None
    model: str | None = None
    provider_data: JsonValue = None
    bound_to_host: bool = False
