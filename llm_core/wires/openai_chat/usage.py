"""Decodes the usage of OpenAI's Chat Completions API, as OpenAI and the compatible providers report it.

Sources: https://platform.openai.com/docs/api-reference/chat/object (counts),
https://docs.x.ai/developers/cost-tracking (ticks), https://openrouter.ai/docs/use-cases/usage-accounting (`cost`),
https://docs.perplexity.ai/api-reference/chat-completions-post (`cost.total_cost`), and recorded answers of DeepInfra
(`estimated_cost`), Venice (`cost.usd` beside the usage), GitHub Copilot, Mistral and Groq.
"""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from llm_core.domain.usage import NO_USAGE, Usage
from llm_core.wires.json_access import count_at, object_at, price_at

_PRICES = frozenset({"cost_in_usd_ticks", "cost", "estimated_cost"})
_CACHED = ("prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens", "cache_read_input_tokens")
_USD_PER_TICK = Decimal("1e-10")  # xAI's unit


def reported_usage(body: Mapping[str, object]) -> Usage | None:
    """Return the usage in a whole answer or in an event of a stream; None if it holds none."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return decode_usage(object_at(object_at(body, "x_groq"), "usage")) if "x_groq" in body else None
    decoded = decode_usage(usage)
    if decoded is None or decoded.cost_usd is not None or "cost" not in body:
        return decoded
    cost = object_at(body, "cost")
    return decoded if cost.get("diem") else attrs.evolve(decoded, cost_usd=price_at(cost, "usd"))


def decode_usage(usage: Mapping[str, object]) -> Usage | None:
    """Return the token counts and the price; None if there are no counts."""
    prompt, completion = object_at(usage, "prompt_tokens_details"), object_at(usage, "completion_tokens_details")
    input_tokens, total_tokens = count_at(usage, "prompt_tokens"), count_at(usage, "total_tokens")
    reasoning, cached = count_at(completion, "reasoning_tokens"), count_at(prompt, "cached_tokens")
    if reasoning is None:
        reasoning = count_at(usage, "reasoning_tokens")
    if cached is None:
        cached = count_at(usage, *_CACHED)
    total = Usage(
        input_tokens=input_tokens,
        output_tokens=inclusive_output(input_tokens, count_at(usage, "completion_tokens"), reasoning, total_tokens),
        cache_read_tokens=cached,
        cache_write_tokens=count_at(prompt, "cache_write_tokens", "cache_creation_tokens"),
        reasoning_tokens=reasoning,
        cost_usd=reported_price(usage),
    )
    return None if total == NO_USAGE else total


def inclusive_output(
    input_tokens: int | None, output: int | None, reasoning: int | None, total: int | None
) -> int | None:
    """Return the output with its reasoning, which xAI counts apart: *total* is then the sum of all three."""
    if not reasoning or input_tokens is None or output is None:
        return output
    return output + reasoning if total == input_tokens + output + reasoning else output


def reported_price(usage: Mapping[str, object]) -> Decimal | None:
    """Return the price in US dollars, if the provider reports one."""
    if _PRICES.isdisjoint(usage):
        return None
    ticks = price_at(usage, "cost_in_usd_ticks")
    if ticks is not None:
        return ticks * _USD_PER_TICK
    prices = (
        price_at(usage, "cost"),
        price_at(object_at(usage, "cost"), "total_cost"),
        price_at(usage, "estimated_cost"),
    )
    return next((price for price in prices if price is not None), None)
