"""An adapter that nobody here wrote, wrong in one line: the contract names the promise that it breaks, and no other.

The adapter is the stranger's; a fault is a change of its text. The laws are left out, which ask about everything once
more, and the sync colour, which is `from_async`'s.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

STRANGER = Path(__file__).parents[2] / "examples" / "stranger"
COMMAND = (sys.executable, "-m", "llm_core", "contract", "tests.test_contract:TestStrangerChat", "--report", "report")
WANTED = "(acomplete or astream) and not law. and not own."


@attrs.frozen(kw_only=True)
class Fault:
    """A line of the stranger's as it is, and as it must not be; the promises that this breaks, and where to look."""

    file: str
    right: str
    wrong: str
    breaks: tuple[str, ...]
    promise: str
    look: str


FAULTS: dict[str, Fault] = {
}


@attrs.frozen
class Run:
    """What a run of the contract came to."""

    exit_code: int
    said: str
    broken: tuple[str, ...]


def contract_over(adapter: Path) -> Run:
    paths = {"PYTHONPATH": str(adapter), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "120"}
    run = subprocess.run(
        [*COMMAND, "-k", WANTED],
        cwd=adapter,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    [contract] = json.loads((adapter / "report" / "report.json").read_text(encoding="utf-8"))["contracts"]
    failed = {result["clause"] for result in contract["results"] if result["outcome"] == "fail"}
    assert len(contract["results"]) > 200, run.stderr
    return Run(run.returncode, run.stdout + run.stderr, tuple(sorted(failed)))


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_breaks_the_promise_that_it_is_against_and_no_other(name: str, tmp_path: Path) -> None:
    fault, adapter = FAULTS[name], tmp_path / "stranger"
    shutil.copytree(STRANGER, adapter, ignore=shutil.ignore_patterns(".*"))
    source = adapter / "stranger_chat" / fault.file
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")

    run = contract_over(adapter)

    assert 1 == text.count(fault.right)
    assert (1, fault.breaks) == (run.exit_code, run.broken)
    [told] = [part for part in run.said.split("\nBROKEN ") if part.startswith(f"{fault.breaks[0]} ")]
    assert fault.promise in told.splitlines()[0]
    assert fault.look in told.partition("  look at: ")[2].splitlines()[0]
