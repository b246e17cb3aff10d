"""Runs every Python snippet of the README; `tests/typing` type-checks them as one user program."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from llm_core import AssistantMessage, AuthenticationError, ToolCall, ToolMessage
from llm_core.adapters.memory import InMemoryChat

README = Path(__file__).parents[2] / "README.md"
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
PROGRAM = "\n\n".join(SNIPPETS)
SOME_CLAUSES = "request.key or answer.text or request.tools"


@pytest.fixture(scope="module")
def names() -> dict[str, object]:
    """Return the global names after all snippets have run."""
    names: dict[str, object] = {"__name__": "readme"}
    exec(compile(PROGRAM, README, "exec"), names)  # noqa: S102 -- the README is part of this project
    return names


def test_no_snippet_is_left_out() -> None:
    assert README.read_text(encoding="utf-8").count("```python") == len(SNIPPETS)


def test_the_first_snippet_calls_the_model_that_the_environment_names(
    names: dict[str, object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "memory")
    main = names["main"]

    assert callable(main)
    main()

    assert "Why is the sky blue?\n" == capsys.readouterr().out


def test_the_agent_passes_its_test(names: dict[str, object]) -> None:
    test = names["test_the_agent_calls_the_weather_tool"]

    assert callable(test)
    assert test() is None


def test_the_agent_with_a_toolbox_answers(names: dict[str, object]) -> None:
    call = ToolCall(id="1", name="forecast", arguments={"city": "Oslo"})
    advise = names["advise"]

    assert callable(advise)
    with InMemoryChat([AssistantMessage(tool_calls=[call]), "Take an umbrella."]) as chat:
        assert "Take an umbrella." == advise(chat, "What do I wear in Oslo?")

    assert ToolMessage("rain in Oslo for 1 days", tool_call_id="1") == chat.requests[1].messages[-1]


def test_a_stream_is_printed_as_it_arrives(names: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    show, for_production = names["show"], names["for_production"]

    assert callable(show)
    assert callable(for_production)
    show(for_production(InMemoryChat([AuthenticationError()]), InMemoryChat(["All of it."])), "What?")

    assert "All of it.None\n" == capsys.readouterr().out


def test_the_parrot_is_a_whole_chat_port(names: dict[str, object]) -> None:
    parrot, collect = names["parrot"], names["collect"]

    assert callable(collect)
    assert "Polly wants a cracker." == asyncio.run(collect(parrot, "Who?"))


def test_the_contract_in_the_readme_passes(tmp_path: Path) -> None:
    (tmp_path / "test_readme.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "llm_core", "contract", "test_readme:TestMyChat", "-k", SOME_CLAUSES]

    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 0 == run.returncode, run.stdout + run.stderr
