"""The page on writing an adapter, followed word for word in an empty folder; it ends at `examples/stranger`."""

import fnmatch
import os
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from llm_core.testing import ChatPortContract
from llm_core.testing.dialects.known import DIALECTS

TREE = Path(__file__).parents[2]
PAGE = (TREE / "docs" / "writing-an-adapter.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:^`([\w/.]+)`[^\n]*:\n\n)?^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
CLAUSES = {getattr(getattr(ChatPortContract, name), "clause_id", "") for name in dir(ChatPortContract)}
FOLDER_OF_ITS_OWN = ("python3 -m venv .venv", ". .venv/bin/activate")  # the tree's environment does
IN_PLACE_OF = {
    "pip install --editable '.[testing]'": "python -m pip install --quiet --no-index --no-deps --no-build-isolation "
    "--disable-pip-version-check --target site .",
    "pytest": "pytest tests/test_types.py",
}
SOME_CLAUSES = ' -k "request.media or request.tools or error.status"'  # all of them are run outside of the tree


@attrs.frozen
class Run:
    """What a command of the page came to, and what the page says of it."""

    command: str
    exit_code: int
    said: str
    promised: str


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder, done = tmp_path_factory.mktemp("empty"), list[Run]()
    for name, language, text in BLOCKS:
        if name:
            (folder / name).write_text(text, encoding="utf-8")
        elif language == "text":
            done[-1] = attrs.evolve(done[-1], promised=text)
        elif language == "sh":
            done += [_run(command, folder) for command in text.splitlines() if command not in FOLDER_OF_ITS_OWN]
            folder = folder / "stranger-chat" if "cd stranger-chat" in text else folder
    return done


def _run(command: str, folder: Path) -> Run:
    installed = f"{folder}:{folder / 'site'}"  # as an editable install has it
    paths = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": installed}
    settings = {"PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "120"}
    some = SOME_CLAUSES if command.startswith("llm-core contract") and " -k " not in command else ""
    bash = ["bash", "-c", IN_PLACE_OF.get(command, command) + some]
    run = subprocess.run(
        bash, cwd=folder, env={**os.environ, **paths, **settings}, capture_output=True, text=True, check=False
    )
    return Run(command, run.returncode, run.stdout + run.stderr, "")


@pytest.mark.slow
def test_every_command_ends_as_the_page_says(runs: list[Run]) -> None:
    failing = [run.command for run in runs if run.exit_code]

    assert failing == [
        'llm-core contract tests.test_contract:TestStrangerChat -k "request.key or answer.text"',
        'pytest -k "test_the_text_is_the_models_own and acomplete"',
        "llm-core contract tests.test_contract:TestStrangerChat",
        'DEFAULT_LLM=stranger STRANGER_BASE_URL=http://localhost:8000/v1 STRANGER_MODEL=any llm-core chat "Hello?"',
    ], "\n".join(run.said for run in runs if run.exit_code)


@pytest.mark.slow
def test_what_the_page_shows_is_said(runs: list[Run]) -> None:
    shown = [(line, run.said) for run in runs for line in run.promised.splitlines()]

    assert 6 == len(shown)
    assert [] == [line for line, said in shown if line not in said]


@pytest.mark.slow
def test_the_red_ones_are_all_of_one_promise(runs: list[Run]) -> None:
    last = [run.said for run in runs if "TestStrangerChat" in run.command][-2:]

    assert [["request.media"], []] == [re.findall(r"^BROKEN ([\w.-]+)", said, re.MULTILINE) for said in last]


def test_the_page_ends_at_the_example() -> None:
    example = TREE / "examples" / "stranger"
    written = {name: text for name, _, text in BLOCKS if name and name != "tests/test_engine.py"}

    assert written == {name: (example / name).read_text(encoding="utf-8") for name in written}
    assert set(written) == {
        str(file.relative_to(example)) for file in example.rglob("*.*") if file.suffix in (".py", ".toml")
    }


def test_the_clauses_that_the_page_names_are_there() -> None:
    [table] = [text for name, language, text in BLOCKS if language == "python" and not name]
    names: dict[str, dict[str, str]] = {}
    exec(table, names)  # noqa: S102 -- it is our own page
    mistakes = re.findall(r"`([\w-]+\.[\w*-]+)`", "".join(re.findall(r"^\| .*? \|", PAGE, re.MULTILINE)))

    named = {*mistakes, *(name.partition("[")[0] for name in names["xfails"])}

    assert 15 == len(named)
    assert [] == [name for name in sorted(named) if not fnmatch.filter(CLAUSES, name)]


def test_the_dialects_of_the_page_are_those_that_there_are() -> None:
    rows = PAGE.partition("| dialect |")[2].partition("\n\n")[0]

    assert sorted(DIALECTS) == sorted(re.findall(r"^\| `(\w+)`", rows, re.MULTILINE))
