import re
import socket
import ssl
import sys
import tomllib
from pathlib import Path

import pytest

from llm_core.cli import checks
from llm_core.cli.checks import EXTRAS
from llm_core.cli.main import run
from llm_core.cli.misspelt import distance, misspelt
from llm_core.cli.reachable import unreachable
from llm_core.env_settings import VARIABLES
from llm_core.testing import FakeProvider, Replies

HOME = Path(__file__).parents[2]
MODEL = "openai/gpt-5-mini"
TLS = HOME / "tests" / "faults" / "self_signed.pem"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)


def examined(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[dict[str, list[str]], int]:
    """Return the rows of a run, by the name of the check, and the exit code."""
    code = run(["doctor", *options])
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    return {name: [mark, *rest] for mark, name, *rest in rows}, code


def test_a_working_configuration_has_no_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeProvider(Replies()) as provider:
        monkeypatch.setenv("LITELLM_API_BASE", f"{provider.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-any-key-at-all")
        found, code = examined(capsys, "--model", MODEL, "--connect")
        sent = provider.recorder.count

    assert (0, 0) == (code, sent)
    assert ["✓", "direct: openai has a profile", ""] == found["lane"]
    assert ["✓", "openai_chat: the usual one of this provider", ""] == found["wire"]
    assert ["✓", "present, or not needed", ""] == found["key"]
    assert ["✓", f"{provider.url}/v1 is reachable", ""] == found["address"]
    assert found["Python"][1] == sys.version.split()[0]


@pytest.mark.parametrize(
    ("variables", "options", "check", "row", "code"),
    [
        ({}, (), "model", ["✗", "nothing is configured", "for example: export LITELLM_"], 2),
        ({"LITELLM_API_KEY": "k"}, (), "adapter", ["✗", "LITELLM_CHAT_MODEL: no model is set", "for example: "], 2),
        ({}, ("--model", "opnai/x"), "model", ["✗", "no provider 'opnai'", "name the model as provider/model; d"], 2),
        ({"LITELLM_TIMEOUT": "soon"}, (), "settings", ["✗", "LITELLM_TIMEOUT: expected a number", "set another"], 2),
        (
            {"LITELLM_API_KYE": "k"},
            (),
            "variable",
            ["✗", "LITELLM_API_KYE is not read", "did you mean LITELLM"],
            2,
        ),
        (
            {"OPENAI_APIKEY": "k"},
            ("--model", MODEL),
            "variable",
            ["✗", "OPENAI_APIKEY is not", "did you mean"],
            2,
        ),
        ({}, ("--model", MODEL), "key", ["✗", "no key", "set api_key or OPENAI_API_KEY"], 3),
        ({}, ("--model", MODEL), "address", ["✓", "https://api.openai.com/v1", "--connect checks whether"], 3),
        ({}, ("--model", "hosted_vllm/x"), "address", ["✗", "no address: set api_base", "set LITELLM_API_BASE"], 2),
        (
            {"DEFAULT_LLM": "direct"},
            ("--model", "hosted_vllm/x"),
            "address",
            ["✗", "no address", "set DIRECT_"],
            2,
        ),
        ({}, ("--model", "bedrock/x"), "key", ["-", "LiteLLM reads it", "its documentation"], 0),
        ({"DEFAULT_LLM": "memory"}, (), "adapter", ["✓", "memory, no model needed", ""], 0),
        (
            {"LITELLM_API_BASE": "http://user:secret@127.0.0.1:9/v1", "OPENAI_API_KEY": "sk-any-key-at-all"},
            ("--model", MODEL, "--connect"),
            "address",
            ["✗", "http://127.0.0.1:9/v1: Connection refused", "check the address, the network"],
            6,
        ),
    ],
)
def test_each_check_says_what_to_do(
    variables: dict[str, str],
    options: tuple[str, ...],
    check: str,
    row: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    found, seen = examined(capsys, *options)

    assert code == seen
    assert all(text.startswith(begin) for text, begin in zip(found[check], row, strict=True)), found[check]


def test_a_missing_extra_is_a_note(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "docstring_parser", None)

    found, _ = examined(capsys)

    assert ["-", "without docstring_parser", 'if you need it: pip install "llm-core[typed]"'] == found["extra typed"]


def test_an_extra_whose_package_is_missing_is_a_note(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    found, _ = examined(capsys)

    advice = 'if you need it: pip install "llm-core[otel]"'
    assert ["-", "without opentelemetry.util.genai", advice] == found["extra otel"]


def test_a_module_without_metadata_has_no_version() -> None:
    assert "without a version" == checks._version("no-such-distribution-0")


def test_every_extra_is_checked() -> None:
    extras = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    listed = {
        name: {re.split("[>=<\\[;]", requirement)[0].replace("-", "_") for requirement in requirements} - {"llm_core"}
        for name, requirements in extras.items()
        if name != "all"
    }
    modules = {name: {module.replace(".", "_") for module in modules} for name, modules in EXTRAS.items()}
    assert listed == modules


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [
        ("LITELLM_API_KEY", "LITELLM_API_KEY", 0),
        ("LITELLM_API_KYE", "LITELLM_API_KEY", 1),  # neighbours exchanged
        ("LITELM_API_KEY", "LITELLM_API_KEY", 1),
        ("LITELM_API_KEYS", "LITELLM_API_KEY", 2),
        ("LITELLM_LOG", "LITELLM_LANE", 3),
        ("PATH", "LITELLM_LANE", 8),
    ],
)
def test_the_distance_of_names_is_counted_in_letters(one: str, other: str, letters: int) -> None:
    assert letters == distance(one, other) == distance(other, one)


def test_names_of_others_are_not_misspelt() -> None:
    others = ["LITELLM_LOG", "LITELLM_MODE", "PATH", "HOME", "DEFAULT", "LITELLM_MASTER_KEY", "DIRECTORY"]

    assert [] == list(misspelt(others, VARIABLES))
    assert [] == list(misspelt(others, ()))


def test_a_port_that_listens_is_reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(TLS))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        assert unreachable(f"http://127.0.0.1:{port}/v1") is None


def test_a_server_without_tls_is_not_reachable_with_it() -> None:
    with FakeProvider(Replies()) as provider:
        problem = unreachable(provider.url.replace("http:", "https:"))

    assert problem is not None
    assert issubclass(ssl.SSLError, OSError)
    assert "SSL" in problem


@pytest.mark.parametrize(
    ("proxy", "problem"), [("http://127.0.0.1:9", "the proxy: "), ("socks5://127.0.0.1:9", "HTTP_PROXY")]
)
def test_a_proxy_is_connected_to_in_place_of_the_provider(
    proxy: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", proxy)

    seen = unreachable(f"http://{proxy.partition(':')[0]}.test/v1")

    assert seen is not None
    assert seen.startswith(problem)
