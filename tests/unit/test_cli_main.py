import json
import subprocess
import sys
from pathlib import Path

import pytest

import llm_core
from llm_core.cli.exit_codes import MEANINGS
from llm_core.cli.main import COMMANDS, run
from llm_core.env_settings import VARIABLES

EXAMPLE = "export LITELLM_CHAT_MODEL=openai/gpt-5-mini OPENAI_API_KEY=..."
NOTHING = f"llm-core: no model is configured; for example: {EXAMPLE}"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_json_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["chat", "--echo", "--json", "hello"])

    seen = json.loads(capsys.readouterr().out)

    assert 0 == code
    assert {"type": "assistant", "content": "hello"} == seen["message"]


def test_the_option_model_counts_as_configuration(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_TIMEOUT", "soon")

    code = run(["chat", "--model", "openai/x", "hello"])

    assert 2 == code
    assert "llm-core: LITELLM_TIMEOUT: expected a number of seconds, got 'soon'\n" == capsys.readouterr().err


def test_an_incomplete_configuration_is_an_error_and_not_an_echo(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_API_KEY", "sk-secret")

    code = run(["chat", "hello"])

    seen = capsys.readouterr()
    assert (2, "", f"llm-core: LITELLM_CHAT_MODEL: no model is set; for example: {EXAMPLE}\n") == (code, *seen)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chat", "hello", "--temperature", "-1"], "temperature: must not be negative, got -1.0"),
        (["chat", "hello", "--temperature", "mild"], "argument --temperature: invalid float value: 'mild'"),
        (["chat", "--nope"], "unrecognized arguments: --nope"),
        (["chat", "--max", "7", "hello"], "unrecognized arguments: --max"),  # no option is abbreviated
        (["nope"], "argument COMMAND: invalid choice: 'nope' (choose from "),
    ],
)
def test_wrong_usage_prints_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(arguments)

    seen = capsys.readouterr()
    assert 2 == code
    assert seen.err.startswith(f"llm-core: {message}")
    assert 1 == seen.err.count("\n")


def test_settings_in_a_pipe_are_separated_by_tabs_and_masked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_CHAT_MODEL", "openai/x")
    monkeypatch.setenv("LITELLM_API_KEY", "sk-secret")

    code = run(["settings"])

    seen = capsys.readouterr()
    assert (0, "") == (code, seen.err)
    assert (
        "adapter\tlitellm\tdefault\nmodel\topenai/x\tLITELLM_CHAT_MODEL\napi key\t****\tLITELLM_API_KEY\n" in seen.out
    )


@pytest.mark.parametrize(
    ("model", "lane"),
    [
        ("openai/x", "direct: openai has a profile"),
        ("bedrock/x", "call: bedrock has no profile"),
        ("unknown/x", "call: unknown has no profile"),
    ],
)
def test_settings_show_the_lane_and_the_reason(
    model: str, lane: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_CHAT_MODEL", model)

    code = run(["settings"])

    assert 0 == code
    assert f"\neffective lane\t{lane}" in capsys.readouterr().out


def test_settings_say_if_nothing_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["settings"])

    seen = capsys.readouterr()
    assert (0, f"{NOTHING}\n") == (code, seen.err)
    assert seen.out.startswith("adapter\tlitellm\tdefault\nmodel\tnot set\tdefault\n")


@pytest.mark.parametrize("arguments", [["chat", "hello"], ["chat", "--json", "hello"], ["contract", "--live"]])
def test_nothing_configured_is_wrong_usage_and_never_an_echo(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(arguments)

    seen = capsys.readouterr()
    assert (2, "", f"{NOTHING}; or try --echo\n") == (code, *seen)


def test_version_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["--version"])

    assert (0, f"llm-core {llm_core.__version__}\n") == (code, capsys.readouterr().out)


@pytest.mark.parametrize("arguments", [[], ["--help"], *([command.name, "--help"] for command in COMMANDS)])
def test_help_shows_examples(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = run(arguments)

    example = " ".join(["llm-core", *arguments[:-1]])
    assert 0 == code
    assert f"\n  {example}" in capsys.readouterr().out


def test_the_page_of_the_command_line_lists_the_same_exit_codes() -> None:
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")

    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line[2:3].isdigit()]
    assert [[str(code), meaning] for code, meaning in MEANINGS.items()] == [
        [code, meaning.partition("; of")[0]] for code, meaning in rows
    ]


@pytest.mark.parametrize("arguments", [["--help"], ["chat", "--help"]])
def test_help_lists_the_exit_codes(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run(arguments)

    out = capsys.readouterr().out
    assert [f"{code:>5}  {meaning}" for code, meaning in MEANINGS.items()] == [
        line for line in out.splitlines() if line[:5].strip().isdigit()
    ]


def test_a_missing_extra_prints_one_line() -> None:
    script = "import sys; sys.modules['rich'] = None; from llm_core.__main__ import main; main()"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert 2 == done.returncode
    assert 'llm-core: the command line needs rich: pip install "llm-core[cli]"\n' == done.stderr


def test_help_loads_no_slow_library() -> None:
    script = (
        "import sys; from llm_core.cli.main import run; run(['chat', '--help'])\n"
        "print({'litellm', 'httpx', 'environs', 'cattrs', 'rich', 'pydantic'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert done.stdout.endswith("set()\n")
