"""Encodes requests for Cohere's Chat API, version 2.

Sources: https://docs.cohere.com/reference/chat, /docs/tool-use-overview (calls and `tool_plan` are sent back),
/docs/structured-outputs, /docs/image-inputs and /docs/reasoning.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.domain.requests import ChatRequest, JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.json_body import merge_extra
from llm_core.wires.json_codec import encode_each, encode_json
from llm_core.wires.media import data_url, image_media_type
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat.encode_fields import encode_call, encode_function, encode_settings
from llm_core.wires.paired_calls import PairedCalls, WireCall
from llm_core.wires.reasoning_blocks import replayed_fields
from llm_core.wires.refusals import refuse_server_tools, refuse_settings
from llm_core.wires.result_images import result_images

THINKING_BUDGETS: Mapping[ReasoningEffort, int] = MappingProxyType(
    {"minimal": 512, "low": 1024, "medium": 2048, "high": 4096}
)
"""The most tokens of reasoning by `reasoning_effort`: the API takes a number, and names no levels."""

_NAMES = {"top_p": "p", "stop": "stop_sequences"}
_CHOICES = {"none": "NONE", "required": "REQUIRED"}
_REASONING_FIELDS = frozenset({"content", "tool_plan"})  # the fields that a stored history can set
_RESERVED = frozenset(
    {
        *("model", "messages", "tools", "tool_choice", "strict_tools", "response_format", "stream"),
        *("p", "stop_sequences"),
    }
)


def encode(request: ChatRequest, settings: ChatSettings, endpoint: Endpoint, /, *, stream: bool) -> HTTPRequest:
    """Return *request* with *settings* as a request to ``chat``."""
    refuse_server_tools(request)
    body: JsonObject = {
        "model": endpoint.model,
        "messages": encode_each(_messages(request.messages, endpoint)),
        "stream": stream,
        **_tools_and_output(request),
        **_settings(settings, endpoint.rules),
    }
    body = merge_extra(body, settings.extra, _RESERVED)
    return HTTPRequest(url=endpoint.url("chat"), headers=endpoint.headers, content=encode_json(body))


def _tools_and_output(request: ChatRequest) -> JsonObject:
    fields: JsonObject = {}
    if request.tools:
        fields["tools"] = [{"type": "function", "function": encode_function(tool)} for tool in request.tools]
        if request.tool_choice != "auto":
            if not isinstance(request.tool_choice, str):
                raise UnsupportedFeatureError(feature="tool_choice: named")
            fields["tool_choice"] = _CHOICES[request.tool_choice]
        if any(tool.strict for tool in request.tools):
            fields["strict_tools"] = True  # for all tools together
    if request.output is not None:
        fields["response_format"] = _response_format(request.output)
    return fields


def _response_format(output: OutputFormat) -> JsonObject:
    if isinstance(output, JsonOutput):
        return {"type": "json_object"}
    return {"type": "json_object", "json_schema": output.schema}


def _settings(settings: ChatSettings, rules: ModelRules) -> JsonObject:
    refuse_settings(settings, "parallel_tool_calls", "cache", "service_tier")
    values = encode_settings(settings)
    values.pop("reasoning_effort", None)
    fields = {rules.setting_names.get(name, _NAMES.get(name, name)): value for name, value in values.items()}
    if settings.reasoning_effort is not None:
        fields["thinking"] = _thinking(settings.reasoning_effort)
    return fields


def _thinking(effort: ReasoningEffort) -> JsonObject:
    if effort == "none":
        return {"type": "disabled"}
    if effort not in THINKING_BUDGETS:
        raise UnsupportedFeatureError(feature=f"settings.reasoning_effort: {effort}")
    return {"type": "enabled", "token_budget": THINKING_BUDGETS[effort]}


def _messages(messages: Sequence[Message], endpoint: Endpoint) -> Iterator[JsonObject]:
    pairs = PairedCalls(messages, endpoint.rules.tool_call_ids)
    images: list[JsonObject] = []  # of the results in a row before
    for index, message in enumerate(messages):
        path = f"messages[{index}].content"
        if images and not isinstance(message, ToolMessage):
            yield {"role": "user", "content": images}
            images = []
        match message:
            case SystemMessage(content):
                yield {"role": "system", "content": content}
            case UserMessage(content):
                yield {"role": "user", "content": _content(content, path, endpoint.rules)}
            case AssistantMessage():
                yield _assistant(message, pairs.of(message), endpoint)
            case ToolMessage():
                answered = pairs.answered_by(message)
                yield {"role": "tool", "tool_call_id": answered.id, "content": _result(message)}
                images += result_images(message, answered, path, lambda part, path: _image(part, path, endpoint.rules))
            case _:
                assert_never(message)
    if images:
        yield {"role": "user", "content": images}


def _content(content: str | Sequence[UserPart], path: str, rules: ModelRules) -> str | list[JsonObject]:
    if isinstance(content, str):
        return content
    return [_part(part, f"{path}[{index}]", rules) for index, part in enumerate(content)]


def _part(part: UserPart, path: str, rules: ModelRules) -> JsonObject:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart():
            return _image(part, path, rules)
        case AudioPart():
            raise UnsupportedFeatureError(feature=f"{path}: audio")
        case FilePart():
            raise UnsupportedFeatureError(feature=f"{path}: file")
        case _:
            assert_never(part)


def _image(part: ImagePart, path: str, rules: ModelRules) -> JsonObject:
    rules.require_part("image data" if part.url is None else "image by url", path)
    return {"type": "image_url", "image_url": {"url": part.url or data_url(image_media_type(part, path), part.data)}}


def _result(message: ToolMessage) -> str | list[JsonObject]:
    content = message.content_with_error_prefix
    if isinstance(content, str):
        return content
    return [{"type": "text", "text": part.text} for part in content if isinstance(part, TextPart)] or ""


def _assistant(message: AssistantMessage, calls: Sequence[WireCall], endpoint: Endpoint) -> JsonObject:
    encoded: JsonObject = {"role": "assistant"}
    thoughts: list[JsonObject] = []
    if endpoint.rules.replays_reasoning:
        for field, text in replayed_fields(message.reasoning, endpoint.provider, _REASONING_FIELDS):
            if field == "content":
                thoughts.append({"type": "thinking", "thinking": text})
            else:
                encoded["tool_plan"] = f"{encoded.get('tool_plan', '')}{text}"
    if thoughts:
        encoded["content"] = [*thoughts, *([{"type": "text", "text": message.content}] if message.content else ())]
    elif message.content or not calls:
        encoded["content"] = message.content
    if calls:
        encoded["tool_calls"] = [encode_call(call) for call in calls]
    return encoded
