"""The whole answer to one request."""

from collections.abc import Sequence
from enum import StrEnum

import attrs
from attrs.validators import optional

from . import validators
from .messages import AssistantMessage
from .reprs import truncated_repr
from .tools import InvalidToolCall, ToolCall
from .usage import Usage


class FinishReason(StrEnum):
    """Why the model stopped. A provider's word that means none of these is OTHER."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    OTHER = "other"


def _reason(value: FinishReason) -> FinishReason:
    try:
        return FinishReason(value)
    except ValueError:
        raise ValueError(f"finish_reason: must be one of {', '.join(FinishReason)}") from None


def _names(values: Sequence[str]) -> tuple[str, ...]:
    return validators.tuple_of("ignored_settings", values, str)


@attrs.frozen(kw_only=True)
class ChatResponse:
    """What came back. `usage`, `model`, `id` and `raw_finish_reason` are None where the provider told nothing.

    `finish_reason` agrees with the message: STOP with calls is TOOL_CALLS, TOOL_CALLS without any is STOP, and where
    none is given it follows from the calls. `ignored_settings` names the fields of ChatSettings that were not sent
    (``extra.<key>`` for one of `extra`).
    """

    message: AssistantMessage = attrs.field(validator=validators.instance(AssistantMessage))
    finish_reason: FinishReason = attrs.field(default=FinishReason.STOP, converter=_reason)
    raw_finish_reason: str | None = attrs.field(default=None, repr=truncated_repr, validator=optional(validators.text))
    usage: Usage | None = attrs.field(default=None, validator=optional(validators.instance(Usage)))
    model: str | None = attrs.field(default=None, repr=truncated_repr, validator=optional(validators.text))
    id: str | None = attrs.field(default=None, repr=truncated_repr, validator=optional(validators.text))
    ignored_settings: tuple[str, ...] = attrs.field(default=(), converter=_names)

    def __attrs_post_init__(self) -> None:
        """Let the reason agree with the calls."""
        if self.finish_reason in (FinishReason.STOP, FinishReason.TOOL_CALLS):
            agreed = FinishReason.TOOL_CALLS if self.message.all_tool_calls else FinishReason.STOP
            object.__setattr__(self, "finish_reason", agreed)

    @property
    def text(self) -> str:
        """The words of the answer."""
        return self.message.content

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls that can be carried out."""
        return self.message.tool_calls

    @property
    def invalid_tool_calls(self) -> tuple[InvalidToolCall, ...]:
        """The calls that cannot: answer each with a `ToolMessage` that is an error."""
        return self.message.invalid_tool_calls
