"""Tests of prices by LiteLLM's price map: which row is a model's, and what its rates make of usage."""

import json
import subprocess
import sys
from decimal import Decimal, localcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from llm_core import Usage
from llm_core.adapters.litellm.price_map import context_window_of, price_of
from llm_core.adapters.litellm.price_rows import find_row
from llm_core.wires.json_access import as_dollars

FRESH = Usage(input_tokens=1_000, output_tokens=100)
CACHED = Usage(input_tokens=1_000, output_tokens=100, cache_read_tokens=400)
WRITTEN = Usage(input_tokens=1_000, output_tokens=100, cache_read_tokens=400, cache_write_tokens=200)
REASONED = Usage(input_tokens=1_000, output_tokens=100, reasoning_tokens=60)
LONG = Usage(input_tokens=200_001, output_tokens=100, reasoning_tokens=60)
PLAIN = {"mode": "chat", "litellm_provider": "acme", "input_cost_per_token": 3e-6, "output_cost_per_token": 1e-5}
OTHER_PRICES = {
    "input_cost_per_image": 1e-3,
    "input_cost_per_character": 1e-7,
    "input_cost_per_request": 5e-3,
    "input_cost_per_second": 1e-4,
    "output_cost_per_image_4K": 0.2,
    "citation_cost_per_token": 2e-6,
    "explicit_cache_read_input_token_cost": 1e-7,
    "off_peak_pricing": {"hours_utc": "16:30-00:30", "input_cost_per_token": 1e-7},
    "regional_endpoint_uplift_multiplier": 1.1,
    "price_of_something_new": 0.1,
}
UNUSED_PRICES = {
    "input_cost_per_token_flex": 1e-7,
    "input_cost_per_token_above_200k_tokens_priority": 1e-7,
    "input_cost_per_audio_token": 1e-6,
    "input_cost_per_audio_token_above_200k_tokens": 1e-6,
    "cache_creation_input_token_cost_above_12hr": 2e-5,
    "cache_creation_input_token_cost_above_12hr_above_272k_tokens": 2e-5,
    "search_context_cost_per_query": {"search_context_size_low": 0.01},
    "regional_processing_uplift_multiplier_eu": 1.1,
    "fedramp_uplift_multiplier": 1.1,
    "input_dbu_cost_per_token": 4e-5,
    "input_cost_per_image": 0.0,
}
CACHE_RATES = {
    "cache_read_input_token_cost": 3e-7,
    "cache_creation_input_token_cost": 4e-6,
    "cache_creation_input_token_cost_above_1hr": 6e-6,
}
ABOVE = {
    "input_cost_per_token_above_128k_tokens": 4e-6,
    "output_cost_per_token_above_128k_tokens": 2e-5,
    "input_cost_per_token_above_200k_tokens": 6e-6,
    "output_cost_per_token_above_200k_tokens": 3e-5,
}
TIERS = {
    "mode": "chat",
    "litellm_provider": "acme",
    "tiered_pricing": [
        {"range": [2_000, 4_000], "input_cost_per_token": 2e-6, "output_cost_per_token": 4e-6},
        {"range": [0, 2_000], "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6},
    ],
}


def install(monkeypatch: pytest.MonkeyPatch, **rows: object) -> None:
    """Provide *rows* as the price map of an imported LiteLLM."""
    monkeypatch.setitem(sys.modules, "litellm", SimpleNamespace(model_cost=rows))


def install_file(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str | None) -> None:
    """Provide *text* as the price map of a LiteLLM that is installed but not imported."""
    (folder / "litellm").mkdir()
    (folder / "litellm" / "__init__.py").write_text("raise ImportError('imported')")
    if text is not None:
        (folder / "litellm" / "model_prices_and_context_window_backup.json").write_bytes(text.encode())
    monkeypatch.delitem(sys.modules, "litellm", raising=False)
    monkeypatch.syspath_prepend(folder)


@pytest.mark.parametrize(
    ("expected", "row", "usage"),
    [
        ("0.004", PLAIN, FRESH),
        ("0.004", PLAIN | UNUSED_PRICES, FRESH),
        ("0.00292", PLAIN | CACHE_RATES, CACHED),
        ("0.00312", PLAIN | CACHE_RATES, WRITTEN),
        ("0.004", PLAIN, REASONED),
        ("0.0052", PLAIN | {"output_cost_per_reasoning_token": 3e-5}, REASONED),
        ("0.004", PLAIN | ABOVE, FRESH),
        ("1.203006", PLAIN | ABOVE, LONG),
        ("0.602", PLAIN | ABOVE, Usage(input_tokens=150_000, output_tokens=100)),
        ("1.203006", PLAIN | ABOVE | {"output_cost_per_reasoning_token": 1e-5}, LONG),
        ("0.802", PLAIN | ABOVE, Usage(input_tokens=200_000, output_tokens=100)),
        ("1.203", PLAIN | ABOVE | {"litellm_provider": "xai"}, Usage(input_tokens=200_000, output_tokens=100)),
        ("0.0012", TIERS, FRESH),
        ("0.0022", TIERS, Usage(input_tokens=2_000, output_tokens=100)),
        ("0.0104", TIERS, Usage(input_tokens=5_000, output_tokens=100)),
        ("0", PLAIN | {"input_cost_per_token": 0, "output_cost_per_token": 0.0}, FRESH),
        ("0", PLAIN, Usage(input_tokens=0, output_tokens=0)),
        ("0.004", PLAIN | {"tiered_pricing": "none"}, FRESH),
        (
            "0.0031",
            PLAIN | {"tiered_pricing": [{"input_cost_per_token": 3e-6, "output_cost_per_token": 1e-6}, 7]},
            FRESH,
        ),
        ("0.004", PLAIN | {"tiered_pricing": [{"input_cost_per_token": 3e-6}]}, FRESH),
    ],
)
def test_a_price_follows_from_the_rates_of_the_row(
    expected: str, row: dict[str, object], usage: Usage, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = row["litellm_provider"]
    install(monkeypatch, **{f"{owner}/model": row})

    assert Decimal(expected) == price_of(f"{owner}/model", usage)


@pytest.mark.parametrize(
    ("row", "usage"),
    [
        *(({**PLAIN, key: value}, FRESH) for key, value in OTHER_PRICES.items()),
        (PLAIN | {"mode": "image_generation"}, FRESH),
        ({"mode": "chat", "input_cost_per_token": 1e-6}, FRESH),
        ({"mode": "chat", "output_cost_per_token": 1e-6}, FRESH),
        ({"mode": "chat"}, Usage(input_tokens=0, output_tokens=0)),
        (PLAIN | {"input_cost_per_token": "free"}, FRESH),
        (PLAIN | {"input_cost_per_token": -1e-6}, FRESH),
        (PLAIN, CACHED),
        (PLAIN | {"cache_read_input_token_cost": 3e-7}, WRITTEN),
        (PLAIN | ABOVE | {"output_cost_per_reasoning_token": 3e-5}, LONG),
        (TIERS | {"cache_read_input_token_cost": 3e-7}, CACHED),
        (PLAIN | CACHE_RATES | ABOVE, Usage(input_tokens=200_001, output_tokens=1, cache_read_tokens=1)),
        (PLAIN, Usage(input_tokens=7)),
        (PLAIN, Usage(output_tokens=5)),
        (PLAIN | CACHE_RATES, Usage(input_tokens=1, output_tokens=1, cache_read_tokens=2)),
        (PLAIN, Usage(input_tokens=1, output_tokens=1, reasoning_tokens=2)),
        ("a text", FRESH),
    ],
)
def test_a_price_that_is_not_known_is_none(row: object, usage: Usage, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, **{"acme/model": row})

    assert price_of("acme/model", usage) is None


def test_what_is_written_for_an_hour_has_a_rate_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, **{"acme/model": PLAIN | CACHE_RATES})

    assert Decimal("0.00352") == price_of("acme/model", WRITTEN, cache="1h")


def test_the_callers_decimal_context_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, **{"acme/model": PLAIN})

    with localcontext(prec=1):
        seen = price_of("acme/model", Usage(input_tokens=12_345, output_tokens=6_789))

    assert Decimal("0.104925") == seen


