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
    """The text to append."""


@attrs.frozen
class ReasoningDelta:
    """The next part of the reasoning's text."""

    text: str = attrs.field(repr=truncated_repr)
    """The text to append."""


@attrs.frozen(kw_only=True)
class ToolCallStart:
    """The start of a tool call."""

    index: int
    """The position of the call among the calls of the response, from 0; its deltas carry it too."""
    id: str
    """The id of the call."""
    name: str
    """The name of the tool."""


@attrs.frozen(kw_only=True)
class ToolCallDelta:
    """The next part of a call's arguments, as JSON text."""

    index: int
    """The index of the `ToolCallStart`."""
    arguments_text: str = attrs.field(repr=truncated_repr)
    """The JSON text to append."""


@attrs.frozen(kw_only=True)
class StreamEnd:
    """The last event."""

    response: ChatResponse = attrs.field(validator=validators.instance(ChatResponse))
    """The whole response, with what no delta carries: usage, finish reason, signatures."""


StreamEvent: TypeAlias = TextDelta | ReasoningDelta | ToolCallStart | ToolCallDelta | StreamEnd
