"""The messages of a chat: a closed union, so that mypy can prove a ``match`` over it complete."""

from collections.abc import Sequence
from typing import TypeAlias, TypeVar

import attrs
from attrs.validators import optional

from . import validators
from .parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart, ToolPart, UserPart, as_provider_data
from .reprs import truncated_repr
from .tools import InvalidToolCall, ToolCall
from .validators import boolean, non_empty_str, tuple_of

ERROR_PREFIX = "Error: "

Content = TypeVar("Content", str | tuple[UserPart, ...], str | tuple[ToolPart, ...])


def _user_content(content: str | Sequence[UserPart]) -> str | tuple[UserPart, ...]:
    if isinstance(content, str):
        return content
    return tuple_of("content", content, TextPart, ImagePart, AudioPart, FilePart)


def _tool_content(content: str | Sequence[ToolPart]) -> str | tuple[ToolPart, ...]:
    return content if isinstance(content, str) else tuple_of("content", content, TextPart, ImagePart)


def _has_parts(_: object, field: validators.Field, content: Content) -> None:
    if content == ():
        raise ValueError(f"{field.name}: no parts")
    if isinstance(content, str):
        validators.text(_, field, content)


def _calls(values: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    return () if values == () else tuple_of("tool_calls", values, ToolCall)


def _invalid_calls(values: Sequence[InvalidToolCall]) -> tuple[InvalidToolCall, ...]:
    return () if values == () else tuple_of("invalid_tool_calls", values, InvalidToolCall)


@attrs.frozen
class ReasoningPart:
    """A part of the model's reasoning."""

    text: str = attrs.field(repr=truncated_repr, validator=validators.text)
    """The reasoning, or the provider's summary of it; empty where the provider sends only a signature."""
    signature: str | None = attrs.field(
        default=None, repr=truncated_repr, kw_only=True, validator=optional(validators.text)
    )
    """The provider's signature of `text`, sent back with it."""
    provider_data: tuple[ProviderData, ...] = attrs.field(default=(), kw_only=True, converter=as_provider_data)
    """Opaque data of the provider, sent back with the part."""


def _reasoning(values: Sequence[ReasoningPart]) -> tuple[ReasoningPart, ...]:
    return () if values == () else tuple_of("reasoning", values, ReasoningPart)


@attrs.frozen
class ChatMessage:
    """The common parent of the four messages, for type checkers: mypy infers ``list[ChatMessage]`` for a mixed list.

    Annotate with `Message`, the closed union; `ChatRequest` accepts both.
    """


@attrs.frozen
class SystemMessage(ChatMessage):
    """Instructions for the model."""

    content: str = attrs.field(repr=truncated_repr, validator=validators.text)
    """The instructions."""


@attrs.frozen
class UserMessage(ChatMessage):
    """A message of the user."""

    content: str | tuple[UserPart, ...] = attrs.field(
        repr=truncated_repr, converter=_user_content, validator=_has_parts
    )
    """Text, or parts in the order in which the model reads them."""

    @property
    def parts(self) -> tuple[UserPart, ...]:
        """The content as parts; a str is one `TextPart`."""
        return (TextPart(self.content),) if isinstance(self.content, str) else self.content

    @property
    def text(self) -> str:
        """The text parts alone, joined without a separator."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))


@attrs.frozen
class AssistantMessage(ChatMessage):
    """A message of the model."""

    content: str = attrs.field(default="", repr=truncated_repr, validator=validators.text)
    """The text, never stripped; empty where the model only called tools."""
    tool_calls: tuple[ToolCall, ...] = attrs.field(default=(), kw_only=True, converter=_calls)
    """The calls that can be executed."""
    invalid_tool_calls: tuple[InvalidToolCall, ...] = attrs.field(default=(), kw_only=True, converter=_invalid_calls)
    """The calls that cannot be executed; answer each with a `ToolMessage` that has `is_error`."""
    reasoning: tuple[ReasoningPart, ...] = attrs.field(default=(), kw_only=True, converter=_reasoning)
    """The model's reasoning, where the provider shows it."""
    provider_data: tuple[ProviderData, ...] = attrs.field(default=(), kw_only=True, converter=as_provider_data)
    """Opaque data of the provider, sent back with the message."""

    @property
    def all_tool_calls(self) -> tuple[ToolCall | InvalidToolCall, ...]:
        """The calls that can be executed, then the invalid ones; each needs a `ToolMessage`."""
        valid: tuple[ToolCall | InvalidToolCall, ...] = self.tool_calls
        return valid + self.invalid_tool_calls if self.invalid_tool_calls else valid


NO_MESSAGE = AssistantMessage()
"""An empty message."""


@attrs.frozen
class ToolMessage(ChatMessage):
    """The result of one tool call."""

    content: str | tuple[ToolPart, ...] = attrs.field(
        repr=truncated_repr, converter=_tool_content, validator=_has_parts
    )
    """The result, or a description of the error; text, or parts in their order."""
    tool_call_id: str = attrs.field(kw_only=True, validator=non_empty_str)
    """The `id` of the call that this message answers."""
    is_error: bool = attrs.field(default=False, kw_only=True, validator=boolean)
    """Whether the tool failed."""

    @property
    def parts(self) -> tuple[ToolPart, ...]:
        """The content as parts; a str is one `TextPart`."""
        return (TextPart(self.content),) if isinstance(self.content, str) else self.content

    @property
    def content_with_error_prefix(self) -> str | tuple[ToolPart, ...]:
        """The content, after `ERROR_PREFIX` if the tool failed: for a wire format without an error flag."""
        if not self.is_error:
            return self.content
        return ERROR_PREFIX + self.content if isinstance(self.content, str) else (TextPart(ERROR_PREFIX), *self.content)


Message: TypeAlias = SystemMessage | UserMessage | AssistantMessage | ToolMessage


def as_messages(values: Sequence[ChatMessage]) -> tuple[Message, ...]:
    """Convert the field `messages`."""
    return tuple_of("messages", values, SystemMessage, UserMessage, AssistantMessage, ToolMessage)
