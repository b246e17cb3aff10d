"""A request in the words of OpenAI chat completions."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import attrs
import llm_core as llm

Wire: TypeAlias = dict[str, Any]  # JSON as it is sent


def encode(request: llm.ChatRequest, model: str) -> Wire:
    """Return the body that says all of *request*. UnsupportedFeatureError where that is more than text."""
    body = attrs.asdict(
        request.settings, filter=lambda field, value: field.name != "timeout" and value not in (None, ())
    )
    body |= body.pop("extra") | {"stream": True, "stream_options": {"include_usage": True}}
    body |= {"model": request.model or model, "messages": [_message(message) for message in request.messages]}
    if request.tools:
        body["tools"] = [{"type": "function", "function": attrs.asdict(tool)} for tool in request.tools]
        body["tool_choice"] = request.tool_choice
    if isinstance(request.tool_choice, llm.NamedTool):
        body["tool_choice"] = {"type": "function", "function": attrs.asdict(request.tool_choice)}
    if isinstance(request.output, llm.JsonOutput):
        body["response_format"] = {"type": "json_object"}
    elif request.output:
        body["response_format"] = {"type": "json_schema", "json_schema": attrs.asdict(request.output)}
    return body


def _message(message: llm.Message) -> Wire:
    match message:
        case llm.SystemMessage(text):
            return {"role": "system", "content": text}
        case llm.UserMessage(content):
            return {"role": "user", "content": _content(content)}
        case llm.AssistantMessage(text):
            calls = [_call(call) for call in message.every_call]
            return {"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {})
        case llm.ToolMessage(content):
            failed = "Error: " if message.is_error else ""  # the wire has no flag for it
            told = failed + content if isinstance(content, str) else [llm.TextPart(failed), *content]
            return {"role": "tool", "tool_call_id": message.tool_call_id, "content": _content(told)}


def _call(call: llm.ToolCall | llm.InvalidToolCall) -> Wire:
    text = call.text if isinstance(call, llm.ToolCall) else call.arguments_text  # to the letter as the model wrote it
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": text}}


def _content(content: str | Sequence[object]) -> str | list[Wire]:
    return content if isinstance(content, str) else [_part(part) for part in content]


def _part(part: object) -> Wire:
    if isinstance(part, llm.TextPart):
        return {"type": "text", "text": part.text}
    raise llm.UnsupportedFeatureError(provider="stranger", feature=type(part).__name__)
