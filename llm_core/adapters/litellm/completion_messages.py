"""Encodes requests for OpenAI's Chat Completions API. All values are fresh for each call: the caller may edit them."""

import copy
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject, JsonValue, json_text
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import TextPart, UserPart
from llm_core.domain.requests import JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice
from llm_core.wires.reasoning_blocks import FIELD

from .encode_parts import TargetModel, encode_part


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
    return [encode_part(part, f"{path}.content[{index}]", model) for index, part in enumerate(content)]


def _result(message: ToolMessage, path: str, model: TargetModel) -> str | list[JsonObject]:
    content = message.content_with_error_prefix
    if isinstance(content, str):
        return content
    takes_text_only = model.openai_wire or model.drops_part("image in a result")
    if takes_text_only and not all(isinstance(part, TextPart) for part in content):
        raise UnsupportedFeatureError(feature=f"{path}.content: an image in a tool result")
    return [encode_part(part, path, model) for part in content]


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
