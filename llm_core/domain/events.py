"""The events of a stream."""

from typing import TypeAlias

import attrs

from . import validators
from .reprs import truncated_repr
from .responses import ChatResponse


@attrs.frozen
class TextDelta:
    """The next part of the answer's text."""

    text: str = attrs.field(repr=truncated_repr)


@attrs.frozen
class ReasoningDelta:
    """The next part of the reasoning's text."""

    text: str = attrs.field(repr=truncated_repr)


@attrs.frozen(kw_only=True)
class ToolCallStart:
    """The start of a tool call. `index` is its position among the answer's calls; its deltas carry the same index."""

    index: int
    id: str
    name: str


@attrs.frozen(kw_only=True)
class ToolCallDelta:
    """The next part of a call's arguments, as JSON text."""

    index: int
    arguments_text: str = attrs.field(repr=truncated_repr)


@attrs.frozen(kw_only=True)
class StreamEnd:
    """The last event: the whole response, with what no delta carries (usage, finish reason, signatures)."""

    response: ChatResponse = attrs.field(validator=validators.instance(ChatResponse))


StreamEvent: TypeAlias = TextDelta | ReasoningDelta | ToolCallStart | ToolCallDelta | StreamEnd
