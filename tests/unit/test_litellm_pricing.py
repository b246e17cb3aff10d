"""What an answer cost on the direct lane: to the cent what LiteLLM counts, for every model whose rates are plain."""

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
WRITTEN = Usage(input_tokens=3_007, output_tokens=511, cache_read_tokens=1_024, cache_write_tokens=512)
# The table's other name for the provider's answers, where LiteLLM's map has one.
NAMES = {"ollama": "ollama_chat", "cohere": "cohere_chat"}


def model(name: str, provider: str) -> ModelInfo:
    return ModelInfo(
        name=f"{provider}/{name}", bare_name=name, provider=provider, openai_wire=True, supported_params=None
    )


def chat_models(provider: str) -> list[ModelInfo]:
    litellm()
    import litellm as vendor  # not before the adapter has: it knows how to import it quietly

    told = {name: info for name, info in vendor.model_cost.items() if info.get("mode") == "chat"}
    own = [name for name, info in told.items() if info.get("litellm_provider") in (provider, *_others(provider))]
    return [model(name.removeprefix(f"{provider}/"), provider) for name in own]


def _others(provider: str) -> list[str]:
    return [other for other, name in NAMES.items() if name == provider]


@pytest.mark.parametrize("provider", DIRECT)
def test_every_model_with_plain_rates_costs_what_litellm_counts(provider: str) -> None:
    plain = [one for one in chat_models(provider) if rates_of(one.bare_name, provider)]

    differing = [
        (one.name, usage)
        for one in plain
        for usage in USAGES
        if computed_by_litellm(usage, one) != price_of(usage, one)
    ]

    assert [] == differing


def test_many_models_have_plain_rates() -> None:
    plain = [one for name in DIRECT for one in chat_models(name) if rates_of(one.bare_name, name)]

    assert len(plain) > 300


@pytest.mark.parametrize(
    ("name", "provider"), [("gpt-4o-mini", "openai"), ("claude-sonnet-4-5", "anthropic"), ("gemini-2.5-pro", "gemini")]
)
@pytest.mark.parametrize("usage", [*USAGES, WRITTEN])
def test_other_rates_are_counted_by_litellm(name: str, provider: str, usage: Usage) -> None:
    one = model(name, provider)

    seen = price_of(usage, one)

    assert seen is not None
    assert computed_by_litellm(usage, one) == seen


def test_a_price_is_what_the_map_says() -> None:
    uncached, cached, out = (Decimal(price) for price in ("0.15e-6", "0.075e-6", "0.6e-6"))  # of gpt-4o-mini

    seen = price_of(USAGES[1], model("gpt-4o-mini", "openai"))

    assert (3_007 - 1_024) * uncached + 1_024 * cached + 511 * out == seen


@pytest.mark.parametrize(
    ("name", "provider"),
    [("claude-haiku-4-5-new", "anthropic"), ("gemini-2.5-pro-new", "gemini"), ("llama3.1-new", "ollama_chat")],
)
def test_a_model_of_a_known_family_is_not_free(name: str, provider: str) -> None:
    seen = price_of(USAGES[0], model(name, provider))

    assert seen is None


def test_a_model_that_costs_nothing_is_free() -> None:
    seen = price_of(USAGES[0], model("llama3.1", "ollama"))

    assert Decimal(0) == seen


def test_a_model_that_nobody_knows_has_no_price() -> None:
    one = model("nobody-knows", "openai")

    assert (None, None) == (rates_of("nobody-knows", "openai"), price_of(USAGES[0], one))


def test_what_litellm_counts_otherwise_has_no_plain_rates() -> None:
    assert rates_of("gemini-2.5-pro", "gemini") is None


def test_what_writing_into_a_cache_costs_bears_on_no_other_call() -> None:
    assert rates_of("claude-haiku-4-5", "anthropic") is not None


def test_figures_that_contradict_each_other_have_no_price() -> None:
    more_cached_than_told = Usage(input_tokens=0, output_tokens=0, cache_read_tokens=1_000_000)

    assert price_of(more_cached_than_told, model("gpt-4o-mini", "openai")) is None


@pytest.mark.parametrize("nonsense", [None, float("nan"), float("inf"), -0.5])
def test_what_can_be_no_price_is_none(nonsense: float | None) -> None:
    assert as_dollars(nonsense) is None


def test_a_price_has_no_crumbs_of_floats() -> None:
    assert Decimal("0.3") == as_dollars(0.1 + 0.2)
