"""From what LiteLLM returns to a `ChatResponse`; the one place that reads its objects' fields."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from llm_core.domain.errors import BadResponseError
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.deltas import AnswerDelta, ToolCallChunk

from .attr_access import content_of, plain, provider_fields_of, text_of, text_or_none
from .litellm_module import litellm
from .pricing import dollars, is_priced

_NAMELESS = frozenset({"anthropic", "ollama", "ollama_chat"})  # LiteLLM makes up the ids of their answers


def decode_response(response: object, *, provider: str, model: str, ignored: tuple[str, ...] = ()) -> ChatResponse:
    """Return the answer.

    Raises:
        BadResponseError: it is none: LiteLLM gave something else, there are no choices, or the one there says nothing.
    """
    choices = getattr(response, "choices", None)
    if not isinstance(response, litellm().ModelResponse) or not isinstance(choices, list) or not choices:
        raise BadResponseError(detail="the answer holds no choices")
    reader = ResponseAccumulator(provider=provider, ignored=ignored)
    for piece in _pieces(plain(getattr(choices[0], "message", None)), getattr(response, "choices", [])[0]):
        reader.add(piece)
    usage = usage_of(getattr(response, "usage", None), provider=provider, model=model, cost=_counted(response))
    named = told_model(getattr(response, "model", None), provider)
    reader.add(AnswerDelta(usage=usage, model=named, id=told_id(getattr(response, "id", None), provider)))
    return reader.response()


def _pieces(message: object, choice: object) -> Iterator[AnswerDelta]:
    blocks = [block for block in getattr(message, "thinking_blocks", None) or () if isinstance(block, Mapping)]
    for block in blocks:
        yield AnswerDelta(thinking_block=block, reasoning=text_of(block.get("thinking")))
    words = text_of(getattr(message, "reasoning_content", None)) or text_of(getattr(message, "reasoning", None))
    refusal = text_of(provider_fields_of(message).get("refusal")) or text_of(getattr(message, "refusal", None))
    calls = enumerate(getattr(message, "tool_calls", None) or ())
    yield AnswerDelta(
        reasoning="" if blocks else words,
        text=refusal or content_of(message),
        refused=bool(refusal),
        has_content=getattr(message, "content", None) is not None,
        tool_calls=tuple(call_piece(call, place) for place, call in calls),
        finish_reason=raw_reason(choice),
    )


def call_piece(call: object, index: object) -> ToolCallChunk:
    """Return what LiteLLM says of a call, or of the next of one."""
    function = getattr(call, "function", None)
    return ToolCallChunk(
        index=index,
        id=text_or_none(getattr(call, "id", None)),
        name=text_or_none(getattr(function, "name", None)),
        arguments=text_of(getattr(function, "arguments", None)),
    )


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
        cost_usd=_price(cost if isinstance(cost, float) else _cost(usage, provider, model), provider, model),
    )


def _count(holder: object, name: str) -> int | None:
    value = getattr(holder, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _counted(response: object) -> object:
    hidden = getattr(response, "_hidden_params", None)
    return hidden.get("response_cost") if isinstance(hidden, dict) else None


def _price(cost: float | None, provider: str, model: str) -> Decimal | None:
    return dollars(cost) if cost or is_priced(model, provider) else None


def _cost(usage: object, provider: str, model: str) -> float | None:
    try:
        return sum(litellm().cost_per_token(model=model, custom_llm_provider=provider, usage_object=usage))
    except Exception:  # noqa: BLE001 -- a model without a price raises, and each version something else
        return None
