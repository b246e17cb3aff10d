"""Messages in the format that `litellm.completion` takes for every provider. LiteLLM edits them: all are fresh."""

import copy
import re
from collections.abc import Sequence
from typing import assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject, JsonValue, json_text
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import TextPart, UserPart
from llm_core.domain.tools import InvalidToolCall, ToolCall
from llm_core.wires.paired_calls import PairedCalls, WireCall
from llm_core.wires.reasoning_blocks import FIELD

from .completion_parts import TargetModel, encode_part


def encode_messages(
    messages: Sequence[Message], model: TargetModel, tool_call_ids: re.Pattern[str] | None = None
) -> list[JsonObject]:
    """Return the history for *model*; the ids of its calls match *tool_call_ids*.

    Raises:
        UnsupportedFeatureError: the wire cannot carry a part; `feature` names its message.
    """
    pairs = PairedCalls(messages, tool_call_ids)
    return [_message(message, index, model, pairs) for index, message in enumerate(messages)]


def _message(message: Message, index: int, model: TargetModel, pairs: PairedCalls) -> JsonObject:
    path = f"messages[{index}]"
    match message:
        case SystemMessage(content):
            return {"role": "system", "content": content}
        case UserMessage(content):
            return {"role": "user", "content": _content(content, path, model)}
        case AssistantMessage():
            return _assistant(message, model, pairs.of(message))
        case ToolMessage():
            id = pairs.answered_by(message).id
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


def _assistant(message: AssistantMessage, model: TargetModel, calls: Sequence[WireCall]) -> JsonObject:
    encoded: JsonObject = {"role": "assistant", "content": message.content or (None if calls else "")}
    if calls:
        encoded["tool_calls"] = [_call(call, model) for call in calls]
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


def _call(wire_call: WireCall, model: TargetModel) -> JsonObject:
    return {
        "id": wire_call.id,
        "type": "function",
        "function": {"name": wire_call.call.name, "arguments": _arguments(wire_call.call, model)},
    }


def _arguments(call: ToolCall | InvalidToolCall, model: TargetModel) -> str:
    if isinstance(call, ToolCall):
        return call.arguments_json if model.arguments_as_text else json_text(call.arguments)
    return call.arguments_text if model.arguments_as_text else json_text({"invalid_arguments": call.arguments_text})
