"""Encodes a request for OpenAI chat completions, for `PlainChat`."""

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

JsonObject: TypeAlias = dict[str, object]

_AUDIO_FORMATS = {"audio/wav": "wav", "audio/mpeg": "mp3"}


def encode(request: ChatRequest, model: str) -> JsonObject:
    """Return the body for *request*; UnsupportedFeatureError if the wire format cannot express a part of it."""
    body: JsonObject = {
        "model": request.model or model,
        "messages": [_message(message) for message in request.messages],
    }
    if request.tools:
        functions = [attrs.asdict(tool, filter=lambda _, value: value is not False) for tool in request.tools]
        body["tools"] = [{"type": "function", "function": function} for function in functions]
        body["tool_choice"] = _choice(request)
    match request.output:
        case JsonOutput():
            body["response_format"] = {"type": "json_object"}
        case JsonSchemaOutput() as output:
            body["response_format"] = {"type": "json_schema", "json_schema": attrs.asdict(output)}
    return body | _settings(request.settings)


def _settings(settings: ChatSettings) -> JsonObject:
    separate = ("timeout", "extra")
    fields = attrs.asdict(settings, filter=lambda field, value: field.name not in separate and value not in (None, ()))
    return fields | dict(settings.extra)


def _choice(request: ChatRequest) -> object:
    choice = request.tool_choice
    return {"type": "function", "function": {"name": choice.name}} if isinstance(choice, NamedTool) else choice


def _message(message: Message) -> JsonObject:
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
            prefix = "Error: " if message.is_error else ""
            encoded = prefix + content if isinstance(content, str) else _content([*_text_parts(prefix), *content])
            return {"role": "tool", "tool_call_id": message.tool_call_id, "content": encoded}


def _text_parts(text: str) -> list[TextPart]:
    return [TextPart(text)] if text else []


def _call(call: ToolCall | InvalidToolCall) -> JsonObject:
    return {
        "id": call.id,
        "type": "function",
        "function": {
            "name": call.name,
            "arguments": call.arguments_json if isinstance(call, ToolCall) else call.arguments_text,
        },
    }


def _content(content: str | Sequence[UserPart]) -> str | list[JsonObject]:
    return content if isinstance(content, str) else [_part(part) for part in content]


def _part(part: UserPart) -> JsonObject:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart():
            return {"type": "image_url", "image_url": {"url": part.url or _data_url(part.media_type, part.data)}}
        case AudioPart(media_type=media_type) if media_type in _AUDIO_FORMATS:
            audio = {"data": base64.b64encode(part.data).decode(), "format": _AUDIO_FORMATS[media_type]}
            return {"type": "input_audio", "input_audio": audio}
        case FilePart(url=None):
            file = {"file_data": _data_url(part.media_type, part.data), "filename": part.name or "file"}
            return {"type": "file", "file": file}
        case _:
            raise UnsupportedFeatureError(feature=type(part).__name__)


def _data_url(media_type: str | None, data: bytes | None) -> str:
    return f"data:{media_type or 'image/png'};base64,{base64.b64encode(data or b'').decode()}"
