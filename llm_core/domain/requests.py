"""The request to a model, checked at construction, before anything is sent."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import attrs
from attrs.validators import optional

from . import validators
from .json_values import JsonValue, json_object
from .messages import AssistantMessage, ChatMessage, Message, ToolMessage, as_messages
from .parts import ProviderData
from .reprs import masked_repr, shortened, truncated_repr
from .settings import NO_SETTINGS, ChatSettings
from .tools import NamedTool, Tool, ToolChoice
from .validators import boolean, non_empty_str, tuple_of


def _schema(value: Mapping[str, object]) -> Mapping[str, JsonValue]:
    return json_object(value, "schema")


@attrs.frozen
class JsonOutput:
    """The response must be a JSON object of any shape."""


@attrs.frozen(kw_only=True)
class JsonSchemaOutput:
    """The response must be JSON that `schema` accepts."""

    name: str = attrs.field(validator=non_empty_str)
    """A name for the schema, which some providers require."""
    schema: Mapping[str, JsonValue] = attrs.field(repr=truncated_repr, converter=_schema)
    """A JSON Schema object."""
    strict: bool = attrs.field(default=True, validator=boolean)
    """Whether the provider must enforce `schema`."""


OutputFormat: TypeAlias = JsonOutput | JsonSchemaOutput


def _output(_: object, field: validators.Field, output: OutputFormat) -> None:
    if not isinstance(output, JsonOutput | JsonSchemaOutput):
        raise ValueError(f"{field.name}: expected JsonOutput or JsonSchemaOutput, got {type(output).__name__}")


def _tools(values: Sequence[Tool]) -> tuple[Tool, ...]:
    return tuple_of("tools", values, Tool)


def _server_tools(values: Sequence[ProviderData]) -> tuple[ProviderData, ...]:
    return tuple_of("server_tools", values, ProviderData)


def _shown_server_tools(tools: tuple[ProviderData, ...]) -> str:
    """Return the repr of *tools* with texts that may be a key masked: remote MCP servers have tokens."""
    shown = [f"ProviderData(provider={tool.provider!r}, value={masked_repr(tool.value)})" for tool in tools]
    return f"({', '.join(shown)}{',' if len(shown) == 1 else ''})"


def _results_follow_calls(_: object, field: validators.Field, messages: tuple[Message, ...]) -> None:
    if not messages:
        raise ValueError(f"{field.name}: must not be empty")
    call_ids: set[str] = set()
    for index, message in enumerate(messages):
        if isinstance(message, AssistantMessage):
            for call in message.tool_calls:
                call_ids.add(call.id)
            for invalid in message.invalid_tool_calls:
                call_ids.add(invalid.id)
        elif isinstance(message, ToolMessage) and message.tool_call_id not in call_ids:
            raise ValueError(f"{field.name}[{index}]: tool_call_id answers no earlier call")


def _names_are_unique(_: object, field: validators.Field, tools: tuple[Tool, ...]) -> None:
    names: set[str] = set()
    for index, tool in enumerate(tools):
        if tool.name in names:
            raise ValueError(f"{field.name}[{index}]: a second tool named {shortened(repr(tool.name))}")
        names.add(tool.name)


def _is_offered(request: "ChatRequest", field: validators.Field, choice: ToolChoice) -> None:
    if isinstance(choice, NamedTool):
        if choice.name not in {tool.name for tool in request.tools}:
            raise ValueError(f"{field.name}: no tool named {shortened(repr(choice.name))} is offered")
    elif choice not in ("auto", "none", "required"):
        raise ValueError(f"{field.name}: must be auto, none, required or a NamedTool, got {shortened(repr(choice))}")
    elif choice == "required" and not request.tools:
        raise ValueError(f"{field.name}: required, but no tools are offered")


@attrs.frozen(kw_only=True)
class ChatRequest:
    """One request to a model.

    Raises:
        ValueError: no messages; a tool message that answers no earlier call (a call without an answer is allowed);
            two tools of one name; a tool choice that is not offered. The message names the field and the index.
    """

    messages: tuple[Message, ...] = attrs.field(converter=as_messages, validator=_results_follow_calls)
    """The history, oldest message first."""
    tools: tuple[Tool, ...] = attrs.field(default=(), converter=_tools, validator=_names_are_unique)
    """The tools that the model may call."""
    tool_choice: ToolChoice = attrs.field(default="auto", validator=_is_offered)
    """Whether the model may (``auto``), must not (``none``) or must call a tool, or which one it must call."""
    output: OutputFormat | None = attrs.field(default=None, validator=optional(_output))
    """The format of the response; None: text."""
    settings: ChatSettings = attrs.field(default=NO_SETTINGS, validator=validators.instance(ChatSettings))
    """Sampling settings, limits and the timeout."""
    model: str | None = attrs.field(default=None, validator=optional(non_empty_str))
    """The model, as the adapter names it; None: the adapter's own."""
    server_tools: tuple[ProviderData, ...] = attrs.field(default=(), repr=_shown_server_tools, converter=_server_tools)
    """Tools that the provider runs itself, such as a web search, in its own JSON; any other provider refuses them."""

    def extended(self, *messages: ChatMessage) -> "ChatRequest":
        """Return this request with *messages* after its own: ``request.extended(response.message, *results)``.

        Raises:
            ValueError: as the constructor does.
        """
        return attrs.evolve(self, messages=(*self.messages, *messages))


def require_request(request: object) -> None:
    """Raise TypeError, which shows how to write one, unless *request* is a ChatRequest."""
    if not isinstance(request, ChatRequest):
        given = type(request).__name__
        raise TypeError(
            f"request: expected a ChatRequest, got {given}; write ChatRequest(messages=[UserMessage('...')])"
        )
