"""The cost of an answer in US dollars, by LiteLLM's price map."""

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from importlib import import_module

import attrs

from llm_core.domain.usage import Usage

from .litellm_module import litellm
from .model_info import ModelInfo, find_model_info

_RATES = ("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost")  # the last is optional
# Prices of what our calls never use, by the end of their names: cheaper tiers, batches, media.
_OTHER_PRICES = (
    "_flex",
    "_priority",
    "_batches",
    "_balanced",
    "_ultrafast",
    "_audio_token",
    "_image_token",
    "_image",
    "_per_query",
)


@attrs.frozen
class Rates:
    """US dollars per token, for a model that has no other prices."""

    input: float
    output: float
    cache_read: float | None


def price_of(name: str, usage: Usage) -> Decimal | None:
    """Return the cost of *usage* of the model *name* in US dollars; None if the price map does not know it."""
    model = find_model_info(name, None)
    if not is_priced(model.bare_name, model.provider):
        return None
    rates = rates_of(model.bare_name, model.provider)
    cached = usage.cache_read_tokens or 0
    if rates is None or usage.cache_write_tokens or (cached and rates.cache_read is None):
        return computed_by_litellm(usage, model)
    fresh, output = (usage.input_tokens or 0) - cached, usage.output_tokens or 0
    return as_dollars(fresh * rates.input + cached * (rates.cache_read or 0) + output * rates.output)


def computed_by_litellm(usage: Usage, model: ModelInfo) -> Decimal | None:
    """Return the same as LiteLLM computes it, which takes a tenth of the time of a short call."""
    figures = import_module("litellm.types.utils").Usage(
        prompt_tokens=usage.input_tokens or 0,
        completion_tokens=usage.output_tokens or 0,
        cache_read_input_tokens=usage.cache_read_tokens or 0,
        cache_creation_input_tokens=usage.cache_write_tokens or 0,
    )
    return as_dollars(cost_of(figures, model))


def cost_of(usage: object, model: ModelInfo) -> float | None:
    """Return what LiteLLM computes for a usage object of its own; None if it knows no price."""
    try:
        return sum(
            litellm().cost_per_token(model=model.bare_name, custom_llm_provider=model.provider, usage_object=usage)
        )
    except Exception:  # noqa: BLE001 -- a model without a price raises, each version another exception
        return None


@lru_cache(maxsize=256)
def is_priced(name: str, provider: str) -> bool:
    """Return whether the price map may know the model: for an unknown one LiteLLM often computes a cost of zero.

    It does so if it knows the model's family, or if the provider serves models of the user's own.
    """
    try:
        info = litellm().get_model_info(model=name, custom_llm_provider=provider)
    except Exception:  # noqa: BLE001 -- as above
        return True  # `cost_of` may know more
    return info.get("key") in litellm().model_cost or any(info.get(key) for key in _RATES)


@lru_cache(maxsize=256)
def rates_of(name: str, provider: str) -> Rates | None:
    """Return the rates of a model that has one rate for each sort of token and no other price; else None."""
    try:
        info = litellm().get_model_info(model=name, custom_llm_provider=provider)
    except Exception:  # noqa: BLE001 -- as above
        return None
    input, output, cache_read = (_rate(info.get(key)) for key in _RATES)
    return None if input is None or output is None or _has_other_prices(info) else Rates(input, output, cache_read)


def _rate(value: object) -> float | None:
    return value if isinstance(value, float | int) else None


def _has_other_prices(info: Mapping[str, object]) -> bool:
    """Return whether any price but the rates applies to a call that writes nothing into a cache."""
    prices = (
        key for key, value in info.items() if ("cost" in key or "pricing" in key or "multiplier" in key) and value
    )
    return any(not (key in _RATES or key.startswith("cache_creation") or key.endswith(_OTHER_PRICES)) for key in prices)


def as_dollars(cost: float | None) -> Decimal | None:
    """Return *cost* as a price; None for a value that cannot be one."""
    if cost is None or not math.isfinite(cost) or cost < 0:  # contradictory token counts can make it negative
        return None
    return Decimal(f"{cost:.12g}")  # without the residue of float addition