@pytest.mark.parametrize(
    ("model", "key", "owner"),
    [
        ("acme/model", "acme/model", "acme"),
        ("acme/model", "model", "acme"),
        ("acme/model", "model", None),
        ("acme/model-2025-08-07", "model", "acme"),
        ("openai/ft:gpt-4o-2024-08-06:me:name:id", "ft:gpt-4o-2024-08-06", "openai"),
        ("openai/ft:gpt-4o-2024-08-06:me::id", "ft:gpt-4o-2024-08-06", "openai"),
        ("gemini/gemini-x-001", "gemini/gemini-x", "gemini"),
        ("vertex_ai/claude-5", "claude-5", "vertex_ai-anthropic_models"),
        ("bedrock/us.anthropic.claude-v2:1", "us.anthropic.claude-v2:1", "bedrock_converse"),
        ("ollama_chat/llama3.1", "ollama/llama3.1", "ollama"),
        ("cohere/command-z", "command-z", "cohere_chat"),
        ("litellm_proxy/gpt-4o", "gpt-4o", "openai"),
        ("model-of-no-family", "model-of-no-family", "acme"),
    ],
)
def test_a_model_is_found_under_its_own_key_or_its_familys(
    model: str, key: str, owner: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, **{key: PLAIN | {"litellm_provider": owner}})

    assert Decimal("0.004") == price_of(model, FRESH)


