"""Encodes requests for OpenAI's Chat Completions API, as OpenAI and the compatible providers read it.

Sources: https://platform.openai.com/docs/api-reference/chat/create; for reasoning that is sent back
https://api-docs.deepseek.com/guides/thinking_mode, https://openrouter.ai/docs/use-cases/reasoning-tokens,
https://docs.z.ai/guides/capabilities/thinking-mode, https://docs.vllm.ai/en/latest/features/interleaved_thinking and
https://docs.mistral.ai/capabilities/reasoning.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import TextPart, UserPart
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import NO_SETTINGS, ChatSettings
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.json_body import merge_extra
from llm_core.wires.json_codec import encode_each, encode_json
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.paired_calls import PairedCalls, WireCall
from llm_core.wires.reasoning_blocks import replayed_details, replayed_fields
from llm_core.wires.refusals import refuse_server_tools, refuse_settings
from llm_core.wires.result_images import result_images

from .encode_fields import encode_call, encode_choice, encode_output, encode_settings, encode_tools
from .encode_parts import encode_part

_REASONING_FIELDS = frozenset({"content", "reasoning_content", "reasoning"})  # the fields that a stored history can set
_RESERVED = frozenset(
    {
        *("model", "messages", "tools", "tool_choice", "response_format", "stream", "stream_options"),
        *("max_tokens", "max_completion_tokens", "functions", "function_call"),
    }
)


def encode(request: ChatRequest, settings: ChatSettings, endpoint: Endpoint, /, *, stream: bool) -> HTTPRequest:
    """Return *request* with *settings* as a request to ``chat/completions``."""
    refuse_server_tools(request)
    refuse_settings(settings, "cache")
    rules = endpoint.rules
    body: JsonObject = {
        "model": endpoint.model,
        "messages": encode_each(_messages(request.messages, endpoint)),
        **_tools_and_output(request, rules),
        **_settings(settings, rules),
    }
    if stream:
        body["stream"] = True
        if rules.stream_usage:
            body["stream_options"] = {"include_usage": True}
    body = merge_extra(body, settings.extra, _RESERVED)
    return HTTPRequest(url=endpoint.url("chat/completions"), headers=endpoint.headers, content=encode_json(body))


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
    if settings is NO_SETTINGS:
        return {}
    fields = encode_settings(settings)
    effort = settings.reasoning_effort
    if effort is not None:
        own = {"reasoning_effort": rules.efforts.get(effort, effort)}
        del fields["reasoning_effort"]
        fields |= own if rules.effort_fields is None else rules.effort_fields(effort)
    return {rules.setting_names.get(name, name): value for name, value in fields.items()}


def _messages(messages: Sequence[Message], endpoint: Endpoint) -> Iterator[JsonObject]:
    rules, pairs = endpoint.rules, PairedCalls(messages, endpoint.rules.tool_call_ids)
    images: list[JsonObject] = []  # of the results in a row before
    for index, message in enumerate(messages):
        content = message.content
        if images and not isinstance(message, ToolMessage):
            yield {"role": "user", "content": images}
            images = []
        if isinstance(message, UserMessage):  # no match: it takes a twentieth of the time of a long history
            yield {"role": "user", "content": content if isinstance(content, str) else _parts(content, index, rules)}
        elif isinstance(message, AssistantMessage):
            calls = pairs.of(message)
            if calls or message.reasoning or message.provider_data:
                yield _assistant(message, calls, index, endpoint)
            else:
                yield {"role": "assistant", "content": content}
        elif isinstance(message, ToolMessage):
            answered = pairs.answered_by(message)
            if isinstance(content, str) and not message.is_error:
                yield {"role": "tool", "tool_call_id": answered.id, "content": content}
            else:
                yield {"role": "tool", "tool_call_id": answered.id, "content": _result(message, index, rules)}
                images += _images(message, answered, index, rules)
        elif isinstance(message, SystemMessage):
            yield {"role": "system", "content": content}
        else:
            assert_never(message)
    if images:
        yield {"role": "user", "content": images}


def _parts(content: Sequence[UserPart], index: int, rules: ModelRules) -> str | list[JsonObject]:
    path = f"messages[{index}].content"
    return _one_text([encode_part(part, f"{path}[{place}]", rules) for place, part in enumerate(content)])


def _one_text(parts: list[JsonObject]) -> str | list[JsonObject]:
    """Return *parts*, or the text that is all of them: some hosts read no list of parts."""
    only = parts[0] if len(parts) == 1 else {}
    text = only.get("text")
    return text if isinstance(text, str) else parts


def _result(message: ToolMessage, index: int, rules: ModelRules) -> str | list[JsonObject]:
    content = message.content_with_error_prefix
    if isinstance(content, str):
        return content
    first = len(message.parts) - len(content)  # -1, if a prefix comes before the first part
    parts = [
        encode_part(part, f"messages[{index}].content[{place}]", rules)
        for place, part in enumerate(content, first)
        if isinstance(part, TextPart) or "image in a result" in rules.parts
    ]
    return _one_text(parts) or ""


def _images(message: ToolMessage, answered: WireCall, index: int, rules: ModelRules) -> list[JsonObject]:
    """Return the images of a result for a user message after it; none if the model accepts them in the result."""
    if "image in a result" in rules.parts:
        return []
    path = f"messages[{index}].content"
    return result_images(message, answered, path, lambda image, image_path: encode_part(image, image_path, rules))


def _assistant(message: AssistantMessage, calls: Sequence[WireCall], index: int, endpoint: Endpoint) -> JsonObject:
    rules = endpoint.rules
    encoded: JsonObject = {"role": "assistant", "content": message.content or (None if calls else "")}
    if calls:
        signed = rules.replays_reasoning
        encoded["tool_calls"] = [
            _signed_call(call, endpoint) if signed and call.call.provider_data else encode_call(call) for call in calls
        ]
    if rules.replays_reasoning and (message.reasoning or message.provider_data):
        details = replayed_details(message, f"messages[{index}]", endpoint.provider)
        encoded |= details or _reasoning(message, endpoint.provider)
    if calls and rules.calls_need_reasoning:
        encoded.setdefault(rules.calls_need_reasoning, rules.empty_reasoning)
    return encoded


def _signed_call(wire_call: WireCall, endpoint: Endpoint) -> JsonObject:
    """Return a call with the signature that it came with from this provider."""
    encoded = encode_call(wire_call)
    for data in wire_call.call.provider_data:
        match data.value:
            case {"google": {"thought_signature": str(signature)}} if data.provider == endpoint.provider:
                encoded["extra_content"] = {"google": {"thought_signature": signature}}
    return encoded


def _reasoning(message: AssistantMessage, provider: str) -> JsonObject:
    """Return the reasoning of *message* in the fields in which it came from *provider*."""
    fields: JsonObject = {}
    thoughts: list[JsonObject] = []
    for field, text in replayed_fields(message.reasoning, provider, _REASONING_FIELDS):
        if field == "content":
            thoughts.append({"type": "thinking", "thinking": [{"type": "text", "text": text}]})
        else:
            fields[field] = f"{fields.get(field, '')}{text}"
    if thoughts:
        fields["content"] = [*thoughts, *([{"type": "text", "text": message.content}] if message.content else ())]
    return fields
