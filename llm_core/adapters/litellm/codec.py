"""From a `ChatRequest` to the OpenAI-shaped values that LiteLLM speaks: fresh for every call, since it edits them."""

import base64
import copy
from collections.abc import Mapping, Sequence
from typing import TypeAlias, assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonValue, json_text
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.domain.requests import JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice
from llm_core.wires.reasoning_blocks import FIELD

from .model_info import ModelInfo
from .tool_call_ids import rewrite_ids

JsonObject: TypeAlias = dict[str, object]

_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}
_UPLOADED = ("gs://", "https://generativelanguage.googleapis.com/")  # Google holds it already
_SOUNDS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


def encode_messages(messages: Sequence[Message], model: ModelInfo) -> list[JsonObject]:
    """Return the history for *model*.

    Raises:
        UnsupportedFeatureError: a part that the wire cannot carry, named by its message.
    """
    ids = rewrite_ids(messages, model)
    return [_message(message, f"messages[{index}]", model, ids) for index, message in enumerate(messages)]


def encode_tools(tools: Sequence[Tool]) -> list[JsonObject]:
    """Return the tools; `strict` is said only where it is asked for."""
    return [{"type": "function", "function": _function(tool)} for tool in tools]


def encode_choice(choice: ToolChoice) -> str | JsonObject:
    """Return the tool choice."""
    if isinstance(choice, NamedTool):
        return {"type": "function", "function": {"name": choice.name}}
    return choice


def encode_output(output: OutputFormat) -> JsonObject:
    """Return the response format."""
    if isinstance(output, JsonOutput):
        return {"type": "json_object"}
    schema = {"name": output.name, "schema": copy.deepcopy(output.schema), "strict": output.strict}
    return {"type": "json_schema", "json_schema": schema}


def encode_settings(settings: ChatSettings) -> JsonObject:
    """Return what is set, by OpenAI's names; `timeout` and `extra` are not among them."""
    told: JsonObject = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_tokens": settings.max_tokens,
        "stop": list(settings.stop) or None,
        "seed": settings.seed,
        "presence_penalty": settings.presence_penalty,
        "frequency_penalty": settings.frequency_penalty,
        "reasoning_effort": settings.reasoning_effort,
        "parallel_tool_calls": settings.parallel_tool_calls,
    }
    return {name: value for name, value in told.items() if value is not None}


def _function(tool: Tool) -> JsonObject:
    function: JsonObject = {
        "name": tool.name,
        "description": tool.description,
        "parameters": copy.deepcopy(tool.parameters),
    }
    return {**function, "strict": True} if tool.strict else function


def _message(message: Message, path: str, model: ModelInfo, ids: Mapping[str, str]) -> JsonObject:
    match message:
        case SystemMessage(content):
            return {"role": "system", "content": content}
        case UserMessage(content):
            return {"role": "user", "content": _content(content, path, model)}
        case AssistantMessage():
            return _assistant(message, model, ids)
        case ToolMessage():
            id = ids.get(message.tool_call_id, message.tool_call_id)
            return {"role": "tool", "tool_call_id": id, "content": _result(message, path, model)}
        case _:
            assert_never(message)


def _content(content: str | Sequence[UserPart], path: str, model: ModelInfo) -> str | list[JsonObject]:
    if isinstance(content, str):
        return content
    return [_part(part, f"{path}.content[{index}]", model) for index, part in enumerate(content)]


def _result(message: ToolMessage, path: str, model: ModelInfo) -> str | list[JsonObject]:
    content = message.content_with_error_prefix
    if isinstance(content, str):
        return content
    if model.openai_wire and not all(isinstance(part, TextPart) for part in content):
        raise UnsupportedFeatureError(feature=f"{path}.content: an image in a tool result")
    return [_part(part, path, model) for part in content]


def _assistant(message: AssistantMessage, model: ModelInfo, ids: Mapping[str, str]) -> JsonObject:
    calls = message.all_tool_calls
    wire: JsonObject = {"role": "assistant", "content": message.content or (None if calls else "")}
    if calls:
        wire["tool_calls"] = [_call(call, model, ids) for call in calls]
    if not message.reasoning:
        return wire
    kept = [data for part in message.reasoning for data in part.provider_data if data.provider == model.provider]
    blocks = [copy.deepcopy(data.value) for data in kept if not _is_field(data.value)]
    if blocks:
        wire["thinking_blocks"] = blocks
    return wire


def _is_field(value: JsonValue) -> bool:
    return isinstance(value, dict) and FIELD in value  # which is no block, but the name of a field


def _call(call: ToolCall | InvalidToolCall, model: ModelInfo, ids: Mapping[str, str]) -> JsonObject:
    return {
        "id": ids.get(call.id, call.id),
        "type": "function",
        "function": {"name": call.name, "arguments": _arguments(call, model)},
    }


def _arguments(call: ToolCall | InvalidToolCall, model: ModelInfo) -> str:
    if isinstance(call, ToolCall):
        return call.arguments_json if model.arguments_as_text else json_text(call.arguments)
    return call.arguments_text if model.arguments_as_text else json_text({"invalid_arguments": call.arguments_text})


def _part(part: UserPart, path: str, model: ModelInfo) -> JsonObject:
    if (kind := _kind(part)) and model.drops_part(kind):
        raise UnsupportedFeatureError(feature=f"{path}: {kind}")
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart():
            return {
                "type": "image_url",
                "image_url": {"url": part.url or _data_url(picture_type(part, path), part.data)},
            }
        case AudioPart():
            return {"type": "input_audio", "input_audio": _sound(part, path)}
        case FilePart():
            return {"type": "file", "file": _file(part, path, model)}
        case _:
            assert_never(part)


def _kind(part: UserPart) -> str:
    match part:
        case ImagePart(url=str(url)) if not url.startswith(_UPLOADED):
            return "a picture by url"
        case AudioPart():
            return "sound"
        case FilePart():
            return "a file"
        case _:
            return ""


def picture_type(part: ImagePart, path: str) -> str:
    """Return the media type of a picture of bytes, told or seen. UnsupportedFeatureError: neither."""
    known = (kind for magic, kind in _PICTURES.items() if (part.data or b"").startswith(magic))
    kind = part.media_type or next(known, None)
    if kind is None:
        raise UnsupportedFeatureError(feature=f"{path}: a picture of unknown format (set media_type)")
    return kind


def _sound(part: AudioPart, path: str) -> JsonObject:
    if part.media_type not in _SOUNDS:
        raise UnsupportedFeatureError(feature=f"{path}: {part.media_type} (audio/wav and audio/mpeg can be sent)")
    return {"data": base64.b64encode(part.data).decode(), "format": _SOUNDS[part.media_type]}


def _file(part: FilePart, path: str, model: ModelInfo) -> JsonObject:
    if part.url is None:
        return {"file_data": _data_url(part.media_type, part.data), "filename": part.name or "file"}
    if model.openai_wire:
        raise UnsupportedFeatureError(feature=f"{path}: a file by url")
    return {"file_id": part.url, "format": part.media_type}


def _data_url(media_type: str, data: bytes | None) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data or b'').decode()}"
