"""What an answer cost, by LiteLLM's price map."""

import math
from decimal import Decimal
from importlib import import_module

from llm_core.domain.usage import Usage

from .models import Model
from .vendor import litellm


def price_of(usage: Usage, model: Model) -> Decimal | None:
    """Return what *usage* cost in US dollars; None where the map does not know the model."""
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


def dollars(cost: float | None) -> Decimal | None:
    """Return *cost* as a price; None for what can be none."""
    if cost is None or not math.isfinite(cost) or cost < 0:  # figures that contradict each other make it negative
        return None
    return Decimal(f"{cost:.12g}")  # what the adding of floats has left behind is cut off
