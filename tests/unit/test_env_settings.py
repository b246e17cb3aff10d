import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from llm_core import ChatSettings, ConfigurationError
from llm_core.env_settings import VARIABLES, Settings, effective_settings, settings_from_env

SECRET = "sk-very-secret"  # noqa: S105 -- a made-up key


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_an_empty_environment_sets_nothing() -> None:
    seen = settings_from_env()

    assert Settings(adapter="litellm") == seen
    assert ChatSettings() == seen.chat
    assert frozenset() == seen.variables


def test_every_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    values = ("litellm", "openai/x", SECRET, "https://host/v1", "0", "0.5", "7", "1.5", "error", "direct")
    names = [name for name in VARIABLES if not name.startswith("DIRECT_")]
    for name, value in zip(names, values, strict=True):
        monkeypatch.setenv(name, value)

    seen = settings_from_env()

    assert seen == Settings(
        adapter="litellm",
        model="openai/x",
        api_key=SECRET,
        api_base="https://host/v1",
        chat=ChatSettings(temperature=0.0, top_p=0.5, max_tokens=7, timeout=1.5),
        unsupported="error",
        lane="direct",
    )
    assert frozenset(names) == seen.variables


def test_the_direct_adapter_has_variables_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    values = ("openai/x", SECRET, "https://host/v1", "0", "0.5", "7", "1.5", "error")
    names = [name for name in VARIABLES if name.startswith("DIRECT_")]
    monkeypatch.setenv("DEFAULT_LLM", "direct")
    monkeypatch.setenv("LITELLM_CHAT_MODEL", "openai/other")
    for name, value in zip(names, values, strict=True):
        monkeypatch.setenv(name, value)

    seen = settings_from_env()

    assert seen == Settings(
        adapter="direct",
        model="openai/x",
        api_key=SECRET,
        api_base="https://host/v1",
        chat=ChatSettings(temperature=0.0, top_p=0.5, max_tokens=7, timeout=1.5),
        unsupported="error",
    )
    assert {"DEFAULT_LLM", *names} == seen.variables
    assert [name for name, _, _ in effective_settings(seen)][-1] == "unsupported"


@pytest.mark.parametrize("name", VARIABLES)
def test_an_empty_value_is_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "")

    seen = settings_from_env()

    assert Settings() == seen
    assert frozenset() == seen.variables


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("LITELLM_TEMPERATURE", "warm", "LITELLM_TEMPERATURE: expected a number, got 'warm'"),
        ("LITELLM_TEMPERATURE", "nan", "LITELLM_TEMPERATURE: expected a number, got 'nan'"),
        ("LITELLM_TEMPERATURE", "-1", "LITELLM_TEMPERATURE: must not be negative, got -1.0"),
        ("LITELLM_TOP_P", "1.1", "LITELLM_TOP_P: must lie between 0 and 1, got 1.1"),
        ("LITELLM_MAX_TOKENS", "1.5", "LITELLM_MAX_TOKENS: expected a whole number, got '1.5'"),
        ("LITELLM_MAX_TOKENS", "0", "LITELLM_MAX_TOKENS: must be at least 1, got 0"),
        ("LITELLM_TIMEOUT", "x" * 50, f"LITELLM_TIMEOUT: expected a number of seconds, got '{'x' * 40}...'"),
        ("LITELLM_TIMEOUT", "0", "LITELLM_TIMEOUT: must be more than 0 seconds, got 0.0"),
        ("LITELLM_UNSUPPORTED", "warn", "LITELLM_UNSUPPORTED: must be one of drop, error, got 'warn'"),
        ("LITELLM_LANE", "fast", "LITELLM_LANE: must be one of auto, direct, call, got 'fast'"),
        ("LITELLM_API_BASE", "host:80", "LITELLM_API_BASE: must be a URL that begins with http:// or https://"),
        ("LITELLM_API_BASE", "http://[::1", "LITELLM_API_BASE: must be a URL that begins with http:// or https://"),
        ("LITELLM_API_BASE", "https://", "LITELLM_API_BASE: must be a URL that begins with http:// or https://"),
        (
            "LITELLM_API_KEY",
            f"{SECRET}\n",
            "LITELLM_API_KEY: must not begin or end with white space, or hold unprintable characters",
        ),
        (
            "DEFAULT_LLM",
            "mem\x1bory",
            "DEFAULT_LLM: must not begin or end with white space, or hold unprintable characters",
        ),
    ],
)
def test_a_wrong_value_is_one_error_that_names_its_variable(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ConfigurationError) as raised:
        settings_from_env()

    assert message == str(raised.value)
    assert (None, None) == (raised.value.__cause__, raised.value.__context__)


def test_reading_changes_no_variable_and_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LITELLM_CHAT_MODEL=from/file\n")
    before = dict(os.environ)

    with chdir(tmp_path):
        seen = settings_from_env()

    assert before == dict(os.environ)
    assert seen.model is None


def test_no_repr_shows_a_secret() -> None:
    settings = Settings(api_key=SECRET, api_base=f"https://me:{SECRET}@host/v1?key={SECRET}#{SECRET}")

    seen = repr(settings)

    assert SECRET not in seen
    assert "api_key=****, api_base='https://****@host/v1?****#****'" in seen


def test_a_repr_shows_that_no_key_is_set() -> None:
    seen = repr(Settings(api_base="https://host/v1"))

    assert "api_key=None, api_base='https://host/v1'," in seen


def test_effective_settings_are_masked_and_name_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_API_KEY", SECRET)
    monkeypatch.setenv("LITELLM_API_BASE", f"https://{SECRET}@host")
    monkeypatch.setenv("LITELLM_TOP_P", "0")

    seen = tuple(effective_settings(settings_from_env()))

    assert seen == (
        ("adapter", "litellm", "default"),
        ("model", "not set", "default"),
        ("api key", "****", "LITELLM_API_KEY"),
        ("api base", "https://****@host", "LITELLM_API_BASE"),
        ("temperature", "not set", "default"),
        ("top p", "0.0", "LITELLM_TOP_P"),
        ("max tokens", "not set", "default"),
        ("timeout", "not set", "default"),
        ("unsupported", "drop", "default"),
        ("lane", "auto", "default"),
    )


def test_reading_settings_loads_no_http_library() -> None:
    program = "import sys, llm_core.env_settings; print({'httpx', 'httpcore', 'aiohttp', 'h11'} & set(sys.modules))"

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "set()\n" == run.stdout
