"""How Ollama's /api/chat reads a request, from its API reference: the body as a `ChatRequest`.

What the wire cannot carry, and `carried` therefore leaves out: the place of pictures among the words, their type and
addresses, sound and documents, ids and spelling of calls, the error flag of a result (its words say so), signatures,
the name and strictness of a schema, the tool choice, parallel_tool_calls.
"""

from typing import assert_never

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import ImagePart, TextPart, ToolPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, Tool, ToolCall

from .json_fields import Json, effort, fields, boolean, items, number, decode_base64, text, texts, integer
from .normal_forms import Pairing, arguments_as_objects, ids_by_place, read_object, joined_text

_KNOWN_FIELDS = frozenset({"model", "messages", "tools", "format", "stream", "think", "options"})
_OPTION_FIELDS = frozenset(
    {"temperature", "top_p", "num_predict", "stop", "seed", "presence_penalty", "frequency_penalty"},
)
_SCHEMA = "schema"  # the wire has no name for one


def read_request(body: Json) -> ChatRequest:
    """Return what the provider understands. ValueError where it would answer 400."""
    pairing = Pairing()
    return ChatRequest(
        model=text(body, "model"),
        messages=[_message(item, pairing) for item in items(body, "messages")],
        tools=[_tool(item) for item in items(body, "tools")],
        output=_output(body.get("format")),
        settings=_settings(body, fields(body, "options")),
    )


def normal_form(request: ChatRequest) -> ChatRequest:
    """Return what of *request* the wire can carry, in its normal form."""
    output = request.output
    return attrs.evolve(
        request,
        messages=list(ids_by_place([_normal_message(message) for message in request.messages])),
        tools=[attrs.evolve(tool, strict=False) for tool in request.tools],
        tool_choice="auto",
        output=JsonSchemaOutput(name=_SCHEMA, schema=output.schema) if isinstance(output, JsonSchemaOutput) else output,
        settings=attrs.evolve(request.settings, parallel_tool_calls=None, timeout=None),
    )


def _normal_message(message: Message) -> Message:
    match message:
        case SystemMessage():
            return message
        case UserMessage():
            return UserMessage(_content(joined_text(message.parts), _images(message.parts)))
        case AssistantMessage():
            thoughts = "".join(part.text for part in message.reasoning)
            return attrs.evolve(arguments_as_objects(message), reasoning=_reasoning(thoughts))
        case ToolMessage():
            said = ("Error: " if message.is_error else "") + joined_text(message.parts)
            return ToolMessage(_content(said, _images(message.parts)), tool_call_id=message.tool_call_id)
        case _:
            assert_never(message)


def _images(parts: tuple[object, ...]) -> list[ImagePart]:
    return [ImagePart(data=part.data) for part in parts if isinstance(part, ImagePart) and part.data is not None]


def _content(said: str, images: list[ImagePart]) -> str | list[ToolPart]:
    return [TextPart(said), *images] if images else said


def _reasoning(thoughts: str) -> list[ReasoningPart]:
    return [ReasoningPart(thoughts)] if thoughts else []


def _message(value: JsonValue, pairing: Pairing) -> Message:
    item = value if isinstance(value, dict) else {}
    match item.get("role"):
        case "system":
            return SystemMessage(text(item, "content"))
        case "user":
            return UserMessage(_result_content(item))
        case "assistant":
            return _assistant(item, pairing)
        case "tool":
            name = item.get("tool_name")
            return ToolMessage(_result_content(item), tool_call_id=pairing.result(name if isinstance(name, str) else None))
        case _:
            raise ValueError(f"messages: no such message: {value}")


def _result_content(item: Json) -> str | list[ToolPart]:
    return _content(text(item, "content"), [ImagePart(data=decode_base64(data)) for data in texts(item, "images")])


def _assistant(item: Json, pairing: Pairing) -> AssistantMessage:
    calls = [_call(call, pairing) for call in items(item, "tool_calls")]
    thoughts = item.get("thinking") or ""
    return AssistantMessage(
        str(item.get("content") or ""),
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        reasoning=_reasoning(str(thoughts)),
    )


def _call(item: JsonValue, pairing: Pairing) -> ToolCall | InvalidToolCall:
    match item:
        case {"function": {"name": str(name), "arguments": dict(arguments)}}:
            return read_object(pairing.call(name), name, arguments)
        case _:
            raise ValueError(f"tool_calls: no such call: {item}")


def _tool(item: JsonValue) -> Tool:
    match item:
        case {"type": "function", "function": {"name": str(name), "parameters": dict(parameters), **rest}}:
            return Tool(name=name, description=str(rest.get("description", "")), parameters=parameters)
        case _:
            raise ValueError(f"tools: no such tool: {item}")


def _output(value: JsonValue) -> OutputFormat | None:
    match value:
        case None | "":
            return None
        case "json":
            return JsonOutput()
        case dict(schema):
            return JsonSchemaOutput(name=_SCHEMA, schema=schema)
        case _:
            raise ValueError(f"format: no such format: {value}")


def _settings(body: Json, options: Json) -> ChatSettings:
    return ChatSettings(
        temperature=number(options, "temperature"),
        top_p=number(options, "top_p"),
        max_tokens=integer(options, "num_predict"),
        stop=texts(options, "stop"),
        seed=integer(options, "seed"),
        presence_penalty=number(options, "presence_penalty"),
        frequency_penalty=number(options, "frequency_penalty"),
        reasoning_effort=_thinking(body),
        extra={
            **{name: value for name, value in body.items() if name not in _KNOWN_FIELDS},
            **{name: value for name, value in options.items() if name not in _OPTION_FIELDS},
        },
    )


def _thinking(body: Json) -> ReasoningEffort | None:
    """Return the effort by its word; only yes or no, which most models take, is a medium one or none."""
    if isinstance(body.get("think"), str):
        return effort(body.get("think"))
    wanted = boolean(body, "think")
    return None if wanted is None else "medium" if wanted else "none"
