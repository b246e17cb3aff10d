"""What an answer cost, by LiteLLM's price map."""

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from importlib import import_module

import attrs

from llm_core.domain.usage import Usage

from .litellm_module import litellm
from .model_info import ModelInfo

_PLAIN = ("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost")  # the last may be missing
# What LiteLLM counts for other calls than ours, by the end of the name: cheaper tiers, batches, media.
_ELSEWHERE = (
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
    """US dollars a token, where that is all that there is to it."""

    input: float
    output: float
    cache_read: float | None


def price_of(usage: Usage, model: ModelInfo) -> Decimal | None:
    """Return what *usage* cost in US dollars; None where the map does not know the model."""
    if not is_priced(model.bare_name, model.provider):
        return None
    rates = rates_of(model.bare_name, model.provider)
    cached = usage.cache_read_tokens or 0
    if rates is None or usage.cache_write_tokens or (cached and rates.cache_read is None):
        return counted(usage, model)
    fresh, output = (usage.input_tokens or 0) - cached, usage.output_tokens or 0
    return dollars(fresh * rates.input + cached * (rates.cache_read or 0) + output * rates.output)


def counted(usage: Usage, model: ModelInfo) -> Decimal | None:
    """Return the same as LiteLLM counts it, which takes a tenth of a short call."""
    figures = import_module("litellm.types.utils").Usage(
        prompt_tokens=usage.input_tokens or 0,
        completion_tokens=usage.output_tokens or 0,
        cache_read_input_tokens=usage.cache_read_tokens or 0,
        cache_creation_input_tokens=usage.cache_write_tokens or 0,
    )
    try:
        cost = sum(
            litellm().cost_per_token(model=model.bare_name, custom_llm_provider=model.provider, usage_object=figures)
        )
    except Exception:  # noqa: BLE001 -- a model without a price raises, and each version something else
        return None
    return dollars(cost)


@lru_cache(maxsize=256)
def is_priced(name: str, provider: str) -> bool:
    """Return whether the map may know what a model costs: of an unknown one LiteLLM often says that it costs nothing.

    It does where the model's family is known, or where the provider serves models of the user's own.
    """
    try:
        told = litellm().get_model_info(model=name, custom_llm_provider=provider)
    except Exception:  # noqa: BLE001 -- as above
        return True  # `counted` may know more
    return told.get("key") in litellm().model_cost or any(told.get(key) for key in _PLAIN)


@lru_cache(maxsize=256)
def rates_of(name: str, provider: str) -> Rates | None:
    """Return the rates of a model that has one for each kind of token and no other; else None."""
    try:
        told = litellm().get_model_info(model=name, custom_llm_provider=provider)
    except Exception:  # noqa: BLE001 -- as above
        return None
    input, output, cache_read = (_rate(told.get(key)) for key in _PLAIN)
    return None if input is None or output is None or _has_more(told) else Rates(input, output, cache_read)


def _rate(told: object) -> float | None:
    return told if isinstance(told, float | int) else None


def _has_more(told: Mapping[str, object]) -> bool:
    """Return whether anything but the two rates bears on a call that writes nothing into a cache."""
    costs = (key for key, value in told.items() if ("cost" in key or "pricing" in key or "multiplier" in key) and value)
    return any(not (key in _PLAIN or key.startswith("cache_creation") or key.endswith(_ELSEWHERE)) for key in costs)


def dollars(cost: float | None) -> Decimal | None:
    """Return *cost* as a price; None for what can be none."""
    if cost is None or not math.isfinite(cost) or cost < 0:  # figures that contradict each other make it negative
        return None
    return Decimal(f"{cost:.12g}")  # what the adding of floats has left behind is cut off
