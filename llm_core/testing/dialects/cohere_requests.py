"""How Cohere's Chat API, version 2, reads a request: the body as a `ChatRequest`.

Source: https://docs.cohere.com/reference/chat. `normal_form` removes what the wire cannot carry: audio and documents,
the error flag of a result (`Error: ` is added to its text), signatures, the name and strictness of a schema,
parallel_tool_calls, cache and service tier, a tool choice without tools; strictness is that of all tools.
"""

from collections.abc import Sequence
from typing import assert_never

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import ImagePart, TextPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, Tool, ToolCall, ToolChoice, parse_tool_call

from .json_fields import (
    Json,
    boolean,
    decode_base64,
    effort_of_budget,
    fields,
    integer,
    items,
    number,
    text,
    texts,
)
from .normal_forms import content_with_joined_prefix, joined_text, single_text

_FIELDS = frozenset(
    {
        *("model", "messages", "tools", "tool_choice", "strict_tools", "response_format", "thinking", "stream"),
        *("temperature", "p", "max_tokens", "stop_sequences", "seed", "presence_penalty", "frequency_penalty"),
    }
)
_SCHEMA = "schema"  # the wire has no name for a schema


def read_request(body: Json) -> ChatRequest:
    """Return the request as the provider understands it. ValueError where the provider would answer 400."""
    if body.get("tools") and body.get("response_format"):
        raise ValueError("response_format: not supported together with tools")
    strict = boolean(body, "strict_tools") is True
    return ChatRequest(
        model=text(body, "model"),
        messages=[_message(item) for item in items(body, "messages")],
        tools=[_tool(item, strict=strict) for item in items(body, "tools")],
        tool_choice=_choice(body),
        output=_output(body.get("response_format")),
        settings=_settings(body),
    )


def normal_form(request: ChatRequest) -> ChatRequest:
    """Return *request* as the wire can carry it."""
    output, strict = request.output, any(tool.strict for tool in request.tools)
    return attrs.evolve(
        request,
        messages=[_normal_message(message) for message in request.messages],
        tools=[attrs.evolve(tool, strict=strict) for tool in request.tools],
        tool_choice=request.tool_choice if request.tools else "auto",
        output=JsonSchemaOutput(name=_SCHEMA, schema=output.schema) if isinstance(output, JsonSchemaOutput) else output,
        settings=attrs.evolve(request.settings, parallel_tool_calls=None, cache=None, service_tier=None, timeout=None),
    )


def _normal_message(message: Message) -> Message:
    match message:
        case SystemMessage():
            return message
        case UserMessage(content):
            return UserMessage(single_text(content))
        case AssistantMessage():
            return attrs.evolve(
                message, reasoning=_reasoning([part.text for part in message.reasoning]), provider_data=()
            )
        case ToolMessage():
            return ToolMessage(single_text(content_with_joined_prefix(message)), tool_call_id=message.tool_call_id)
        case _:
            assert_never(message)


def _reasoning(parts: Sequence[str]) -> list[ReasoningPart]:
    joined = "".join(parts)
    return [ReasoningPart(joined)] if joined else []


def _message(value: JsonValue) -> Message:
    item = value if isinstance(value, dict) else {}
    match item.get("role"):
        case "system":
            content = _content(item)
            return SystemMessage(content if isinstance(content, str) else joined_text(content))
        case "user":
            return UserMessage(_content(item))
        case "assistant":
            return _assistant(item)
        case "tool":
            return ToolMessage(_texts(_content(item)), tool_call_id=text(item, "tool_call_id"))
        case _:
            raise ValueError(f"messages: unknown message: {value}")


def _content(item: Json) -> str | list[TextPart | ImagePart]:
    content = item.get("content")
    return content if isinstance(content, str) else [_part(part) for part in items(item, "content")]


def _part(part: JsonValue) -> TextPart | ImagePart:
    match part:
        case {"type": "text", "text": str(content)}:
            return TextPart(content)
        case {"type": "image_url", "image_url": {"url": str(url)}}:
            return _image(url)
        case _:
            raise ValueError(f"messages: content: unknown part: {part}")


