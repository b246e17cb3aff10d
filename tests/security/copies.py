"""Runs tests in a copy of the project, in which one place may be wrong."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import attrs

from .promise import Fault
from .recording import OUTCOMES

PROJECT = Path(__file__).parents[2]
COPIED = ("llm_core", "llm_core_pytest.py", "tests", "examples", "requirements", "pyproject.toml", "README.md")
TIMEOUT = 300  # seconds of one run
_PLUGINS = ("no:cacheprovider", "tests.security.recording", "tests.mutation.quick_examples")
_OPTIONS = ("-q", "-m", "call_lane or not call_lane", "--hypothesis-profile=mutants", "--tb=short")


@attrs.frozen
class Outcome:
    """The tests of a run, by node id, and what pytest printed."""

    passed: frozenset[str]
    failed: frozenset[str]
    output: str

    def unbroken(self, tests: Iterable[str]) -> list[str]:
        """Return those of *tests* that have not failed; a test with parameters fails with one of them."""
        return [test for test in tests if not any(_is_of(test, failed) for failed in self.failed)]


def _is_of(test: str, node: str) -> bool:
    return node == test or node.startswith(f"{test}[")


def copy_project(to: Path, original: Path = PROJECT) -> Path:
    """Copy what tests need from *original*, bytecode too, and return *to*."""
    to.mkdir()
    for name in COPIED:
        if (original / name).is_dir():
            shutil.copytree(original / name, to / name, ignore=shutil.ignore_patterns(".*", "node_modules"))
        else:
            shutil.copy2(original / name, to)
    return to


def apply(fault: Fault, copy: Path) -> None:
    """Break the promise in *copy*."""
    file = copy / fault.file
    text = file.read_text(encoding="utf-8")
    if text.count(fault.right) != 1:
        raise AssertionError(f"{fault.file} holds {text.count(fault.right)} times, not once: {fault.right}")
    file.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")


def run(copy: Path, tests: Iterable[str]) -> Outcome:
    """Return the outcome of *tests* in *copy*, whose code alone is imported."""
    outcomes = copy / "outcomes.json"
    plugins = (option for plugin in _PLUGINS for option in ("-p", plugin))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_"))}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *_OPTIONS, *tests],
        cwd=copy,
        env={**kept, "PYTHONPATH": str(copy), OUTCOMES: str(outcomes), "FUZZ_BRIEFLY": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    output = ended.stdout + ended.stderr
    if ended.returncode not in (0, 1):  # the tests passed, or some failed
        raise AssertionError(f"pytest ended with {ended.returncode}:\n{output}")
    found = json.loads(outcomes.read_text(encoding="utf-8"))
    return Outcome(frozenset(found["passed"]), frozenset(found["failed"]), output)
