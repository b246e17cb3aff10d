"""Wraps a correct adapter so that each value of a request is changed: the parts of which broken adapters are made."""

from collections.abc import Callable, Mapping, Sequence

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    JsonSchemaOutput,
    Message,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue

from .mutating import Mutated, with_messages, with_settings

Json = Mapping[str, JsonValue]


ARRIVES = "law.hard-values-arrive"


def changed(value: JsonValue, change: Callable[[JsonValue], JsonValue]) -> JsonValue:
    """Return *value* with *change* applied to each value within, innermost first."""
    match value:
        case dict():
            return change({key: changed(item, change) for key, item in value.items()})
        case list():
            return change([changed(item, change) for item in value])
        case _:
            return change(value)


def changed_object(value: Json, change: Callable[[JsonValue], JsonValue]) -> Json:
    new = changed(dict(value), change)
    assert isinstance(new, dict)
    return new


def without(*keys: str) -> Callable[[JsonValue], JsonValue]:
    """Return a change that removes *keys* from every object."""

    def remove(value: JsonValue) -> JsonValue:
        return {key: item for key, item in value.items() if key not in keys} if isinstance(value, dict) else value

    return remove


def with_schemas(chat: ChatPort, change: Callable[[JsonValue], JsonValue]) -> ChatPort:
    """Wrap *chat* so that the schemas of tools and output are changed."""

    def change_schemas(request: ChatRequest) -> ChatRequest:
        tools = [attrs.evolve(tool, parameters=changed_object(tool.parameters, change)) for tool in request.tools]
        output = request.output
        if isinstance(output, JsonSchemaOutput):
            output = attrs.evolve(output, schema=changed_object(output.schema, change))
        return attrs.evolve(request, tools=tools, output=output)

    return Mutated(chat, on_request=change_schemas)


def with_extra(chat: ChatPort, change: Callable[[JsonValue], JsonValue]) -> ChatPort:
    return with_settings(chat, lambda settings: attrs.evolve(settings, extra=changed_object(settings.extra, change)))


def with_tools(chat: ChatPort, change: Callable[[Sequence[Tool]], Sequence[Tool]]) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, tools=change(request.tools)))


def with_history(chat: ChatPort, change: Callable[[Sequence[Message]], Sequence[Message]]) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, messages=change(request.messages)))


def with_calls(chat: ChatPort, change: Callable[[ToolCall], ToolCall]) -> ChatPort:
    def change_calls(message: Message) -> Message:
        if not isinstance(message, AssistantMessage):
            return message
        return attrs.evolve(message, tool_calls=[change(call) for call in message.tool_calls])

    return with_messages(chat, change_calls)


def with_arguments(chat: ChatPort, change: Callable[[JsonValue], JsonValue]) -> ChatPort:
    return with_calls(
        chat,
        lambda call: attrs.evolve(call, arguments=changed_object(call.arguments, change), arguments_text=None),
    )


def with_texts(chat: ChatPort, change: Callable[[str], str]) -> ChatPort:
    """Wrap *chat* so that the text of every message is changed."""

    def change_text(message: Message) -> Message:
        match message:
            case SystemMessage(content) | AssistantMessage(content):
                return attrs.evolve(message, content=change(content))
            case UserMessage(str(text)) | ToolMessage(str(text)):
                return attrs.evolve(message, content=change(text))
            case UserMessage():
                parts = [TextPart(change(part.text)) if isinstance(part, TextPart) else part for part in message.parts]
                return UserMessage(parts)
            case _:
                return message

    return with_messages(chat, change_text)


def with_ids(chat: ChatPort, change: Callable[[str], str]) -> ChatPort:
    def change_ids(message: Message) -> Message:
        match message:
            case AssistantMessage():
                calls = [attrs.evolve(call, id=change(call.id)) for call in message.tool_calls]
                return attrs.evolve(message, tool_calls=calls)
            case ToolMessage():
                return attrs.evolve(message, tool_call_id=change(message.tool_call_id))
            case _:
                return message

    return with_messages(chat, change_ids)


def without_nulls(value: JsonValue) -> JsonValue:
    return {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value
