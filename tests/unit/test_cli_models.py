import json
import sys

import pytest

import llm_core.adapters.litellm as litellm_adapter
from llm_core import ModelDescription
from llm_core.adapters.litellm.model_list import listed_models
from llm_core.adapters.litellm.price_map import context_window_of, token_rates_of
from llm_core.adapters.litellm.price_rows import all_rows
from llm_core.adapters.litellm.provider_names import litellm_providers, may_be_served
from llm_core.cli.known_models import known_models
from llm_core.cli.main import run
from llm_core.providers.registry import all_profiles


@pytest.fixture(scope="module")
def everything() -> dict[str, tuple[str, ModelDescription]]:
    return {name: (lane, known) for name, lane, known in known_models()}


def test_a_model_is_listed_with_what_its_rules_and_the_price_map_know(
    everything: dict[str, tuple[str, ModelDescription]],
) -> None:
    lane, known = everything["anthropic/claude-sonnet-4-5"]

    assert ("direct", "anthropic_messages", True, True) == (lane, known.wire, known.tools, known.images)
    assert context_window_of("anthropic/claude-sonnet-4-5") == known.context_window
    assert token_rates_of("anthropic/claude-sonnet-4-5") == (known.input_usd_per_token, known.output_usd_per_token)


def test_a_model_without_a_profile_is_listed_on_the_call_lane(
    everything: dict[str, tuple[str, ModelDescription]],
) -> None:
    lanes = {lane for name, (lane, _) in everything.items() if name.startswith("bedrock/")}

    assert {"call"} == lanes


def test_every_provider_with_a_profile_is_listed(everything: dict[str, tuple[str, ModelDescription]]) -> None:
    assert set() == set(all_profiles()) - {name.partition("/")[0] for name in everything}
    assert ("direct", ModelDescription(provider="lm_studio", wire="openai_chat")) == everything["lm_studio/..."]


def test_models_in_a_pipe_are_separated_by_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["models", "--provider", "lm_studio"])

    assert (0, "lm_studio/...\t\t\t\t\t\topenai_chat\tdirect\n") == (code, capsys.readouterr().out)


def test_models_as_json_have_exact_prices(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["models", "--provider", "anthropic", "--json"])

    found = {row["model"]: row for row in json.loads(capsys.readouterr().out)}
    row = found["anthropic/claude-sonnet-4-5"]
    assert (0, "0.000003", True) == (code, row["input_usd_per_token"], row["images"])
    assert {"anthropic"} == {row["provider"] for row in found.values()}


@pytest.mark.parametrize(
    ("provider", "message"),
    [("antropic", "no provider 'antropic'; did you mean anthropic?"), ("qqqqqq", "no provider 'qqqqqq'")],
)
def test_an_unknown_provider_is_wrong_usage(provider: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["models", "--provider", provider])

    assert (2, f"llm-core: {message}\n") == (code, capsys.readouterr().err)


@pytest.mark.usefixtures("_without_litellm")
def test_without_litellm_the_providers_are_listed() -> None:
    assert {} == all_rows()
    assert [] == list(listed_models())
    assert set(all_profiles()) == {known.provider for _, _, known in known_models()}


@pytest.mark.usefixtures("_without_litellm")
def test_without_litellm_no_model_is_refused_in_its_name() -> None:
    assert frozenset() == litellm_providers.__wrapped__()


def test_the_providers_of_litellm_are_read_from_its_files() -> None:
    found = litellm_providers()

    assert {"openai", "bedrock", "vertex_ai", "publicai"} <= found
    assert len(found) > 100


@pytest.mark.parametrize("text", ["class Other: ...", None])
def test_other_files_of_litellm_refuse_no_model(
    text: str | None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("fake") / "litellm"
    (folder / "types").mkdir(parents=True)
    (folder / "llms" / "openai_like").mkdir(parents=True)
    (folder / "__init__.py").touch()
    if text is not None:
        (folder / "types" / "utils.py").write_text(text)
        (folder / "llms" / "openai_like" / "providers.json").write_text("{}")
    monkeypatch.delitem(sys.modules, "litellm", raising=False)
    monkeypatch.syspath_prepend(folder.parent)

    assert frozenset() == litellm_providers.__wrapped__()


@pytest.mark.parametrize(
    ("model", "served"),
    [
        ("bedrock/x", True),
        ("opnai/x", False),
        ("amazon.nova-pro-v1:0", True),  # in the price map
        ("meta/llama-2-70b-chat:" + "0" * 64, True),  # a version of Replicate
        ("no-such-model", False),
    ],
)
def test_litellm_serves_what_its_tables_name(model: str, served: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "litellm", raising=False)

    assert served is may_be_served(model)


def test_a_program_that_uses_litellm_may_have_added_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", sys)

    assert may_be_served("my-own/x")


def test_the_package_of_the_adapter_has_one_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        litellm_adapter.other  # noqa: B018 -- the access is what is tested


@pytest.fixture
def _without_litellm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)
