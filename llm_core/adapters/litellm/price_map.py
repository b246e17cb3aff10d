"""Prices and context windows of models, by LiteLLM's price map.

The keys of a row are documented at https://docs.litellm.ai/docs/proxy/model_cost_map. A row that
holds a price of another sort (per second, per image, per request, by the hour of the day) gives no price at all. Prices
that depend on what `Usage` does not report are those of the common case: text, the standard service tier, the
provider's global address, no fees of server-side tools.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import Literal

from llm_core.domain.usage import Usage
from llm_core.providers.registry import find_profile
from llm_core.wires.json_access import as_dollars

from .price_rows import Row, find_row

_INPUT, _OUTPUT, _REASONING = "input_cost_per_token", "output_cost_per_token", "output_cost_per_reasoning_token"
_CACHE_READ = "cache_read_input_token_cost"
_CACHE_WRITE = {
    "5m": "cache_creation_input_token_cost",
    "1h": "cache_creation_input_token_cost_above_1hr",
}
_ABOVE = re.compile(r"_above_(\d+)(k?)_tokens$")
_PRICE = re.compile("cost|pric|multiplier")
_APPLIED = frozenset({_INPUT, _OUTPUT, _REASONING, _CACHE_READ, *_CACHE_WRITE.values(), "tiered_pricing"})
# Prices of what a call in the common case does not use, or a price under a second name.
_NOT_APPLIED = re.compile(
    r"_(flex|priority|batches|balanced|ultrafast|decisions)$"
    r"|_(audio|image|video)_token(_cost|_above_\d+k_tokens)?$"
    r"|_per_(query|session|1k_calls|1k_tokens|gb_per_day)$"
    r"|^(regional_processing|fedramp)_uplift_multiplier"
    r"|_above_12hr(_above_\d+k_tokens)?$"
    r"|_dbu_cost_per_token$"
    r"|^input_cost_per_token_cache_hit$"
)
_CHAT_MODES = ("chat", "responses", "completion", None)
_EXACT = Context(prec=60)  # whatever the caller's own context is


def price_of(model: str, usage: Usage, *, cache: Literal["5m", "1h"] = "5m") -> Decimal | None:
    """Return the price of *usage* in US dollars; None if it is not known, never zero.

    *cache* is the lifetime of what was written to the provider's cache. None stands for an unlisted model, a side whose
    tokens are not reported, tokens of a sort for which the row has no rate, and counts that contradict each other.
    """
    row = find_row(model)
    if row is None or usage.input_tokens is None or usage.output_tokens is None or not _is_understood(row):
        return None
    rates, suffix = _rates_for(row, usage.input_tokens), _suffix(row, usage.input_tokens)
    cached, written, reasoning = (
        usage.cache_read_tokens or 0,
        usage.cache_write_tokens or 0,
        usage.reasoning_tokens or 0,
    )
    priced = (
        (usage.input_tokens - cached - written, _rate(rates, _INPUT + suffix)),
        (cached, _rate(rates, _CACHE_READ + suffix)),
        (written, _rate(rates, _CACHE_WRITE[cache] + suffix)),
        (usage.output_tokens - reasoning, _rate(rates, _OUTPUT + suffix)),
        (reasoning, _reasoning_rate(rates, suffix)),
    )
    return _sum(priced)


def context_window_of(model: str) -> int | None:
    """Return the number of input tokens that *model* accepts; None if it is not known."""
    return context_window_in(find_row(model) or {})


def context_window_in(row: Row) -> int | None:
    """Return the number of input tokens by *row*; None if it is not known."""
    size = row.get("max_input_tokens")
    return size if isinstance(size, int) else None


def token_rates_of(model: str) -> tuple[Decimal | None, Decimal | None]:
    """Return the prices of an input and of an output token in US dollars, before any threshold; None if unknown."""
    return token_rates_in(find_row(model) or {})


def token_rates_in(row: Row) -> tuple[Decimal | None, Decimal | None]:
    """Return these prices by *row*."""
    if not _is_understood(row):
        return None, None
    rates = _rates_for(row, 0)
    return _rate(rates, _INPUT), _rate(rates, _OUTPUT)


def _is_understood(row: Row) -> bool:
    """Return whether the row has a rate for input, and no price but those that are applied or not needed."""
    rates = (row, *_tiers(row))
    if row.get("mode") not in _CHAT_MODES or not any(_INPUT in each for each in rates):
        return False
    return all(_is_understood_key(key) for each in rates for key, value in each.items() if value)


@lru_cache(maxsize=1024)
def _is_understood_key(key: str) -> bool:
    is_price = _PRICE.search(key) is not None
    return not is_price or _ABOVE.sub("", key) in _APPLIED or _NOT_APPLIED.search(key) is not None


def _tiers(row: Row) -> list[Row]:
    """Return the rates for growing sizes of the input, each up to the second number of its ``range``."""
    tiers = row.get("tiered_pricing")
    known = [tier for tier in tiers if isinstance(tier, Mapping)] if isinstance(tiers, list) else []
    return sorted(known, key=_limit)


def _limit(tier: Row) -> float:
    match tier.get("range"):
        case [_, int() | float() as limit]:
            return limit
    return math.inf


def _rates_for(row: Row, input_tokens: int) -> Row:
    """Return the rates that apply to the whole call: those of its tier, the last one beyond all limits."""
    tiers = _tiers(row)
    if not tiers:
        return row
    tier = next((tier for tier in tiers if input_tokens <= _limit(tier)), tiers[-1])
    return {_OUTPUT: row.get(_OUTPUT), **tier}


def _suffix(row: Row, input_tokens: int) -> str:
    """Return the end of the keys whose rates apply to the whole call: ``_above_200k_tokens``, or nothing."""
    profile = find_profile(str(row.get("litellm_provider")))
    inclusive = profile is not None and profile.litellm.prices_from_threshold_on
    reached = {"": 0}
    for key in row:
        threshold = _threshold(key)
        if threshold is not None and input_tokens + inclusive > threshold:
            reached[key.removeprefix(_INPUT)] = threshold
    return max(reached, key=lambda suffix: reached[suffix])


@lru_cache(maxsize=1024)
def _threshold(key: str) -> int | None:
    """Return the number of input tokens above which the rate at *key* applies to them; None for another key."""
    match = _ABOVE.fullmatch(key.removeprefix(_INPUT))
    return int(match[1]) * (1_000 if match[2] else 1) if match is not None else None


def _rate(rates: Row, key: str) -> Decimal | None:
    return as_dollars(rates.get(key))


def _reasoning_rate(rates: Row, suffix: str) -> Decimal | None:
    is_own = rates.get(_REASONING, rates.get(_OUTPUT)) != rates.get(_OUTPUT)
    return _rate(rates, (_REASONING if is_own else _OUTPUT) + suffix)


def _sum(priced: Iterable[tuple[int, Decimal | None]]) -> Decimal | None:
    total = Decimal(0)
    with localcontext(_EXACT):
        for count, rate in priced:
            if count < 0 or (count and rate is None):
                return None
            total += count * (rate or 0)
    return total
