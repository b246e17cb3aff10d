"""A pytest plugin that records which test runs which lines of the mutated packages, and the seconds of each test.

The lines are in coverage files whose contexts are node ids: one file for each process of pytest-xdist.
"""

import json
import os
from collections import defaultdict
from pathlib import Path

import coverage
import pytest

FOLDER = "LLM_CORE_MUTANTS_FOLDER"  # the variable that names the folder to write into
SOURCES = "LLM_CORE_MUTANTS_SOURCES"  # the variable that names the packages to measure
SECONDS = "seconds.json"
COVERAGE = "coverage"
CONTRACT = "tests/contract/"
_seconds: dict[str, float] = {}
_failed: set[str] = set()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start to measure in the process that runs tests: with pytest-xdist, in each worker."""
    runs_tests = hasattr(session.config, "workerinput") or not session.config.option.numprocesses
    if runs_tests:
        data_file, sources = Path(os.environ[FOLDER], COVERAGE), os.environ[SOURCES].split(os.pathsep)
        coverage.Coverage(data_file=data_file, data_suffix=True, config_file=False, source=sources).start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each clause of the contract in one class of its file, in turn: coverage over all wires takes minutes."""
    classes = defaultdict[str, set[str]](set)
    for item in items:
        classes[_clause(item)].add(_class(item))
    numbered = enumerate(sorted(classes))
    chosen = {clause: sorted(classes[clause])[number % len(classes[clause])] for number, clause in numbered}
    items[:] = [item for item in items if chosen[_clause(item)] == _class(item)]


def _clause(item: pytest.Item) -> str:
    return f"{_file(item)} {item.name.partition('[')[0]}" if _file(item).startswith(CONTRACT) else item.nodeid


def _class(item: pytest.Item) -> str:
    return item.nodeid.split("::")[1]


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Name the context after the test."""
    running = coverage.Coverage.current()
    if running is not None:
        running.switch_context(item.nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the seconds of a test; one that fails in any phase is left out at the end, as is an expected failure."""
    _seconds[report.nodeid] = _seconds.get(report.nodeid, 0.0) + report.duration
    if not report.passed:
        _failed.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the lines, or the seconds of the tests that passed."""
    running = coverage.Coverage.current()
    if running is not None:
        running.stop()
        running.save()
    if not hasattr(session.config, "workerinput"):
        passed = {test: seconds for test, seconds in _seconds.items() if test not in _failed}
        Path(os.environ[FOLDER], SECONDS).write_text(json.dumps(passed, indent=0), encoding="utf-8")