@pytest.mark.parametrize(
    ("model", "key", "owner"),
    [
        ("acme/other", "acme/model", "acme"),
        ("acme/model", "model", "openai"),
        ("acme/model-001", "acme/model", "acme"),
        ("gemini/model-2", "gemini/model", "gemini"),
        ("openai/model", "acme/model", "acme"),
        ("azure/my-deployment", "azure/deployment", "azure"),
        ("azure/gpt-4o", "gpt-4o", "azure_ai"),
    ],
)
def test_a_row_of_another_model_or_provider_gives_no_price(
    model: str, key: str, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, **{key: PLAIN | {"litellm_provider": owner}})

    assert price_of(model, FRESH) is None


def test_an_alias_has_the_price_of_the_row_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    install(
        monkeypatch,
        **{"acme/latest": {"alias_of": "acme/model"}, "acme/lost": {"alias_of": "acme/gone"}, "acme/model": PLAIN},
    )

    assert (Decimal("0.004"), None) == (price_of("acme/latest", FRESH), price_of("acme/lost", FRESH))


def test_an_exact_key_comes_before_the_bare_name_and_the_family(monkeypatch: pytest.MonkeyPatch) -> None:
    other = PLAIN | {"input_cost_per_token": 9e-6}
    install(monkeypatch, **{"m": other, "m-2025-08-07": PLAIN, "acme/m": other})

    assert Decimal("0.004") == price_of("acme/m-2025-08-07", FRESH)


def test_a_context_window_is_the_size_of_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, **{"acme/model": {"max_input_tokens": 128_000}, "acme/text": {"max_input_tokens": "many"}})

    seen = [context_window_of(f"acme/{name}") for name in ("model", "text", "unknown")]

    assert [128_000, None, None] == seen


@pytest.mark.parametrize("indent", [4, 2, "\t", None])
def test_a_row_is_found_in_the_file_however_it_is_indented(
    indent: int | str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = f"acme/indented-{indent!r}"
    rows = {"first": {"nested": {model: {"input_cost_per_token": 1}}}, "empty": {}, model: PLAIN, "last": {}}
    install_file(monkeypatch, tmp_path, json.dumps(rows, indent=indent))

    seen = (price_of(model, FRESH), price_of(f"acme/nested-{indent!r}", FRESH), find_row("empty"))

    assert (Decimal("0.004"), None, {}) == seen


def test_line_ends_of_two_characters_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install_file(monkeypatch, tmp_path, json.dumps({"acme/crlf": PLAIN}, indent=4).replace("\n", "\r\n"))

    assert Decimal("0.004") == price_of("acme/crlf", FRESH)


@pytest.mark.parametrize("text", [None, "", '{\n    "acme/broken-map": {"mode"', "[]"])
def test_without_a_readable_file_there_is_no_price(
    text: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install_file(monkeypatch, tmp_path, text)

    assert price_of(f"acme/broken-map-{text}", FRESH) is None
    assert text is None or price_of("acme/broken-map", FRESH) is None


def test_without_litellm_there_is_no_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)

    assert price_of("openai/gpt-4o-without-litellm", FRESH) is None


def test_a_price_and_a_context_window_need_no_import_of_litellm() -> None:
    code = (
        "import sys; from llm_core import Usage; from llm_core.adapters.litellm.price_map import *;"
        "m = 'openai/gpt-4o-mini';"
        "usage = Usage(input_tokens=3007, output_tokens=511, cache_read_tokens=1024);"
        "print(price_of(m, usage), context_window_of(m), 'litellm' in sys.modules)"
    )

    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    uncached, cached, out = (Decimal(price) for price in ("0.15e-6", "0.075e-6", "0.6e-6"))
    assert (3_007 - 1_024) * uncached + 1_024 * cached + 511 * out == Decimal(seen[0])
    assert ["128000", "False"] == seen[1:]


@pytest.mark.parametrize("price", [None, float("nan"), float("inf"), -0.5, True, "1", {"total_cost": 1}])
def test_what_is_no_price_is_none(price: object) -> None:
    assert as_dollars(price) is None


@pytest.mark.parametrize(("expected", "price"), [("0.3", 0.1 + 0.2), ("0.000025", 0.000024999999999999998), ("2", 2)])
def test_a_price_has_no_float_rounding_errors(expected: str, price: float) -> None:
    assert Decimal(expected) == as_dollars(price)
