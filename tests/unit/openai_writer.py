"""The least client of OpenAI chat completions, independent of our adapters: it writes a request."""

import base64
import json

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    NamedTool,
    SystemMessage,
    TextPart,
    ToolMessage,
    UnsupportedFeatureError,
)
from llm_core.domain.parts import UserPart
from llm_core.testing import RecordedRequest

_AUDIO_FORMATS = {"audio/wav": "wav", "audio/mpeg": "mp3"}


def write_openai(request: ChatRequest, *, stream: bool) -> RecordedRequest:
    """Write *request* as a client of OpenAI does."""
    body = {
        "model": request.model,
        "messages": [message_fields(message) for message in request.messages],
        "stream": stream or None,
        "tools": tool_fields(request),
        "tool_choice": _choice(request) if request.tools and request.tool_choice != "auto" else None,
        "response_format": _output(request),
        **_settings(request.settings),
    }
    sent = {name: value for name, value in body.items() if value not in (None, [])} | dict(request.settings.extra)
    return RecordedRequest(method="POST", path="/v1/chat/completions", headers={}, body=json.dumps(sent).encode())


def tool_fields(request: ChatRequest) -> list[dict[str, object]]:
    """Return the tools, each with its strictness."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
                "strict": tool.strict,
            },
        }
        for tool in request.tools
    ]


def message_fields(message: Message) -> dict[str, object]:
    """Return a message."""
    match message:
        case SystemMessage(text):
            return {"role": "system", "content": text}
        case AssistantMessage(text):
            calls = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {
                        "name": call.name,
                        "arguments": getattr(call, "arguments_json", getattr(call, "arguments_text", None)),
                    },
                }
                for call in message.all_tool_calls
            ]
            return {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}
        case ToolMessage():
            content = _content(message.content_with_error_prefix)
            return {"role": "tool", "tool_call_id": message.tool_call_id, "content": content}
        case _:
            return {"role": "user", "content": _content(message.content)}


def _content(content: object) -> object:
    return content if isinstance(content, str) else [_part(part) for part in content]  # type: ignore[attr-defined]


def _part(part: UserPart) -> dict[str, object]:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart(url=str(url)):
            return {"type": "image_url", "image_url": {"url": url}}
        case ImagePart(data=bytes(data), media_type=media_type):
            return {"type": "image_url", "image_url": {"url": _data_url(data, media_type)}}
        case AudioPart(data=data, media_type=media_type):
            audio = {"data": base64.b64encode(data).decode(), "format": _AUDIO_FORMATS[media_type]}
            return {"type": "input_audio", "input_audio": audio}
        case FilePart(data=bytes(data), media_type=media_type, name=name):
            return {"type": "file", "file": {"file_data": _data_url(data, media_type), "filename": name}}
        case _:
            raise UnsupportedFeatureError(feature="a file by its URL")


def _data_url(data: bytes, media_type: str | None) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _choice(request: ChatRequest) -> object:
    choice = request.tool_choice
    return {"type": "function", "function": {"name": choice.name}} if isinstance(choice, NamedTool) else choice


def _output(request: ChatRequest) -> dict[str, object] | None:
    match request.output:
        case JsonOutput():
            return {"type": "json_object"}
        case JsonSchemaOutput(name=name, schema=schema, strict=strict):
            return {"type": "json_schema", "json_schema": {"name": name, "schema": dict(schema), "strict": strict}}
        case _:
            return None


def _settings(settings: ChatSettings) -> dict[str, object]:
    return {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_completion_tokens": settings.max_tokens,
        "stop": list(settings.stop),
        "seed": settings.seed,
        "presence_penalty": settings.presence_penalty,
        "frequency_penalty": settings.frequency_penalty,
        "reasoning_effort": settings.reasoning_effort,
        "parallel_tool_calls": settings.parallel_tool_calls,
    }
