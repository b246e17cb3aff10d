"""The messages of a chat: a closed union, so that a ``match`` over it can be complete."""

from collections.abc import Sequence
from typing import TypeAlias, TypeVar

import attrs
from attrs.validators import optional

from . import validators
from .parts import (
    AudioPart,
    FilePart,
    ImagePart,
    ProviderData,
    TextPart,
    ToolPart,
    UserPart,
    as_provider_data,
)
from .reprs import truncated_repr
from .tools import InvalidToolCall, ToolCall

ERROR_PREFIX = "Error: "

Content = TypeVar("Content", str | tuple[UserPart, ...], str | tuple[ToolPart, ...])


def _user_content(content: str | Sequence[UserPart]) -> str | tuple[UserPart, ...]:
    if isinstance(content, str):
        return content
    return validators.tuple_of("content", content, TextPart, ImagePart, AudioPart, FilePart)


def _tool_content(content: str | Sequence[ToolPart]) -> str | tuple[ToolPart, ...]:
    return content if isinstance(content, str) else validators.tuple_of("content", content, TextPart, ImagePart)


def _some_parts(_: object, field: validators.Field, content: Content) -> None:
    if content == ():
        raise ValueError(f"{field.name}: no parts")
    if isinstance(content, str):
        validators.text(_, field, content)


def _calls(values: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    return validators.tuple_of("tool_calls", values, ToolCall)


def _invalid_calls(values: Sequence[InvalidToolCall]) -> tuple[InvalidToolCall, ...]:
    return validators.tuple_of("invalid_tool_calls", values, InvalidToolCall)


@attrs.frozen
class ReasoningPart:
    """What the model thought; `signature` is the provider's proof of it and goes back with it."""

    text: str = attrs.field(repr=truncated_repr, validator=validators.text)
    signature: str | None = attrs.field(
        default=None, repr=truncated_repr, kw_only=True, validator=optional(validators.text)
    )
    provider_data: tuple[ProviderData, ...] = attrs.field(default=(), kw_only=True, converter=as_provider_data)


def _reasoning(values: Sequence[ReasoningPart]) -> tuple[ReasoningPart, ...]:
    return validators.tuple_of("reasoning", values, ReasoningPart)


@attrs.frozen
class SystemMessage:
    """What the model is told to be."""

    content: str = attrs.field(repr=truncated_repr, validator=validators.text)


@attrs.frozen
class UserMessage:
    """What the user says: words, or parts in their order."""

    content: str | tuple[UserPart, ...] = attrs.field(
        repr=truncated_repr, converter=_user_content, validator=_some_parts
    )

    @property
    def parts(self) -> tuple[UserPart, ...]:
        """The content as parts; plain words are one `TextPart`."""
        return (TextPart(self.content),) if isinstance(self.content, str) else self.content

    @property
    def text(self) -> str:
        """The words alone, nothing between them."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))


@attrs.frozen
class AssistantMessage:
    """What the model said. `content` is never stripped, and empty where it only called tools."""

    content: str = attrs.field(default="", repr=truncated_repr, validator=validators.text)
    tool_calls: tuple[ToolCall, ...] = attrs.field(default=(), kw_only=True, converter=_calls)
    invalid_tool_calls: tuple[InvalidToolCall, ...] = attrs.field(default=(), kw_only=True, converter=_invalid_calls)
    reasoning: tuple[ReasoningPart, ...] = attrs.field(default=(), kw_only=True, converter=_reasoning)
    provider_data: tuple[ProviderData, ...] = attrs.field(default=(), kw_only=True, converter=as_provider_data)

    @property
    def all_tool_calls(self) -> tuple[ToolCall | InvalidToolCall, ...]:
        """The calls that can be carried out, then those that cannot: each wants an answer."""
        valid: tuple[ToolCall | InvalidToolCall, ...] = self.tool_calls
        return valid + self.invalid_tool_calls


@attrs.frozen
class ToolMessage:
    """The result of one tool call; with `is_error` the tool failed and the content says how."""

    content: str | tuple[ToolPart, ...] = attrs.field(
        repr=truncated_repr, converter=_tool_content, validator=_some_parts
    )
    tool_call_id: str = attrs.field(kw_only=True, validator=validators.non_empty_str)
    is_error: bool = attrs.field(default=False, kw_only=True, validator=validators.boolean)

    @property
    def parts(self) -> tuple[ToolPart, ...]:
        """The content as parts; plain words are one `TextPart`."""
        return (TextPart(self.content),) if isinstance(self.content, str) else self.content

    @property
    def content_with_error_prefix(self) -> str | tuple[ToolPart, ...]:
        """The content, begun with `ERROR_PREFIX` where the tool failed: for a wire that has no flag for it."""
        if not self.is_error:
            return self.content
        return ERROR_PREFIX + self.content if isinstance(self.content, str) else (TextPart(ERROR_PREFIX), *self.content)


Message: TypeAlias = SystemMessage | UserMessage | AssistantMessage | ToolMessage
