"""The least client of OpenAI Responses, independent of our adapters: it writes a stateless request."""

import base64
import json

import attrs

from llm_core import (
    AssistantMessage,
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

_LACKING = ("stop", "seed", "presence_penalty", "frequency_penalty", "cache")


def write_responses(request: ChatRequest, *, stream: bool) -> RecordedRequest:
    """Write *request* as a client of OpenAI does."""
    body: dict[str, object] = {
        "model": request.model,
        "input": [item for message in request.messages for item in _items(message)],
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "stream": stream,
        "tools": [
            *({"type": "function", **attrs.asdict(tool, recurse=False)} for tool in request.tools),
            *(tool.value for tool in request.server_tools),
        ],
        "tool_choice": _choice(request),
        "text": {"format": _format(request)},
        **_settings(request.settings),
    }
    sent = {**body, **request.settings.extra}
    return RecordedRequest(method="POST", path="/v1/responses", headers={}, body=json.dumps(sent).encode())


def _items(message: Message) -> list[dict[str, object]]:
    match message:
        case SystemMessage(text):
            return [{"role": "developer", "content": text}]
        case AssistantMessage(text):
            calls: list[dict[str, object]] = [
                {
                    "type": "function_call",
                    "call_id": call.id,
                    "name": call.name,
                    "arguments": getattr(call, "arguments_json", getattr(call, "arguments_text", None)),
                }
                for call in message.all_tool_calls
            ]
            answer: dict[str, object] = {"role": "assistant", "content": [{"type": "output_text", "text": text}]}
            return [answer, *calls] if text or not calls else calls
        case ToolMessage(tool_call_id=id):
            output = _content(message.content_with_error_prefix)
            return [{"type": "function_call_output", "call_id": id, "output": output}]
        case _:
            return [{"role": "user", "content": _content(message.content)}]


def _content(content: object) -> object:
    return content if isinstance(content, str) else [_part(part) for part in content]  # type: ignore[attr-defined]


def _part(part: UserPart) -> dict[str, object]:
    match part:
        case TextPart(text):
            return {"type": "input_text", "text": text}
        case ImagePart(url=str(url)):
            return {"type": "input_image", "image_url": url}
        case ImagePart(data=bytes(data), media_type=media_type):
            return {"type": "input_image", "image_url": _data_url(data, media_type)}
        case FilePart(url=str(url)):
            return {"type": "input_file", "file_url": url}
        case FilePart(data=bytes(data), media_type=media_type, name=name):
            return {"type": "input_file", "file_data": _data_url(data, media_type), "filename": name}
        case _:
            raise UnsupportedFeatureError(feature="audio")


def _data_url(data: bytes, media_type: str | None) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _choice(request: ChatRequest) -> object:
    choice = request.tool_choice
    return {"type": "function", "name": choice.name} if isinstance(choice, NamedTool) else choice


def _format(request: ChatRequest) -> dict[str, object]:
    match request.output:
        case JsonOutput():
            return {"type": "json_object"}
        case JsonSchemaOutput(name=name, schema=schema, strict=strict):
            return {"type": "json_schema", "name": name, "schema": dict(schema), "strict": strict}
        case _:
            return {"type": "text"}


def _settings(settings: ChatSettings) -> dict[str, object]:
    lacking = [name for name in _LACKING if getattr(settings, name) not in (None, ())]
    if lacking:
        raise UnsupportedFeatureError(feature=", ".join(lacking))
    return {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_output_tokens": settings.max_tokens,
        "reasoning": {"effort": settings.reasoning_effort},
        "parallel_tool_calls": settings.parallel_tool_calls,
        "service_tier": settings.service_tier,
    }
