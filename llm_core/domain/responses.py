"""The whole response to one request."""

from collections.abc import Sequence
from enum import StrEnum

import attrs
from attrs.validators import optional

from .messages import AssistantMessage
from .reprs import truncated_repr
from .tools import InvalidToolCall, ToolCall
from .usage import Usage
from .validators import instance, text, tuple_of


class FinishReason(StrEnum):
    """Why the model stopped.

    PAUSED: tools that the provider runs need another turn; send the history back, with this message, to go on. OTHER
    stands for a provider's value that has no counterpart here.
    """

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    PAUSED = "paused"
    OTHER = "other"


def _reason(value: FinishReason) -> FinishReason:
    try:
        return FinishReason(value)
    except ValueError:
        raise ValueError(f"finish_reason: must be one of {', '.join(FinishReason)}") from None


def _names(values: Sequence[str]) -> tuple[str, ...]:
    return () if values == () else tuple_of("ignored_settings", values, str)


@attrs.frozen(kw_only=True)
class ChatResponse:
    """The response to one request; a field is None where the provider does not report it."""

    message: AssistantMessage = attrs.field(validator=instance(AssistantMessage))
    """What the model wrote and called; append it to the history."""
    finish_reason: FinishReason = attrs.field(default=FinishReason.STOP, converter=_reason)
    """Why the model stopped; STOP with calls becomes TOOL_CALLS, TOOL_CALLS without calls becomes STOP."""
    raw_finish_reason: str | None = attrs.field(default=None, repr=truncated_repr, validator=optional(text))
    """The finish reason as the provider spells it."""
    usage: Usage | None = attrs.field(default=None, validator=optional(instance(Usage)))
    """The tokens and the price of the call."""
    model: str | None = attrs.field(default=None, repr=truncated_repr, validator=optional(text))
    """The model that answered, as the provider names it."""
    id: str | None = attrs.field(default=None, repr=truncated_repr, validator=optional(text))
    """The provider's id of the response."""
    ignored_settings: tuple[str, ...] = attrs.field(default=(), converter=_names)
    """The fields of `ChatSettings` that were not sent; ``extra.<key>`` for a key of `extra`."""

    def __attrs_post_init__(self) -> None:
        """Make the finish reason agree with the tool calls."""
        if self.finish_reason in (FinishReason.STOP, FinishReason.TOOL_CALLS):
            agreed = FinishReason.TOOL_CALLS if self.message.all_tool_calls else FinishReason.STOP
            object.__setattr__(self, "finish_reason", agreed)

    @property
    def text(self) -> str:
        """The text of the message."""
        return self.message.content

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls that can be executed."""
        return self.message.tool_calls

    @property
    def invalid_tool_calls(self) -> tuple[InvalidToolCall, ...]:
        """The calls that cannot be executed; answer each with a `ToolMessage` that has `is_error`."""
        return self.message.invalid_tool_calls
