"""Replays a model's reasoning to the provider that it came from, in the field in which it came.

LiteLLM's configs drop most of it. Sources: https://api-docs.deepseek.com/guides/thinking_mode,
https://openrouter.ai/docs/use-cases/reasoning-tokens, https://docs.z.ai/guides/capabilities/thinking-mode,
https://docs.vllm.ai/en/latest/features/interleaved_thinking, https://docs.cohere.com/docs/reasoning,
https://docs.ollama.com/capabilities/tool-calling, https://docs.mistral.ai/capabilities/reasoning.
"""

import copy
from collections.abc import Sequence

from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.domain.messages import AssistantMessage, Message
from llm_core.domain.parts import ProviderData
from llm_core.wires.reasoning_blocks import DETAILS, FIELD

from .model_info import ModelInfo

_FIELDS = ("content", "reasoning_content", "reasoning", "thinking", "tool_plan")
_IN_MESSAGES = frozenset({"anthropic", "gemini"})  # their signed blocks are in the messages already
_STRICT = frozenset({"azure", "groq", "perplexity"})  # they refuse the reasoning fields of their own answers
_STRICT_HOST = "api.openai.com/"  # and its regional hosts


def replay_reasoning(body: JsonObject, messages: Sequence[Message], model: ModelInfo, url: str) -> None:
    """Add to *body*, in place, the reasoning in *messages* that came from the provider at *url*."""
    if model.provider in _IN_MESSAGES | _STRICT or _STRICT_HOST in url:
        return
    encoded = body.get("messages")
    wires = [wire for wire in encoded if wire.get("role") == "assistant"] if isinstance(encoded, list) else []
    originals = [message for message in messages if isinstance(message, AssistantMessage)]
    for wire, message in zip(wires, originals, strict=True):
        if model.provider == "deepseek" or _holds_any(message):
            _replay(wire, message, model)


def _holds_any(message: AssistantMessage) -> bool:
    data = message.reasoning or message.provider_data
    return bool(data) or any(call.provider_data for call in message.all_tool_calls)


def _replay(wire: JsonObject, message: AssistantMessage, model: ModelInfo) -> None:
    calls = wire.get("tool_calls")
    for call, wire_call in zip(message.all_tool_calls, calls if isinstance(calls, list) else (), strict=False):
        for signed in _own(call.provider_data, model):
            wire_call["extra_content"] = signed  # Google's signature of a call, in OpenAI's format
    details = [data[DETAILS] for data in _own(message.provider_data, model) if DETAILS in data]
    if details:
        wire[DETAILS] = details[0]
        return
    thoughts: list[JsonObject] = []
    for part in message.reasoning:
        for field in [field for data in _own(part.provider_data, model) if (field := data.get(FIELD)) in _FIELDS]:
            if field == "content":
                thoughts.append(_thinking_part(part.text, model))
            else:
                wire[str(field)] = f"{wire.get(str(field)) or ''}{part.text}"
    if thoughts:
        wire["content"] = [*thoughts, *([{"type": "text", "text": message.content}] if message.content else ())]
    if model.provider == "deepseek" and message.all_tool_calls:
        wire.setdefault("reasoning_content", "")  # it refuses another model's calls without this field


def _own(data: Sequence[ProviderData], model: ModelInfo) -> list[dict[str, JsonValue]]:
    values = [one.value for one in data if one.provider == model.provider]
    return [copy.deepcopy(value) for value in values if isinstance(value, dict)]


def _thinking_part(text: str, model: ModelInfo) -> JsonObject:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}] if model.provider == "mistral" else text}
