"""From what LiteLLM returns to a `ChatResponse`; the one place that reads its objects' fields."""

import math
import uuid
from collections.abc import Iterator
from decimal import Decimal

from llm_core.domain.errors import BadResponseError
from llm_core.domain.messages import AssistantMessage, ReasoningPart
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.tools import InvalidToolCall, ToolCall, read_call
from llm_core.domain.usage import Usage

from .fields import content_of, plain, provider_fields_of, text_of, text_or_none
from .thinking import Thinking
from .vendor import litellm

REASONS = {
    "stop": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "complete": FinishReason.STOP,
    "completed": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "max_output_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "tool_use": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.CONTENT_FILTER,
    "refusal": FinishReason.CONTENT_FILTER,
    "content_filtered": FinishReason.CONTENT_FILTER,
    "guardrail_intervened": FinishReason.CONTENT_FILTER,
    "error_toxic": FinishReason.CONTENT_FILTER,
    **dict.fromkeys(
        ("safety", "recitation", "language", "blocklist", "prohibited_content", "spii", "image_safety"),
        FinishReason.CONTENT_FILTER,
    ),
}

_NAMELESS = frozenset({"anthropic", "ollama", "ollama_chat"})  # LiteLLM makes up the ids of their answers
_SERVER_RUN = ("srvtoolu_", "mcptoolu_")  # calls that the provider has carried out itself: not ours to run


def decode_response(response: object, *, provider: str, model: str, ignored: tuple[str, ...] = ()) -> ChatResponse:
    """Return the answer.

    Raises:
        BadResponseError: it is none: LiteLLM gave something else, there are no choices, or the one there says nothing.
    """
    choices = getattr(response, "choices", None)
    if not isinstance(response, litellm().ModelResponse) or not isinstance(choices, list) or not choices:
        raise BadResponseError(detail="the answer holds no choices")
    message = plain(getattr(choices[0], "message", None))
    word = raw_reason(choices[0])
    refusal = text_of(provider_fields_of(message).get("refusal")) or text_of(getattr(message, "refusal", None))
    reason = FinishReason.CONTENT_FILTER if refusal else reason_of(word)
    calls = tuple(_calls(message, cut_off=reason is FinishReason.LENGTH))
    ours = AssistantMessage(
        refusal or content_of(message),
        reasoning=_reasoning(message, provider),
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
    )
    require_something(ours, reason, told=getattr(message, "content", None) is not None)
    return ChatResponse(
        message=ours,
        finish_reason=reason,
        raw_finish_reason=word,
        usage=usage_of(getattr(response, "usage", None), provider=provider, model=model, cost=_counted(response)),
        model=told_model(getattr(response, "model", None), provider),
        id=told_id(getattr(response, "id", None), provider),
        ignored_settings=ignored,
    )


def require_something(message: AssistantMessage, reason: FinishReason, *, told: bool) -> None:
    """Refuse an answer that stops as if it were complete and says nothing; *told*: the content was there, if empty."""
    says_something = told or message.content or message.every_call or message.reasoning
    if not says_something and reason in (FinishReason.STOP, FinishReason.TOOL_CALLS):
        raise BadResponseError(detail="the answer holds neither text nor a call")


def reason_of(word: str | None) -> FinishReason:
    """Return our reason for a provider's word: OTHER for one that nobody knows; none at all follows from the calls."""
    return FinishReason.STOP if word is None else REASONS.get(word.lower(), FinishReason.OTHER)


def raw_reason(choice: object) -> str | None:
    """Return the provider's own word, which LiteLLM keeps beside the one that it made of it."""
    native = provider_fields_of(choice).get("native_finish_reason")
    return text_or_none(native) or text_or_none(getattr(choice, "finish_reason", None))


def told_id(id: object, provider: str) -> str | None:
    """Return the provider's name for the answer; None where LiteLLM drops it and makes one up."""
    return None if provider in _NAMELESS else text_or_none(id)


def told_model(model: object, provider: str) -> str | None:
    """Return the model that answered; None where LiteLLM says which was asked instead, with its own prefix."""
    told = text_or_none(model)
    return None if told and provider in _NAMELESS and told.startswith(f"{provider}/") else told


def made_id() -> str:
    """Return an id for a call that came without one."""
    return f"call_{uuid.uuid4().hex[:24]}"


def is_server_run(id: object) -> bool:
    """Return whether the call with this id was carried out by the provider itself."""
    return isinstance(id, str) and id.startswith(_SERVER_RUN)


def usage_of(usage: object, *, provider: str, model: str, cost: object = None) -> Usage | None:
    """Return what was told; LiteLLM makes zeros where nothing was. *cost*: in US dollars, where it has been counted."""
    input_tokens, output_tokens = (_count(usage, f"{side}_tokens") for side in ("prompt", "completion"))
    if not input_tokens and not output_tokens:
        return None
    prompt, completion = (getattr(usage, f"{side}_tokens_details", None) for side in ("prompt", "completion"))
    return Usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_read_tokens=_count(prompt, "cached_tokens"),
        cache_write_tokens=_count(prompt, "cache_creation_tokens"),
        reasoning_tokens=_count(completion, "reasoning_tokens"),
        cost_usd=_dollars(cost if isinstance(cost, float) else _cost(usage, provider, model)),
    )


def _reasoning(message: object, provider: str) -> list[ReasoningPart]:
    thinking = Thinking()
    for block in getattr(message, "thinking_blocks", None) or ():
        thinking.take(block)
    words = text_of(getattr(message, "reasoning_content", None)) or text_of(getattr(message, "reasoning", None))
    return thinking.parts(provider) or ([ReasoningPart(words)] if words else [])


def _calls(message: object, *, cut_off: bool) -> Iterator[ToolCall | InvalidToolCall]:
    for call in getattr(message, "tool_calls", None) or ():
        function, id = getattr(call, "function", None), text_or_none(getattr(call, "id", None))
        name, text = text_of(getattr(function, "name", None)), text_of(getattr(function, "arguments", None))
        if (name or text) and not is_server_run(id):
            yield read_call(id=id or made_id(), name=name, arguments_text=text, cut_off=cut_off)


def _count(holder: object, name: str) -> int | None:
    value = getattr(holder, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _counted(response: object) -> object:
    hidden = getattr(response, "_hidden_params", None)
    return hidden.get("response_cost") if isinstance(hidden, dict) else None


def _cost(usage: object, provider: str, model: str) -> float | None:
    try:
        return sum(litellm().cost_per_token(model=model, custom_llm_provider=provider, usage_object=usage))
    except Exception:  # noqa: BLE001 -- a model without a price raises, and each version something else
        return None


def _dollars(cost: float | None) -> Decimal | None:
    if cost is None or not math.isfinite(cost) or cost < 0:  # figures that contradict each other make it negative
        return None
    return Decimal(f"{cost:.12g}")  # what the adding of floats has left behind is cut off
