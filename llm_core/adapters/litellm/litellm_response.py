"""From LiteLLM's response objects to a `ChatResponse`."""

from collections.abc import Iterator, Mapping

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.valid_text import valid_text
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.deltas import AnswerDelta, ToolCallChunk
from llm_core.wires.json_access import as_dollars

from .attr_access import content_of, plain, provider_fields_of, text_of
from .litellm_module import litellm
from .model_info import ModelInfo
from .price_map import price_of


def decode_response(
    response: object, *, model: ModelInfo, ignored: tuple[str, ...] = (), is_priced: bool = True
) -> ChatResponse:
    """Return the answer; *is_priced*: the call has the listed price.

    Raises:
        BadResponseError: LiteLLM returned something else, there are no choices, or the choice has no message.
    """
    choices = getattr(response, "choices", None)
    if not isinstance(response, litellm().ModelResponse) or not isinstance(choices, list) or not choices:
        raise BadResponseError(detail="the answer holds no choices")
    accumulator = new_accumulator(model, ignored)
    for delta in _deltas(plain(getattr(choices[0], "message", None)), choices[0]):
        accumulator.add(delta)
    accumulator.add(
        AnswerDelta(
            usage=decode_usage(getattr(response, "usage", None), model, is_priced=is_priced),
            model=reported_model(getattr(response, "model", None), model),
            id=reported_id(getattr(response, "id", None), model),
        )
    )
    return accumulator.response()


def new_accumulator(model: ModelInfo, ignored: tuple[str, ...]) -> ResponseAccumulator:
    """Return an empty accumulator for one answer of *model*."""
    return ResponseAccumulator(provider=model.provider, ignored=ignored)


def _deltas(message: object, choice: object) -> Iterator[AnswerDelta]:
    blocks = [block for block in getattr(message, "thinking_blocks", None) or () if isinstance(block, Mapping)]
    for block in blocks:
        yield AnswerDelta(thinking_block=block, reasoning=text_of(block.get("thinking")))
    reasoning = text_of(getattr(message, "reasoning_content", None)) or text_of(getattr(message, "reasoning", None))
    refusal = text_of(provider_fields_of(message).get("refusal")) or text_of(getattr(message, "refusal", None))
    calls = enumerate(getattr(message, "tool_calls", None) or ())
    reason = native_reason(message) or _raw_finish_reason(choice)
    yield AnswerDelta(
        reasoning="" if blocks else reasoning,
        text=refusal or content_of(message),
        refused=bool(refusal),
        has_content=reason is not None or getattr(message, "content", None) is not None,
        tool_calls=tuple(tool_call_chunk(call, place) for place, call in calls),
        other_content=next((name for name in ("audio", "images") if getattr(message, name, None)), None),
        finish_reason=reason,
    )


def native_reason(message: object) -> str | None:
    """Return Anthropic's own finish reason of a message or delta, if LiteLLM has kept it.

    LiteLLM 1.110 does for those that OpenAI has no word for: it reports a pause as "length".
    """
    return valid_text(provider_fields_of(message).get("stop_reason"))


def tool_call_chunk(call: object, index: object) -> ToolCallChunk:
    """Return a tool call of LiteLLM's, or a delta of one."""
    function = getattr(call, "function", None)
    return ToolCallChunk(
        index=index,
        id=valid_text(getattr(call, "id", None)),
        name=valid_text(getattr(function, "name", None)),
        arguments=text_of(getattr(function, "arguments", None)),
    )


def _raw_finish_reason(choice: object) -> str | None:
    """Return the provider's own finish reason, which LiteLLM keeps beside the one that it derives from it."""
    native = provider_fields_of(choice).get("native_finish_reason")
    return valid_text(native) or valid_text(getattr(choice, "finish_reason", None))


def reported_id(id: object, model: ModelInfo) -> str | None:
    """Return the provider's id of the answer; None if LiteLLM drops it and invents another."""
    return None if model.quirks.invents_ids else valid_text(id)


def reported_model(reported: object, model: ModelInfo) -> str | None:
    """Return the model that answered; None if LiteLLM reports the requested name, with its own prefix, instead."""
    name = valid_text(reported)
    return None if name and model.quirks.invents_ids and name.startswith(f"{model.provider}/") else name


def decode_usage(usage: object, model: ModelInfo, *, is_priced: bool = True) -> Usage | None:
    """Return the reported usage, or None: LiteLLM writes zeros if the provider reports none.

    Its price is the one that the provider reports or, if *is_priced*, that of the price map. LiteLLM's `response_cost`
    is not used: it is zero for models without a price, and bills cached tokens without a rate as others.
    """
    input_tokens, output_tokens = (_count(usage, f"{side}_tokens") for side in ("prompt", "completion"))
    if not input_tokens and not output_tokens:
        return None
    prompt, completion = (getattr(usage, f"{side}_tokens_details", None) for side in ("prompt", "completion"))
    counted = Usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_read_tokens=_count(prompt, "cached_tokens"),
        cache_write_tokens=_count(prompt, "cache_creation_tokens"),
        reasoning_tokens=_count(completion, "reasoning_tokens"),
    )
    reported = as_dollars(getattr(usage, "cost", None))
    listed = price_of(f"{model.provider}/{model.bare_name}", counted) if is_priced and reported is None else None
    return attrs.evolve(counted, cost_usd=listed if reported is None else reported)


def _count(holder: object, name: str) -> int | None:
    value = getattr(holder, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
