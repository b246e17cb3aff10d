"""A request as the honest adapter says it in OpenAI chat completions."""

import base64
from collections.abc import Sequence
from typing import TypeAlias

import attrs

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    NamedTool,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.parts import UserPart

Wire: TypeAlias = dict[str, object]

_SOUNDS = {"audio/wav": "wav", "audio/mpeg": "mp3"}


def encode(request: ChatRequest, model: str) -> Wire:
    """Return the body that says all of *request*; UnsupportedFeatureError where the wire has no word for it."""
    body: Wire = {"model": request.model or model, "messages": [_message(one) for one in request.messages]}
    if request.tools:
        told = [attrs.asdict(tool, filter=lambda _, value: value is not False) for tool in request.tools]
        body["tools"] = [{"type": "function", "function": function} for function in told]
        body["tool_choice"] = _choice(request)
    match request.output:
        case JsonOutput():
            body["response_format"] = {"type": "json_object"}
        case JsonSchemaOutput() as output:
            body["response_format"] = {"type": "json_schema", "json_schema": attrs.asdict(output)}
    return body | _settings(request.settings)


def _settings(settings: ChatSettings) -> Wire:
    elsewhere = ("timeout", "extra")
    told = attrs.asdict(settings, filter=lambda field, value: field.name not in elsewhere and value not in (None, ()))
    return told | dict(settings.extra)


def _choice(request: ChatRequest) -> object:
    choice = request.tool_choice
    return {"type": "function", "function": {"name": choice.name}} if isinstance(choice, NamedTool) else choice


def _message(message: Message) -> Wire:
    match message:
        case SystemMessage(content):
            return {"role": "system", "content": content}
        case UserMessage(content):
            return {"role": "user", "content": _content(content)}
        case AssistantMessage(content):
            calls = [_call(call) for call in message.all_tool_calls]
            return {"role": "assistant", "content": content} | ({"tool_calls": calls} if calls else {})
        case ToolMessage(content):
            if any(isinstance(part, ImagePart) for part in message.parts):
                raise UnsupportedFeatureError(feature="ImagePart")
            failed = "Error: " if message.is_error else ""
            told = failed + content if isinstance(content, str) else _content([*_said(failed), *content])
            return {"role": "tool", "tool_call_id": message.tool_call_id, "content": told}


def _said(words: str) -> list[TextPart]:
    return [TextPart(words)] if words else []


def _call(call: ToolCall | InvalidToolCall) -> Wire:
    return {
        "id": call.id,
        "type": "function",
        "function": {
            "name": call.name,
            "arguments": call.arguments_json if isinstance(call, ToolCall) else call.arguments_text,
        },
    }


def _content(content: str | Sequence[UserPart]) -> str | list[Wire]:
    return content if isinstance(content, str) else [_part(part) for part in content]


def _part(part: UserPart) -> Wire:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart():
            return {"type": "image_url", "image_url": {"url": part.url or _data_url(part.media_type, part.data)}}
        case AudioPart(media_type=kind) if kind in _SOUNDS:
            sound = {"data": base64.b64encode(part.data).decode(), "format": _SOUNDS[kind]}
            return {"type": "input_audio", "input_audio": sound}
        case FilePart(url=None):
            file = {"file_data": _data_url(part.media_type, part.data), "filename": part.name or "file"}
            return {"type": "file", "file": file}
        case _:
            raise UnsupportedFeatureError(feature=type(part).__name__)


def _data_url(media_type: str | None, data: bytes | None) -> str:
    return f"data:{media_type or 'image/png'};base64,{base64.b64encode(data or b'').decode()}"