def _image(url: str) -> ImagePart:
    if not url.startswith("data:"):
        return ImagePart(url=url)
    head, _, data = url.partition(";base64,")
    return ImagePart(data=decode_base64(data), media_type=head.removeprefix("data:"))


def _texts(content: str | list[TextPart | ImagePart]) -> str | list[TextPart]:
    if isinstance(content, str):
        return content
    parts = [part for part in content if isinstance(part, TextPart)]
    if len(parts) < len(content):
        raise ValueError("messages: content: a tool message takes text and documents only")
    return parts


def _assistant(item: Json) -> AssistantMessage:
    parts = [("text", item["content"])] if isinstance(item.get("content"), str) else _assistant_parts(item)
    calls = [_call(call) for call in items(item, "tool_calls")]
    plan = item.get("tool_plan") or ""
    return AssistantMessage(
        "".join(str(part) for type_, part in parts if type_ == "text"),
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        reasoning=_reasoning([str(plan), *(str(part) for type_, part in parts if type_ == "thinking")]),
    )


def _assistant_parts(item: Json) -> list[tuple[str, JsonValue]]:
    parts: list[tuple[str, JsonValue]] = []
    for part in items(item, "content"):
        match part:
            case {"type": "text", "text": str(content)}:
                parts.append(("text", content))
            case {"type": "thinking", "thinking": str(content)}:
                parts.append(("thinking", content))
            case _:
                raise ValueError(f"messages: content: unknown part: {part}")
    return parts


def _call(item: JsonValue) -> ToolCall | InvalidToolCall:
    match item:
        case {"id": str(id), "type": "function", "function": {"name": str(name), "arguments": str(arguments)}}:
            return parse_tool_call(id=id, name=name, arguments_text=arguments)
        case _:
            raise ValueError(f"tool_calls: unknown call: {item}")


def _tool(item: JsonValue, *, strict: bool) -> Tool:
    match item:
        case {"type": "function", "function": {"strict": _}}:
            raise ValueError("tools: strict: unknown field, strict_tools is for all tools")
        case {"type": "function", "function": {"name": str(name), "parameters": dict(parameters), **options}}:
            description = str(options.get("description", ""))
            return Tool(name=name, description=description, parameters=parameters, strict=strict)
        case _:
            raise ValueError(f"tools: unknown tool: {item}")


def _choice(body: Json) -> ToolChoice:
    match body.get("tool_choice"):
        case None:
            return "auto"
        case "NONE" if body.get("tools"):
            return "none"
        case "REQUIRED" if body.get("tools"):
            return "required"
        case choice:
            raise ValueError(f"tool_choice: expected REQUIRED or NONE, with tools: {choice}")


def _output(value: JsonValue) -> OutputFormat | None:
    match value:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object", "json_schema": dict(schema)}:
            return JsonSchemaOutput(name=_SCHEMA, schema=schema)
        case {"type": "json_object"}:
            return JsonOutput()
        case _:
            raise ValueError(f"response_format: unknown format: {value}")


def _settings(body: Json) -> ChatSettings:
    return ChatSettings(
        temperature=number(body, "temperature"),
        top_p=number(body, "p"),
        max_tokens=integer(body, "max_tokens"),
        stop=texts(body, "stop_sequences"),
        seed=integer(body, "seed"),
        presence_penalty=number(body, "presence_penalty"),
        frequency_penalty=number(body, "frequency_penalty"),
        reasoning_effort=_effort(fields(body, "thinking")),
        extra={name: value for name, value in body.items() if name not in _FIELDS},
    )


def _effort(thinking: Json) -> ReasoningEffort | None:
    """Return "none" where thinking is disabled; else the effort of its budget, "medium" without one."""
    match thinking.get("type"):
        case None:
            return None
        case "disabled":
            return "none"
        case "enabled":
            budget = integer(thinking, "token_budget")
            return "medium" if budget is None else effort_of_budget(budget)
        case type_:
            raise ValueError(f"thinking: type: expected enabled or disabled: {type_}")
