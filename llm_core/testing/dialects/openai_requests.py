"""How OpenAI chat completions reads a request: the body as a `ChatRequest`. Source: its API reference."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import TypeAlias, get_args

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice, parse_tool_call

from .json_fields import optional_text
from .normal_forms import canonical_audio_type, content_with_joined_prefix, joined_text, single_text

Json: TypeAlias = Mapping[str, JsonValue]

_NUMBERS = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_LIMITS = ("max_completion_tokens", "max_tokens")
_AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}
# Fields that a request may state although it means the same without them: each with its documented default.
_DEFAULTS: Mapping[str, JsonValue] = {
    "store": False,
    "n": 1,
    "logprobs": False,
    "modalities": ["text"],
}
_NULL_CONTENT = "Invalid value for 'content': expected a string, got null."  # OpenAI's own message
_KNOWN_FIELDS = frozenset({"model", "messages", "tools", "tool_choice", "response_format", "stream", "stream_options"})
_EMPTY: list[JsonValue] = []
_SETTINGS_FIELDS = frozenset(
    {*_NUMBERS, *_LIMITS, "stop", "seed", "reasoning_effort", "parallel_tool_calls", "service_tier"}
)


def read_request(body: Json) -> ChatRequest:
    """Return the request as the provider understands it. ValueError where the provider would answer 400."""
    model = body.get("model")
    if not isinstance(model, str):
        raise ValueError("model: expected text")
    _refuse_what_openai_refuses(body)
    return ChatRequest(
        model=model,
        messages=[_message(item) for item in _items(body, "messages")],
        tools=[_tool(item) for item in _items(body, "tools")],
        tool_choice=_choice(body.get("tool_choice")),
        output=_output(body.get("response_format")),
        settings=_settings(body),
    )


def normal_form(request: ChatRequest) -> ChatRequest:
    """Return *request* as the wire can carry it: a failed result has `Error: ` before its text, for want of a flag.

    Removed are the timeout, which is never sent, the lifetime of the prompt cache, a tool choice without tools, fields
    with their default, and the reasoning and opaque data of earlier answers. Text as a single part is text.
    """
    settings = request.settings
    tier = None if settings.service_tier == "auto" else settings.service_tier
    return attrs.evolve(
        request,
        messages=[_normal_message(message) for message in request.messages],
        tool_choice=request.tool_choice if request.tools else "auto",
        settings=attrs.evolve(
            settings, timeout=None, cache=None, service_tier=tier, extra=_without_defaults(settings.extra)
        ),
    )


def _without_defaults(fields: Json) -> Json:
    """Return *fields* without those that have their default; its type counts, since OpenAI refuses ``"n": true``."""
    return {
        name: value
        for name, value in fields.items()
        if name not in _DEFAULTS or json.dumps(value) != json.dumps(_DEFAULTS[name])
    }


def _normal_message(message: Message) -> Message:
    match message:
        case ToolMessage():
            return attrs.evolve(message, content=single_text(content_with_joined_prefix(message)), is_error=False)
        case UserMessage(content) if not isinstance(content, str):
            return UserMessage(single_text([canonical_audio_type(part) for part in content]))
        case AssistantMessage():
            return attrs.evolve(message, reasoning=(), provider_data=())
        case _:
            return message


def _refuse_what_openai_refuses(body: Json) -> None:
    if body.get("stream_options") is not None and body.get("stream") is not True:
        raise ValueError("stream_options: only allowed where stream is true")
    if "tool_choice" in body and not body.get("tools"):
        raise ValueError("tool_choice: only allowed where there are tools")
    if all(limit in body for limit in _LIMITS):
        raise ValueError(f"{' and '.join(_LIMITS)}: one of them, not both")


def _message(item: JsonValue) -> Message:
    match item:
        case {"role": "system" | "developer" as role, "content": str() | list() as content}:
            return SystemMessage(_text(content, role))
        case {"role": "user", "content": content}:
            return UserMessage(content if isinstance(content, str) else list(_parts(content)))
        case dict() if item.get("role") == "assistant":
            return _assistant(item)
        case {"role": "tool", "tool_call_id": str(id), "content": content}:
            return ToolMessage(content if isinstance(content, str) else _texts(content, "tool"), tool_call_id=id)
        case _:
            raise ValueError(f"messages: unknown message: {item}")


def _assistant(item: Json) -> AssistantMessage:
    content = item.get("content")
    calls = [_call(call) for call in _items(item, "tool_calls")]
    if content is None and not calls:
        raise ValueError(f"messages: {_NULL_CONTENT}")
    return AssistantMessage(
        "" if content is None else _text(content, "assistant"),
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
    )


def _call(item: JsonValue) -> ToolCall | InvalidToolCall:
    match item:
        case {"id": str(id), "type": "function", "function": {"name": str(name), "arguments": str(arguments)}}:
            return parse_tool_call(id=id, name=name, arguments_text=arguments)
        case _:
            raise ValueError(f"tool_calls: unknown call: {item}")


def _text(content: JsonValue, role: str) -> str:
    """Return the text of a message that may be an array of text parts, which are one text."""
    return content if isinstance(content, str) else joined_text(_texts(content, role))


def _texts(content: JsonValue, role: str) -> list[TextPart]:
    parts = list(_parts(content))
    texts = [part for part in parts if isinstance(part, TextPart)]
    if len(texts) < len(parts):
        raise ValueError(f"messages: content: the role {role} takes text only")
    if not texts:
        raise ValueError(f"messages: content: expected text or an array of text parts: {content}")
    return texts


def _parts(content: JsonValue) -> Iterator[UserPart]:
    for part in content if isinstance(content, list) else []:
        match part:
            case {"type": "text", "text": str(text)}:
                yield TextPart(text)
            case {"type": "image_url", "image_url": {"url": str(url)}}:
                yield _image(url)
            case {"type": "input_audio", "input_audio": {"data": str(data), "format": str(format_)}}:
                yield AudioPart(base64.b64decode(data), media_type=_audio_type(format_))
            case {"type": "file", "file": {"file_data": str(url), "filename": str(name)}}:
                file_type, content_bytes = _data_url(url)
                yield FilePart(data=content_bytes, media_type=file_type, name=name)
            case _:
                raise ValueError(f"messages: content: unknown part: {part}")


def _audio_type(format_: str) -> str:
    if format_ not in _AUDIO_TYPES:
        raise ValueError(f"messages: content: input_audio: format: wav or mp3, not {format_}")
    return _AUDIO_TYPES[format_]


def _image(url: str) -> ImagePart:
    if not url.startswith("data:"):
        return ImagePart(url=url)
    media_type, data = _data_url(url)
    return ImagePart(data=data, media_type=media_type)


def _data_url(url: str) -> tuple[str, bytes]:
    head, _, data = url.partition(";base64,")
    return head.removeprefix("data:"), base64.b64decode(data, validate=True)


def _tool(item: JsonValue) -> Tool:
    match item:
        case {"type": "function", "function": {"name": str(name), "parameters": dict(parameters), **options}}:
            description, strict = options.get("description", ""), options.get("strict", False)
            return Tool(name=name, description=str(description), parameters=parameters, strict=strict is True)
        case _:
            raise ValueError(f"tools: unknown tool: {item}")


def _choice(value: JsonValue) -> ToolChoice:
    match value:
        case None | "auto":
            return "auto"
        case "none":
            return "none"
        case "required":
            return "required"
        case {"type": "function", "function": {"name": str(name)}}:
            return NamedTool(name)
        case _:
            raise ValueError(f"tool_choice: unknown choice: {value}")


def _output(value: JsonValue) -> OutputFormat | None:
    match value:
        case None | {"type": "text"}:  # the default
            return None
        case {"type": "json_object"}:
            return JsonOutput()
        case {"type": "json_schema", "json_schema": {"name": str(name), "schema": dict(schema), **options}}:
            return JsonSchemaOutput(name=name, schema=schema, strict=options.get("strict", False) is True)
        case _:
            raise ValueError(f"response_format: unknown format: {value}")


def _settings(body: Json) -> ChatSettings:
    temperature, top_p, presence, frequency = (_number(body, key) for key in _NUMBERS)
    limit, deprecated_limit = (_whole(body, key) for key in _LIMITS)
    stop = body.get("stop")
    return ChatSettings(
        temperature=temperature,
        top_p=top_p,
        max_tokens=deprecated_limit if limit is None else limit,
        stop=stop if isinstance(stop, str) else _stops(body),
        seed=_whole(body, "seed"),
        presence_penalty=presence,
        frequency_penalty=frequency,
        reasoning_effort=_effort(body.get("reasoning_effort")),
        parallel_tool_calls=_flag(body, "parallel_tool_calls"),
        service_tier=optional_text(body, "service_tier"),
        extra={key: value for key, value in body.items() if key not in _KNOWN_FIELDS | _SETTINGS_FIELDS},
    )


def _stops(body: Json) -> list[str]:
    items = [] if body.get("stop") is None else _items(body, "stop")
    return [text for text in items if isinstance(text, str)]


def _items(body: Json, key: str) -> list[JsonValue]:
    items = body.get(key, _EMPTY)
    if not isinstance(items, list):
        raise ValueError(f"{key}: expected an array")
    if not items and key in body:
        raise ValueError(f"{key}: [] is too short")
    return items


def _number(body: Json, key: str) -> float | None:
    value = body.get(key)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{key}: expected a number")


def _whole(body: Json, key: str) -> int | None:
    value = body.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{key}: expected an integer")


def _flag(body: Json, key: str) -> bool | None:
    value = body.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f"{key}: expected true or false")


def _effort(value: JsonValue) -> ReasoningEffort | None:
    efforts: tuple[ReasoningEffort, ...] = get_args(ReasoningEffort)
    return next((effort for effort in efforts if effort == value), None)
