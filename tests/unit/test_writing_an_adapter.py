"""Follows docs/writing-an-adapter.md in an empty folder; the files that it writes are those of examples/third_party."""

import fnmatch
import os
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from llm_core.testing import ChatPortContract
from llm_core.testing.dialects.registry import DIALECTS

TREE = Path(__file__).parents[2]
EXAMPLE = TREE / "examples" / "third_party"
PAGE = (TREE / "docs" / "writing-an-adapter.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:^`([\w/.]+)`[^\n]*:\n\n)?^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
CLAUSES = {getattr(getattr(ChatPortContract, name), "clause_id", "") for name in dir(ChatPortContract)}
SKIPPED = ("python3 -m venv .venv", ". .venv/bin/activate")  # the project's own environment is used
REPLACED = {  # without a package index, and without what the commands before have run: `make outside` runs all
    "pip install --editable '.[testing]'": "python -m pip install --quiet --no-index --no-deps --no-build-isolation "
    "--disable-pip-version-check --target site .",
    "pytest": "pytest tests/test_types.py tests/test_contract.py -k 'mypy or entry_point'",
    "pytest tests/test_engine.py": "pytest --llm-core-quick tests/test_engine.py",
}
ENVIRONMENT = "DEFAULT_LLM=third_party THIRD_PARTY_BASE_URL=http://localhost:8000/v1 THIRD_PARTY_MODEL=any"
# Without two clauses that measure the clock: other tests run meanwhile.
QUICK = ' --quick -k "not share.loop-goes-on and not stream.slow-reader"'
WHOLE_CONTRACT = re.compile(
    r"llm-core contract (?!.* -k )"
)  # checked in one mode for each clause: a quarter of the time


@attrs.frozen
class Run:
    """A command of the page, its exit code and output, and the output that the page shows."""

    command: str
    exit_code: int
    output: str
    shown: str
    folder: Path = TREE

    def lines(self) -> list[str]:
        """Return the lines of the output, without the ends that the page may leave out."""
        return [line.rstrip() for line in self.output.splitlines()]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Return the runs of all commands, in order, with each file written where the page writes it."""
    folder, done = tmp_path_factory.mktemp("empty"), list[Run]()
    for name, language, text in BLOCKS:
        match language:
            case "python" | "toml" if name:
                (folder / name).write_text(text, encoding="utf-8")
            case "python" if text.startswith("xfails = {"):
                pass  # a part of a class: `test_every_clause_that_the_page_names_exists` runs it
            case "text":
                done[-1] = attrs.evolve(done[-1], shown=text)
            case "sh":
                done += [_run(command, folder) for command in text.splitlines() if command not in SKIPPED]
                folder = folder / "third-party-chat" if "cd third-party-chat" in text else folder
            case _:
                pytest.fail(f"nothing is done with this block of the page, of {language}:\n{text}")
    return [attrs.evolve(run, folder=folder) for run in done]


def _run(command: str, folder: Path) -> Run:
    import_path = f"{folder}:{folder / 'site'}"  # what an editable install would add
    paths = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": import_path}
    settings = {"PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "120"}
    quick = QUICK if WHOLE_CONTRACT.match(command) else ""
    bash = ["bash", "-c", REPLACED.get(command, command) + quick]
    run = subprocess.run(
        bash, cwd=folder, env={**os.environ, **paths, **settings}, capture_output=True, text=True, check=False
    )
    return Run(command, run.returncode, run.stdout + run.stderr, "")


@pytest.mark.slow
def test_only_the_commands_that_the_page_announces_fail(runs: list[Run]) -> None:
    failing = [run.command for run in runs if run.exit_code]

    assert failing == [
        "llm-core contract tests.test_contract:TestThirdPartyChat -k answer.text",
        'pytest --llm-core-report report -k "answer.text and acomplete"',
        "llm-core contract tests.test_contract:TestThirdPartyChat",
        f'{ENVIRONMENT} llm-core chat "Hello?"',
    ], "\n".join(run.output for run in runs if run.exit_code)


@pytest.mark.slow
def test_the_output_that_the_page_shows_is_printed(runs: list[Run]) -> None:
    shown = [(run, [line.rstrip() for line in run.shown.splitlines()]) for run in runs if run.shown]

    assert [5, 1, 3] == [len(lines) for _, lines in shown]
    assert [] == [
        "\n".join([*lines, "is not in", run.output]) for run, lines in shown if not _is_in(lines, run.lines())
    ]


def _is_in(shown: list[str], printed: list[str]) -> bool:
    """Return whether consecutive lines of *printed* begin with the lines of *shown*; pytest begins some with ``E``."""
    printed = [line.removeprefix("E   ") for line in printed]
    size = len(shown)
    starts = [printed[start : start + size] for start in range(len(printed) - size + 1)]
    return any(all(_begins(line, with_) for line, with_ in zip(lines, shown, strict=True)) for lines in starts)


def _begins(line: str, shown: str) -> bool:
    return line.startswith(shown) or (shown.lstrip() == shown and line.lstrip().startswith(shown))


@pytest.mark.slow
def test_the_finished_adapter_breaks_only_the_media_clause_until_capabilities_are_declared(runs: list[Run]) -> None:
    last = [run for run in runs if "TestThirdPartyChat" in run.command][-2:]

    assert [["request.media"], []] == [re.findall(r"^BROKEN ([\w.-]+)", run.output, re.MULTILINE) for run in last]
    assert (last[-1].folder / "report" / "report.html").is_file()


def test_every_block_of_the_page_is_found() -> None:
    assert 2 * len(BLOCKS) == PAGE.count("```")


def test_the_page_writes_the_files_of_the_example() -> None:
    written = {name: text for name, _, text in BLOCKS if name and name != "tests/test_engine.py"}

    assert written == {name: (EXAMPLE / name).read_text(encoding="utf-8") for name in written}
    assert set(written) == {
        str(file.relative_to(EXAMPLE)) for file in EXAMPLE.rglob("*.*") if file.suffix in (".py", ".toml")
    }


def test_every_clause_that_the_page_names_exists() -> None:
    [table] = [text for name, language, text in BLOCKS if language == "python" and not name]
    names: dict[str, dict[str, str]] = {}
    exec(table, names)  # noqa: S102 -- the page is part of this project
    symptoms = re.findall(r"`([\w-]+\.[\w*-]+)`", "".join(re.findall(r"^\| .*? \|", PAGE, re.MULTILINE)))

    named = {*symptoms, *(name.partition("[")[0] for name in names["xfails"])}

    assert {"answer.text", "adapter.close*", "after.*"} <= named
    assert [] == [name for name in sorted(named) if not fnmatch.filter(CLAUSES, name)]


def test_the_page_lists_every_dialect() -> None:
    rows = PAGE.partition("| dialect |")[2].partition("\n\n")[0]

    assert sorted(DIALECTS) == sorted(re.findall(r"^\| `(\w+)`", rows, re.MULTILINE))
