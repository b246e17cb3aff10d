"""Tests of prices against LiteLLM's own `cost_per_token`, for the chat models of the installed price map."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib import import_module
from typing import cast

import pytest

from llm_core import Usage
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.adapters.litellm.price_map import price_of
from llm_core.wires.json_access import as_dollars

USAGES = {
    "plain": Usage(input_tokens=3_007, output_tokens=511),
    "read": Usage(input_tokens=3_007, output_tokens=511, cache_read_tokens=1_024),
    "written": Usage(input_tokens=3_007, output_tokens=511, cache_read_tokens=1_024, cache_write_tokens=512),
    "reasoning": Usage(input_tokens=3_007, output_tokens=511, reasoning_tokens=300),
    "at a threshold": Usage(input_tokens=200_000, output_tokens=511, cache_read_tokens=0),
    "above": Usage(input_tokens=600_001, output_tokens=511, cache_read_tokens=10_024, reasoning_tokens=300),
}
# Keys of rows for which we give no price: LiteLLM computes zero, or one part of the price.
PRICED_OTHERWISE = re.compile(
    r"per_second|per_character|per_request|_per_image(_\w+)?$|citation_cost|explicit_cache|off_peak|regional_endpoint"
)
# LiteLLM's function for Perplexity knows neither rates for cached tokens nor thresholds, and takes another row for
# `perplexity/perplexity/sonar`; that for Vertex AI raises for some models of other makers, whose rows have rates.
DIFFERENT, RAISES = "perplexity/", "vertex_ai/"


def chat_rows() -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """Yield provider, bare name and row of each model of the map that answers chats."""
    litellm()  # before the module itself: suppresses the output of the import
    price_map = import_module("litellm").model_cost
    for key, row in price_map.items():
        if row.get("mode") in ("chat", "responses"):
            owner = str(row.get("litellm_provider"))
            provider = re.sub(r"^(vertex_ai|bedrock)[-_].*", r"\1", owner) if owner != "bedrock_mantle" else owner
            name = key.removeprefix(f"{provider}/")
            if key != name or f"{provider}/{name}" not in price_map:  # otherwise that row is the model's
                yield provider, name, row


def litellms(provider: str, name: str, usage: Usage) -> Decimal | str | None:
    """Return what LiteLLM computes, or ``raises``."""
    types = import_module("litellm.types.utils")
    figures = types.Usage(
        prompt_tokens=usage.input_tokens,
        completion_tokens=usage.output_tokens,
        total_tokens=(usage.input_tokens or 0) + (usage.output_tokens or 0),
        prompt_tokens_details=types.PromptTokensDetailsWrapper(
            cached_tokens=usage.cache_read_tokens or 0, cache_creation_tokens=usage.cache_write_tokens or 0
        ),
        completion_tokens_details=types.CompletionTokensDetailsWrapper(reasoning_tokens=usage.reasoning_tokens or 0),
    )
    try:
        costs = import_module("litellm").cost_per_token(model=name, custom_llm_provider=provider, usage_object=figures)
    except Exception:  # noqa: BLE001 -- each provider's function raises another
        return "raises"
    return as_dollars(sum(costs))


def has_no_rate(row: Mapping[str, object], usage: Usage) -> bool:
    """Return whether the row lacks a rate for a sort of token, at the size of the input too."""
    needed = {"input_cost_per_token": usage.input_tokens, "output_cost_per_token": usage.output_tokens}
    needed["cache_read_input_token_cost"] = usage.cache_read_tokens
    needed["cache_creation_input_token_cost"] = usage.cache_write_tokens
    limits = {int(found[1]) for key in row if (found := re.fullmatch(r"input_cost_per_token_above_(\d+)k_tokens", key))}
    above = max((limit for limit in limits if (usage.input_tokens or 0) > limit * 1_000), default=None)
    suffix = "" if above is None else f"_above_{above}k_tokens"
    tiers = cast("list[Mapping[str, object]]", row.get("tiered_pricing") or [row])
    return any(count and any(f"{key}{suffix}" not in tier for tier in tiers) for key, count in needed.items())


def is_explained(provider: str, row: Mapping[str, object], usage: Usage, ours: Decimal | None, theirs: object) -> bool:
    """Return whether the difference is one of those above."""
    if ours is None:
        otherwise = any(value and PRICED_OTHERWISE.search(key) for key, value in row.items())
        return otherwise or has_no_rate(row, usage)
    return f"{provider}/" == (RAISES if theirs == "raises" else DIFFERENT)


def unexplained(step: int) -> list[tuple[str, str, object, object]]:
    found: list[tuple[str, str, object, object]] = []
    for provider, name, row in list(chat_rows())[::step]:
        for sort, usage in USAGES.items():
            ours, theirs = price_of(f"{provider}/{name}", usage), litellms(provider, name, usage)
            same = theirs == "raises" if ours is None else as_dollars(float(ours)) == theirs
            if not same and not is_explained(provider, row, usage, ours, theirs):
                found.append((f"{provider}/{name}", sort, ours, theirs))
    return found


def test_prices_equal_litellms_own_for_some_models() -> None:
    assert [] == unexplained(step=97)


@pytest.mark.slow
def test_prices_equal_litellms_own_for_every_model() -> None:
    assert [] == unexplained(step=1)


def test_most_models_have_a_price() -> None:
    priced = [price_of(f"{provider}/{name}", USAGES["plain"]) is not None for provider, name, _ in chat_rows()]

    assert sum(priced) > 0.9 * len(priced)
