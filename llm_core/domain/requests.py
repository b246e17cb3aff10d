"""One question to a model: everything that reaches it, checked before anything is sent."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import attrs
from attrs.validators import optional

from . import validators
from .json_values import JsonValue, json_object
from .messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from .reprs import truncated_repr
from .settings import ChatSettings
from .tools import NamedTool, Tool, ToolChoice


def _schema(value: Mapping[str, object]) -> Mapping[str, JsonValue]:
    return json_object(value, "schema")


@attrs.frozen
class JsonOutput:
    """The answer shall be a JSON object of any shape."""


@attrs.frozen(kw_only=True)
class JsonSchemaOutput:
    """The answer shall be JSON that *schema* (a JSON Schema object) accepts; `strict`: the provider enforces it."""

    name: str = attrs.field(validator=validators.non_empty_str)
    schema: Mapping[str, JsonValue] = attrs.field(repr=truncated_repr, converter=_schema)
    strict: bool = attrs.field(default=True, validator=validators.boolean)


OutputFormat: TypeAlias = JsonOutput | JsonSchemaOutput


def _format(_: object, field: validators.Field, output: OutputFormat) -> None:
    if not isinstance(output, JsonOutput | JsonSchemaOutput):
        raise ValueError(f"{field.name}: expected JsonOutput or JsonSchemaOutput, got {type(output).__name__}")


def _messages(values: Sequence[Message]) -> tuple[Message, ...]:
    return validators.tuple_of("messages", values, SystemMessage, UserMessage, AssistantMessage, ToolMessage)


def _tools(values: Sequence[Tool]) -> tuple[Tool, ...]:
    return validators.tuple_of("tools", values, Tool)


def _answerable(_: object, field: validators.Field, messages: tuple[Message, ...]) -> None:
    if not messages:
        raise ValueError(f"{field.name}: must not be empty")
    asked: set[str] = set()
    for index, message in enumerate(messages):
        if isinstance(message, AssistantMessage):
            asked.update(call.id for call in message.all_tool_calls)
        elif isinstance(message, ToolMessage) and message.tool_call_id not in asked:
            raise ValueError(f"{field.name}[{index}]: tool_call_id answers no earlier call")


def _distinct(_: object, field: validators.Field, tools: tuple[Tool, ...]) -> None:
    seen: set[str] = set()
    for index, tool in enumerate(tools):
        if tool.name in seen:
            raise ValueError(f"{field.name}[{index}]: a second tool named {tool.name!r}")
        seen.add(tool.name)


def _offered(request: "ChatRequest", field: validators.Field, choice: ToolChoice) -> None:
    if isinstance(choice, NamedTool):
        if choice.name not in {tool.name for tool in request.tools}:
            raise ValueError(f"{field.name}: no tool named {choice.name!r} is offered")
    elif choice not in ("auto", "none", "required"):
        raise ValueError(f"{field.name}: must be auto, none, required or a NamedTool")
    elif choice == "required" and not request.tools:
        raise ValueError(f"{field.name}: required, but no tools are offered")


@attrs.frozen(kw_only=True)
class ChatRequest:
    """What to ask: the history, the tools, the shape of the answer; `model` None is the adapter's own.

    Raises:
        ValueError: no messages; a tool message that answers no earlier call (unanswered calls are fine);
            two tools of one name; a choice that is not offered. The message names the field and the index.
    """

    messages: tuple[Message, ...] = attrs.field(converter=_messages, validator=_answerable)
    tools: tuple[Tool, ...] = attrs.field(default=(), converter=_tools, validator=_distinct)
    tool_choice: ToolChoice = attrs.field(default="auto", validator=_offered)
    output: OutputFormat | None = attrs.field(default=None, validator=optional(_format))
    settings: ChatSettings = attrs.field(factory=ChatSettings, validator=validators.instance(ChatSettings))
    model: str | None = attrs.field(default=None, validator=optional(validators.non_empty_str))
