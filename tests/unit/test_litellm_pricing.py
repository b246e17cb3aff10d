"""Tests of prices on the direct lane: equal to LiteLLM's figure, for every model with plain rates."""

from decimal import Decimal

import pytest

from llm_core import Usage
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.adapters.litellm.pricing import as_dollars, computed_by_litellm, price_of, rates_of
from llm_core.providers.registry import DIRECT

USAGES = (
    Usage(input_tokens=7, output_tokens=5),
    Usage(input_tokens=3_007, output_tokens=511, cache_read_tokens=1_024),
    Usage(input_tokens=250_000, output_tokens=0, cache_read_tokens=0, cache_write_tokens=0),
    Usage(output_tokens=3),
)
WITH_CACHE_WRITES = Usage(input_tokens=3_007, output_tokens=511, cache_read_tokens=1_024, cache_write_tokens=512)
# Providers whose models LiteLLM's map lists under another name.
NAMES = {"ollama": "ollama_chat", "cohere": "cohere_chat"}


def model(name: str, provider: str) -> ModelInfo:
    return ModelInfo(
        name=f"{provider}/{name}", bare_name=name, provider=provider, openai_wire=True, supported_params=None
    )


def chat_models(provider: str) -> list[ModelInfo]:
    litellm()
    import litellm as vendor  # after the adapter, which suppresses the output of the import

    listed = {name: info for name, info in vendor.model_cost.items() if info.get("mode") == "chat"}
    names = [name for name, info in listed.items() if info.get("litellm_provider") in (provider, *_others(provider))]
    return [model(name.removeprefix(f"{provider}/"), provider) for name in names]


def _others(provider: str) -> list[str]:
    return [other for other, name in NAMES.items() if name == provider]


@pytest.mark.parametrize("provider", DIRECT)
def test_the_price_of_every_model_with_plain_rates_equals_litellms(provider: str) -> None:
    plain = [info for info in chat_models(provider) if rates_of(info.bare_name, provider)]

    differing = [
        (info.name, usage)
        for info in plain
        for usage in USAGES
        if computed_by_litellm(usage, info) != price_of(usage, info)
    ]

    assert [] == differing


def test_many_models_have_plain_rates() -> None:
    plain = [info for name in DIRECT for info in chat_models(name) if rates_of(info.bare_name, name)]

    assert len(plain) > 300


@pytest.mark.parametrize(
    ("name", "provider"), [("gpt-4o-mini", "openai"), ("claude-sonnet-4-5", "anthropic"), ("gemini-2.5-pro", "gemini")]
)
@pytest.mark.parametrize("usage", [*USAGES, WITH_CACHE_WRITES])
def test_a_price_with_other_rates_is_computed_by_litellm(name: str, provider: str, usage: Usage) -> None:
    model_info = model(name, provider)

    seen = price_of(usage, model_info)

    assert seen is not None
    assert computed_by_litellm(usage, model_info) == seen


def test_a_price_follows_from_the_rates_in_litellms_map() -> None:
    uncached, cached, out = (Decimal(price) for price in ("0.15e-6", "0.075e-6", "0.6e-6"))  # of gpt-4o-mini

    seen = price_of(USAGES[1], model("gpt-4o-mini", "openai"))

    assert (3_007 - 1_024) * uncached + 1_024 * cached + 511 * out == seen


@pytest.mark.parametrize(
    ("name", "provider"),
    [("claude-haiku-4-5-new", "anthropic"), ("gemini-2.5-pro-new", "gemini"), ("llama3.1-new", "ollama_chat")],
)
def test_an_unlisted_model_has_no_price_rather_than_zero(name: str, provider: str) -> None:
    seen = price_of(USAGES[0], model(name, provider))

    assert seen is None


def test_a_model_with_zero_rates_costs_zero() -> None:
    seen = price_of(USAGES[0], model("llama3.1", "ollama"))

    assert Decimal(0) == seen


def test_an_unknown_model_has_no_price() -> None:
    model_info = model("unknown-model", "openai")

    assert (None, None) == (rates_of("unknown-model", "openai"), price_of(USAGES[0], model_info))


def test_tiered_rates_are_not_plain_rates() -> None:
    assert rates_of("gemini-2.5-pro", "gemini") is None


def test_a_rate_for_cache_writes_does_not_prevent_plain_rates() -> None:
    assert rates_of("claude-haiku-4-5", "anthropic") is not None


def test_contradictory_usage_has_no_price() -> None:
    contradictory = Usage(input_tokens=0, output_tokens=0, cache_read_tokens=1_000_000)

    assert price_of(contradictory, model("gpt-4o-mini", "openai")) is None


@pytest.mark.parametrize("price", [None, float("nan"), float("inf"), -0.5])
def test_a_missing_or_negative_or_non_finite_price_is_none(price: float | None) -> None:
    assert as_dollars(price) is None


def test_a_price_has_no_float_rounding_errors() -> None:
    assert Decimal("0.3") == as_dollars(0.1 + 0.2)
