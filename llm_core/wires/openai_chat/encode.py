"""Requests in the format of OpenAI chat completions, which LiteLLM takes for every provider.

All values are fresh for each call: LiteLLM edits what it is given.
"""

import base64
import copy
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject, JsonValue, json_text
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.domain.requests import JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice
from llm_core.wires.reasoning_blocks import FIELD

_IMAGE_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}
_GOOGLE_FILES = ("gs://", "https://generativelanguage.googleapis.com/")  # addresses of files that Google holds already
_AUDIO_FORMATS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


class TargetModel(Protocol):
    """What the encoding depends on."""

    @property
    def provider(self) -> str:
        """Reasoning blocks go back to this provider alone."""

    @property
    def openai_wire(self) -> bool:
        """Whether the request is sent in this format; else LiteLLM rewrites it into another."""

    @property
    def arguments_as_text(self) -> bool:
        """Whether the arguments of a tool call are sent as the model's own text."""

    def drops_part(self, part: str) -> bool:
        """Return whether this sort of part would be lost on the way.

        The sorts are ``image by url``, ``image in a result``, ``audio`` and ``file``.
        """


def encode_messages(
    messages: Sequence[Message], model: TargetModel, ids: Mapping[str, str] = MappingProxyType({})
) -> list[JsonObject]:
    """Return the history for *model*; *ids* maps tool call ids to their replacements.

    Raises:
        UnsupportedFeatureError: the wire cannot carry a part; `feature` names its message.
    """
    return [_message(message, f"messages[{index}]", model, ids) for index, message in enumerate(messages)]


def encode_tools(tools: Sequence[Tool]) -> list[JsonObject]:
    """Return the tools; `strict` is sent only if it is True."""
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
    """Return the settings that are set, by OpenAI's names; `timeout` and `extra` are not among them."""
    parameters: JsonObject = {
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
    return {name: value for name, value in parameters.items() if value is not None}


def _function(tool: Tool) -> JsonObject:
    function: JsonObject = {
        "name": tool.name,
        "description": tool.description,
        "parameters": copy.deepcopy(tool.parameters),
    }
    return {**function, "strict": True} if tool.strict else function


def _message(message: Message, path: str, model: TargetModel, ids: Mapping[str, str]) -> JsonObject:
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


def _content(content: str | Sequence[UserPart], path: str, model: TargetModel) -> str | list[JsonObject]:
    if isinstance(content, str):
        return content
    return [_part(part, f"{path}.content[{index}]", model) for index, part in enumerate(content)]


def _result(message: ToolMessage, path: str, model: TargetModel) -> str | list[JsonObject]:
    content = message.content_with_error_prefix
    if isinstance(content, str):
        return content
    takes_text_only = model.openai_wire or model.drops_part("image in a result")
    if takes_text_only and not all(isinstance(part, TextPart) for part in content):
        raise UnsupportedFeatureError(feature=f"{path}.content: an image in a tool result")
    return [_part(part, path, model) for part in content]


def _assistant(message: AssistantMessage, model: TargetModel, ids: Mapping[str, str]) -> JsonObject:
    calls = message.all_tool_calls
    encoded: JsonObject = {"role": "assistant", "content": message.content or (None if calls else "")}
    if calls:
        encoded["tool_calls"] = [_call(call, model, ids) for call in calls]
    if not message.reasoning:
        return encoded
    own = [data for part in message.reasoning for data in part.provider_data if data.provider == model.provider]
    blocks = [copy.deepcopy(data.value) for data in own if not _is_field_name(data.value)]
    if blocks:
        encoded["thinking_blocks"] = blocks
    return encoded


def _is_field_name(value: JsonValue) -> bool:
    """Return whether *value* holds the name of a reasoning field, and is not a thinking block."""
    return isinstance(value, dict) and FIELD in value


def _call(call: ToolCall | InvalidToolCall, model: TargetModel, ids: Mapping[str, str]) -> JsonObject:
    return {
        "id": ids.get(call.id, call.id),
        "type": "function",
        "function": {"name": call.name, "arguments": _arguments(call, model)},
    }


def _arguments(call: ToolCall | InvalidToolCall, model: TargetModel) -> str:
    if isinstance(call, ToolCall):
        return call.arguments_json if model.arguments_as_text else json_text(call.arguments)
    return call.arguments_text if model.arguments_as_text else json_text({"invalid_arguments": call.arguments_text})


def _part(part: UserPart, path: str, model: TargetModel) -> JsonObject:
    if (sort := _sort(part)) and model.drops_part(sort):
        raise UnsupportedFeatureError(feature=f"{path}: {sort}")
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart():
            url = part.url or _data_url(image_media_type(part, path), part.data)
            return {"type": "image_url", "image_url": {"url": url}}
        case AudioPart():
            return {"type": "input_audio", "input_audio": _audio(part, path)}
        case FilePart():
            return {"type": "file", "file": _file(part, path, model)}
        case _:
            assert_never(part)


def _sort(part: UserPart) -> str:
    match part:
        case ImagePart(url=str(url)) if not url.startswith(_GOOGLE_FILES):
            return "image by url"
        case AudioPart():
            return "audio"
        case FilePart():
            return "file"
        case _:
            return ""


def image_media_type(part: ImagePart, path: str) -> str:
    """Return the media type of an image: as given, else by its first bytes. UnsupportedFeatureError if unknown."""
    detected = (media_type for magic, media_type in _IMAGE_TYPES.items() if (part.data or b"").startswith(magic))
    media_type = part.media_type or next(detected, None)
    if media_type is None:
        raise UnsupportedFeatureError(feature=f"{path}: an image of unknown format (set media_type)")
    return media_type


def _audio(part: AudioPart, path: str) -> JsonObject:
    if part.media_type not in _AUDIO_FORMATS:
        raise UnsupportedFeatureError(feature=f"{path}: {part.media_type} (audio/wav and audio/mpeg can be sent)")
    return {"data": base64.b64encode(part.data).decode(), "format": _AUDIO_FORMATS[part.media_type]}


def _file(part: FilePart, path: str, model: TargetModel) -> JsonObject:
    if part.url is None:
        return {"file_data": _data_url(part.media_type, part.data), "filename": part.name or "file"}
    if model.openai_wire:
        raise UnsupportedFeatureError(feature=f"{path}: a file by url")
    return {"file_id": part.url, "format": part.media_type}


def _data_url(media_type: str, data: bytes | None) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data or b'').decode()}"
