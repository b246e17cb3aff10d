"""Every snippet of the README runs, and type-checks as a user's program does."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from llm_core.adapters.memory import InMemoryChat

README = Path(__file__).parents[2] / "README.md"
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
PROGRAM = "\n\n".join(SNIPPETS)


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    names: dict[str, object] = {"__name__": "readme"}
    exec(compile(PROGRAM, README, "exec"), names)  # noqa: S102 -- it is our own page
    return names


def test_every_snippet_is_found() -> None:
    assert README.read_text(encoding="utf-8").count("```python") == len(SNIPPETS)


def test_the_test_of_the_agent_passes(told: dict[str, object]) -> None:
    test = told["test_the_agent_looks_before_it_answers"]

    assert callable(test)
    assert test() is None


def test_the_agent_asks_the_model_of_the_environment(
    told: dict[str, object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "memory")
    main = told["main"]

    assert callable(main)
    main()

    assert "What do I wear in Oslo?\n" == capsys.readouterr().out


def test_streams_show_the_words_as_they_come(told: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    show, patient = told["show"], told["patient"]

    assert callable(show)
    assert callable(patient)
    show(patient(InMemoryChat(["All of it."])), "What?")

    assert "All of it.None\n" == capsys.readouterr().out


def test_the_parrot_is_a_chat(told: dict[str, object]) -> None:
    parrot, ask_all = told["parrot"], told["ask_all"]

    assert callable(ask_all)
    assert ["Polly wants a cracker."] * 2 == asyncio.run(ask_all(parrot, ["Who?", "What?"]))


def test_the_contract_of_the_readme_keeps_its_promises(tmp_path: Path) -> None:
    (tmp_path / "test_readme.py").write_text(PROGRAM, encoding="utf-8")
    options = ["-q", "-p", "no:cacheprovider", "--llm-core-quick", "-k", "looks or own or arrive"]
    command = [sys.executable, "-m", "pytest", *options]

    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "passed" in run.stdout
    assert 0 == run.returncode, run.stdout


def test_the_snippets_type_check(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "program.py"]

    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 0 == run.returncode, run.stdout
