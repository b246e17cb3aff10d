"""Encodes requests for OpenAI's Chat Completions API, as OpenAI and the compatible providers read it.

Sources: https://platform.openai.com/docs/api-reference/chat/create; for reasoning that is sent back
https://api-docs.deepseek.com/guides/thinking_mode, https://openrouter.ai/docs/use-cases/reasoning-tokens,
https://docs.z.ai/guides/capabilities/thinking-mode, https://docs.vllm.ai/en/latest/features/interleaved_thinking and
https://docs.mistral.ai/capabilities/reasoning.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import ImagePart, ProviderData, TextPart, UserPart
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import ToolCall
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.json_body import json_bytes, merge_extra
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.paired_calls import WireCall, pair_calls
from llm_core.wires.reasoning_blocks import DETAILS, FIELD

from .encode_fields import encode_choice, encode_output, encode_settings, encode_tools
from .encode_parts import encode_part

_REASONING_FIELDS = ("reasoning_content", "reasoning")  # the fields that a stored history can set
_RESERVED = frozenset(
    {
        *("model", "messages", "tools", "tool_choice", "response_format", "stream", "stream_options"),
        *("max_tokens", "max_completion_tokens", "functions", "function_call"),
    }
)


def encode(request: ChatRequest, settings: ChatSettings, endpoint: Endpoint, /, *, stream: bool) -> HTTPRequest:
    """Return *request* with *settings* as a request to ``chat/completions``."""
    rules = endpoint.rules
    body: JsonObject = {
        "model": endpoint.model,
        "messages": list(_messages(request.messages, endpoint)),
        **_tools_and_output(request, rules),
        **_settings(settings, rules),
    }
    if stream:
        body["stream"] = True
        if rules.stream_usage:
            body["stream_options"] = {"include_usage": True}
    body = merge_extra(body, settings.extra, _RESERVED)
    return HTTPRequest(url=endpoint.url("chat/completions"), headers=endpoint.headers, content=json_bytes(body))


def _tools_and_output(request: ChatRequest, rules: ModelRules) -> JsonObject:
    fields: JsonObject = {}
    if request.tools:
        fields["tools"] = encode_tools(request.tools)
        if request.tool_choice != "auto":  # the default; some servers refuse it when it is sent
            choice = encode_choice(request.tool_choice)
            fields["tool_choice"] = rules.choice_names.get(choice, choice) if isinstance(choice, str) else choice
    if request.output is not None:
        fields["response_format"] = encode_output(request.output)
    return fields


def _settings(settings: ChatSettings, rules: ModelRules) -> JsonObject:
    fields = encode_settings(settings)
    effort = settings.reasoning_effort
    if effort is not None:
        own = {"reasoning_effort": rules.efforts.get(effort, effort)}
        del fields["reasoning_effort"]
        fields |= own if rules.effort_fields is None else rules.effort_fields(effort)
    return {rules.setting_names.get(name, name): value for name, value in fields.items()}


def _messages(messages: Sequence[Message], endpoint: Endpoint) -> Iterator[JsonObject]:
    pairs = pair_calls(messages, endpoint.rules.tool_call_ids)
    images: list[JsonObject] = []
    for index, message in enumerate(messages):
        if images and not isinstance(message, ToolMessage):
            yield {"role": "user", "content": images}
            images = []
        match message:
            case SystemMessage(content):
                yield {"role": "system", "content": content}
            case UserMessage(content):
                yield {"role": "user", "content": _content(content, f"messages[{index}].content", endpoint.rules)}
            case AssistantMessage():
                yield _assistant(message, pairs.calls.get(index, ()), endpoint)
            case ToolMessage():
                answered = pairs.results[index]
                yield {"role": "tool", "tool_call_id": answered.id, "content": _result(message, endpoint.rules)}
                images += _images(message, answered, f"messages[{index}].content", endpoint.rules)
            case _:
                assert_never(message)
    if images:
        yield {"role": "user", "content": images}


def _content(content: str | Sequence[UserPart], path: str, rules: ModelRules) -> str | list[JsonObject]:
    if isinstance(content, str):
        return content
    return _one_text([encode_part(part, f"{path}[{index}]", rules) for index, part in enumerate(content)])


def _one_text(parts: list[JsonObject]) -> str | list[JsonObject]:
    """Return *parts*, or the text that is all of them: some hosts read no list of parts."""
    only = parts[0] if len(parts) == 1 else {}
    text = only.get("text")
    return text if isinstance(text, str) else parts


def _result(message: ToolMessage, rules: ModelRules) -> str | list[JsonObject]:
    content = message.content_with_error_prefix
    if isinstance(content, str):
        return content
    nested = "image in a result" in rules.parts
    parts = [part for part in content if nested or isinstance(part, TextPart)]
    return _one_text([encode_part(part, "", rules) for part in parts]) or ""


def _images(message: ToolMessage, answered: WireCall, path: str, rules: ModelRules) -> list[JsonObject]:
    """Return the images of a result, for a user message that names the call: results carry text only."""
    if isinstance(message.content, str) or "image in a result" in rules.parts:
        return []
    images = [
        encode_part(part, f"{path}[{index}]", rules)
        for index, part in enumerate(message.content)
        if isinstance(part, ImagePart)
    ]
    note = f"Images in the result of the tool {answered.call.name}, call {answered.id}:"
    return [{"type": "text", "text": note}, *images] if images else []


def _assistant(message: AssistantMessage, calls: Sequence[WireCall], endpoint: Endpoint) -> JsonObject:
    encoded: JsonObject = {"role": "assistant", "content": message.content or (None if calls else "")}
    if calls:
        encoded["tool_calls"] = [_call(call, endpoint) for call in calls]
    if endpoint.rules.replays_reasoning:
        encoded |= _reasoning(message, endpoint)
    if calls and endpoint.rules.calls_need_reasoning:
        encoded.setdefault(endpoint.rules.calls_need_reasoning, endpoint.rules.empty_reasoning)
    return encoded


def _call(wire_call: WireCall, endpoint: Endpoint) -> JsonObject:
    call = wire_call.call
    arguments = call.arguments_json if isinstance(call, ToolCall) else call.arguments_text
    encoded: JsonObject = {
        "id": wire_call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
    if endpoint.rules.replays_reasoning:
        for signed in _own(call.provider_data, endpoint):
            encoded["extra_content"] = signed  # Google's signature of a call, in OpenAI's format
    return encoded


def _reasoning(message: AssistantMessage, endpoint: Endpoint) -> JsonObject:
    """Return the reasoning of *message* in the fields in which it came from this provider."""
    if not (message.reasoning or message.provider_data):
        return {}
    for data in _own(message.provider_data, endpoint):
        if DETAILS in data:
            return {DETAILS: data[DETAILS]}
    fields: dict[str, object] = {}
    thoughts: list[JsonObject] = []
    for part in message.reasoning:
        for data in _own(part.provider_data, endpoint):
            field = data.get(FIELD)
            if field == "content":
                thoughts.append({"type": "thinking", "thinking": [{"type": "text", "text": part.text}]})
            elif field in _REASONING_FIELDS:
                fields[str(field)] = f"{fields.get(str(field), '')}{part.text}"
    if thoughts:
        fields["content"] = [*thoughts, *([{"type": "text", "text": message.content}] if message.content else ())]
    return fields


def _own(data: Sequence[ProviderData], endpoint: Endpoint) -> Iterator[dict[str, JsonValue]]:
    """Yield the objects in *data* that came from this provider."""
    return (one.value for one in data if one.provider == endpoint.provider and isinstance(one.value, dict))
