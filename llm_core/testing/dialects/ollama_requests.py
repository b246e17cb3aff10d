"""How Ollama's /api/chat reads a request: the body as a `ChatRequest`. Source: its API reference.

`normal_form` removes what the wire cannot carry: the position of images within the text, their media types and URLs,
audio and documents, ids and JSON text of calls, the error flag of a result (`Error: ` is added to its text),
signatures, the name and strictness of a schema, the tool choice, parallel_tool_calls, cache and service tier.
"""

from typing import assert_never

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import ImagePart, TextPart, ToolPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, Tool, ToolCall

from .json_fields import Json, boolean, decode_base64, effort, fields, integer, items, number, text, texts
from .normal_forms import Pairing, arguments_as_objects, ids_by_position, joined_text, read_object

_KNOWN_FIELDS = frozenset({"model", "messages", "tools", "format", "stream", "think", "options"})
_OPTION_FIELDS = frozenset(
    {"temperature", "top_p", "num_predict", "stop", "seed", "presence_penalty", "frequency_penalty"},
)
_SCHEMA = "schema"  # the wire has no name for a schema


def read_request(body: Json) -> ChatRequest:
    """Return the request as the provider understands it. ValueError where the provider would answer 400."""
    pairing = Pairing()
    return ChatRequest(
        model=text(body, "model"),
        messages=[_message(item, pairing) for item in items(body, "messages")],
        tools=[_tool(item) for item in items(body, "tools")],
        output=_output(body.get("format")),
        settings=_settings(body, fields(body, "options")),
    )


def normal_form(request: ChatRequest) -> ChatRequest:
    """Return *request* as the wire can carry it."""
    output = request.output
    return attrs.evolve(
        request,
        messages=list(ids_by_position([_normal_message(message) for message in request.messages])),
        tools=[attrs.evolve(tool, strict=False) for tool in request.tools],
        tool_choice="auto",
        output=JsonSchemaOutput(name=_SCHEMA, schema=output.schema) if isinstance(output, JsonSchemaOutput) else output,
        settings=attrs.evolve(request.settings, parallel_tool_calls=None, cache=None, service_tier=None, timeout=None),
    )


def _normal_message(message: Message) -> Message:
    match message:
        case SystemMessage():
            return message
        case UserMessage():
            return UserMessage(_content(joined_text(message.parts), _images(message.parts)))
        case AssistantMessage():
            reasoning = "".join(part.text for part in message.reasoning)
            return attrs.evolve(arguments_as_objects(message), reasoning=_reasoning(reasoning))
        case ToolMessage():
            text = ("Error: " if message.is_error else "") + joined_text(message.parts)
            return ToolMessage(_content(text, _images(message.parts)), tool_call_id=message.tool_call_id)
        case _:
            assert_never(message)


def _images(parts: tuple[object, ...]) -> list[ImagePart]:
    return [ImagePart(data=part.data) for part in parts if isinstance(part, ImagePart) and part.data is not None]


def _content(text: str, images: list[ImagePart]) -> str | list[ToolPart]:
    return [TextPart(text), *images] if images else text


def _reasoning(text: str) -> list[ReasoningPart]:
    return [ReasoningPart(text)] if text else []


def _message(value: JsonValue, pairing: Pairing) -> Message:
    item = value if isinstance(value, dict) else {}
    match item.get("role"):
        case "system":
            return SystemMessage(text(item, "content"))
        case "user":
            return UserMessage(_content_of(item))
        case "assistant":
            return _assistant(item, pairing)
        case "tool":
            name = item.get("tool_name")
            return ToolMessage(_content_of(item), tool_call_id=pairing.result(name if isinstance(name, str) else None))
        case _:
            raise ValueError(f"messages: unknown message: {value}")


def _content_of(item: Json) -> str | list[ToolPart]:
    return _content(text(item, "content"), [ImagePart(data=decode_base64(data)) for data in texts(item, "images")])


def _assistant(item: Json, pairing: Pairing) -> AssistantMessage:
    calls = [_call(call, pairing) for call in items(item, "tool_calls")]
    reasoning = item.get("thinking") or ""
    return AssistantMessage(
        str(item.get("content") or ""),
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        reasoning=_reasoning(str(reasoning)),
    )


def _call(item: JsonValue, pairing: Pairing) -> ToolCall | InvalidToolCall:
    match item:
        case {"function": {"name": str(name), "arguments": dict(arguments)}}:
            return read_object(pairing.call(name), name, arguments)
        case _:
            raise ValueError(f"tool_calls: unknown call: {item}")


def _tool(item: JsonValue) -> Tool:
    match item:
        case {"type": "function", "function": {"name": str(name), "parameters": dict(parameters), **options}}:
            return Tool(name=name, description=str(options.get("description", "")), parameters=parameters)
        case _:
            raise ValueError(f"tools: unknown tool: {item}")


def _output(value: JsonValue) -> OutputFormat | None:
    match value:
        case None | "":
            return None
        case "json":
            return JsonOutput()
        case dict(schema):
            return JsonSchemaOutput(name=_SCHEMA, schema=schema)
        case _:
            raise ValueError(f"format: unknown format: {value}")


def _settings(body: Json, options: Json) -> ChatSettings:
    return ChatSettings(
        temperature=number(options, "temperature"),
        top_p=number(options, "top_p"),
        max_tokens=integer(options, "num_predict"),
        stop=texts(options, "stop"),
        seed=integer(options, "seed"),
        presence_penalty=number(options, "presence_penalty"),
        frequency_penalty=number(options, "frequency_penalty"),
        reasoning_effort=_effort_of_thinking(body),
        extra={
            **{name: value for name, value in body.items() if name not in _KNOWN_FIELDS},
            **{name: value for name, value in options.items() if name not in _OPTION_FIELDS},
        },
    )


def _effort_of_thinking(body: Json) -> ReasoningEffort | None:
    """Return the named effort; true, which most models take instead, is "medium"; false is "none"."""
    if isinstance(body.get("think"), str):
        return effort(body.get("think"))
    enabled = boolean(body, "think")
    return None if enabled is None else "medium" if enabled else "none"
