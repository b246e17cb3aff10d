"""Encodes requests for Ollama's chat API.

Sources: https://docs.ollama.com/api/chat, /capabilities/tool-calling, /capabilities/thinking, /capabilities/vision and
/capabilities/structured-outputs. Ids of calls, which Ollama sends since 0.12.10, are sent back on both sides of a pair;
older servers match results by the tool's name.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import (
    ERROR_PREFIX,
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.domain.requests import ChatRequest, JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.json_body import merge_extra
from llm_core.wires.json_codec import encode_each, encode_json
from llm_core.wires.media import base64_text
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat.encode_fields import encode_function, encode_settings
from llm_core.wires.paired_calls import PairedCalls, WireCall
from llm_core.wires.reasoning_blocks import replayed_fields
from llm_core.wires.refusals import refuse_server_tools, refuse_settings

_REASONING_FIELDS = frozenset({"thinking"})  # the fields that a stored history can set
_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "num_predict",
    "stop": "stop",
    "seed": "seed",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
}
_OPTION_NAMES = frozenset(_OPTIONS.values())
_RESERVED = frozenset(
    {"model", "messages", "tools", "format", "stream", *(f"options.{name}" for name in _OPTION_NAMES)}
)
# Fields of the request itself; any other key of `extra` is one of its `options`, such as `num_ctx`.
_TOP_FIELDS = _RESERVED | {
    *("keep_alive", "options", "think", "logprobs", "top_logprobs", "truncate", "shift", "template", "raw", "suffix")
}


def encode(request: ChatRequest, settings: ChatSettings, endpoint: Endpoint, /, *, stream: bool) -> HTTPRequest:
    """Return *request* with *settings* as a request to ``api/chat``."""
    _refuse_inexpressible(request, settings)
    rules = endpoint.rules
    extra = settings.extra
    own_options = {name: value for name, value in extra.items() if name not in _TOP_FIELDS}
    options = merge_extra(_options(settings, rules), own_options, _OPTION_NAMES)
    body: JsonObject = {
        "model": endpoint.model,
        "messages": encode_each(_messages(request.messages, endpoint)),
        "stream": stream,  # a stream is the default
        **_tools_and_output(request),
        **_think(settings, rules),
        **({"options": options} if options else {}),
    }
    body = merge_extra(body, {name: value for name, value in extra.items() if name in _TOP_FIELDS}, _RESERVED)
    return HTTPRequest(url=endpoint.url("api/chat"), headers=endpoint.headers, content=encode_json(body))


def _refuse_inexpressible(request: ChatRequest, settings: ChatSettings) -> None:
    if request.tools and request.tool_choice != "auto":
        raise UnsupportedFeatureError(feature="tool_choice")
    for index, tool in enumerate(request.tools):
        if tool.strict:
            raise UnsupportedFeatureError(feature=f"tools[{index}].strict")
    refuse_server_tools(request)
    refuse_settings(settings, "parallel_tool_calls", "cache", "service_tier")


def _tools_and_output(request: ChatRequest) -> JsonObject:
    fields: JsonObject = {}
    if request.tools:
        fields["tools"] = [{"type": "function", "function": encode_function(tool)} for tool in request.tools]
    if request.output is not None:
        fields["format"] = _format(request.output)
    return fields


def _format(output: OutputFormat) -> object:
    return "json" if isinstance(output, JsonOutput) else output.schema


def _options(settings: ChatSettings, rules: ModelRules) -> JsonObject:
    values = encode_settings(settings)
    return {rules.setting_names.get(name, option): values[name] for name, option in _OPTIONS.items() if name in values}


def _think(settings: ChatSettings, rules: ModelRules) -> JsonObject:
    """Return whether the model thinks: a level, which models without levels take for true, or false."""
    effort = settings.reasoning_effort
    if effort is None:
        return {}
    return {"think": False if effort == "none" else rules.efforts.get(effort, effort)}


def _messages(messages: Sequence[Message], endpoint: Endpoint) -> Iterator[JsonObject]:
    pairs = PairedCalls(messages, endpoint.rules.tool_call_ids)
    for index, message in enumerate(messages):
        path = f"messages[{index}].content"
        match message:
            case SystemMessage(content):
                yield {"role": "system", "content": content}
            case UserMessage(content):
                yield {"role": "user", **_content(content, path, endpoint.rules)}
            case AssistantMessage():
                yield _assistant(message, pairs.of(message), endpoint)
            case ToolMessage():
                yield _result(message, pairs.answered_by(message), path, endpoint.rules)
            case _:
                assert_never(message)


def _content(content: str | Sequence[UserPart], path: str, rules: ModelRules) -> JsonObject:
    """Return the joined text, and the images, which have a field of their own."""
    if isinstance(content, str):
        return {"content": content}
    texts: list[str] = []
    images: list[str] = []
    for index, part in enumerate(content):
        match part:
            case TextPart(text):
                texts.append(text)
            case ImagePart(data=bytes(data)):
                rules.require_part("image data", f"{path}[{index}]")
                images.append(base64_text(data))
            case ImagePart():
                raise UnsupportedFeatureError(feature=f"{path}[{index}]: image by url")
            case AudioPart():
                raise UnsupportedFeatureError(feature=f"{path}[{index}]: audio")
            case FilePart():
                raise UnsupportedFeatureError(feature=f"{path}[{index}]: file")
            case _:
                assert_never(part)
    return {"content": "".join(texts), **({"images": images} if images else {})}


def _result(message: ToolMessage, answered: WireCall, path: str, rules: ModelRules) -> JsonObject:
    fields = _content(message.content, path, rules)
    if message.is_error:
        fields["content"] = f"{ERROR_PREFIX}{fields['content']}"
    return {"role": "tool", "tool_name": answered.call.name, "tool_call_id": answered.id, **fields}


def _assistant(message: AssistantMessage, calls: Sequence[WireCall], endpoint: Endpoint) -> JsonObject:
    encoded: JsonObject = {"role": "assistant", "content": message.content}
    if endpoint.rules.replays_reasoning:
        thoughts = [text for _, text in replayed_fields(message.reasoning, endpoint.provider, _REASONING_FIELDS)]
        if thoughts:
            encoded["thinking"] = "".join(thoughts)
    if calls:
        encoded["tool_calls"] = [_call(call, index) for index, call in enumerate(calls)]
    return encoded


def _call(wire_call: WireCall, index: int) -> JsonObject:
    function = {"index": index, "name": wire_call.call.name, "arguments": wire_call.arguments_object()}
    return {"id": wire_call.id, "type": "function", "function": function}
