"""A pytest plugin for runs in a copy of the project: it requires that the copy is imported, and writes what failed."""

import importlib
import json
import os
from pathlib import Path

import pytest

OUTCOMES = "LLM_CORE_OUTCOMES"  # the variable that names the file to write
_failed: set[str] = set()
_passed: set[str] = set()


def pytest_sessionstart() -> None:
    """Refuse to run over another llm_core than that of the working directory."""
    for name in ("llm_core", "llm_core.transport.attempt", "tests.security.recording"):
        module = importlib.import_module(name)
        if not Path(str(module.__file__)).is_relative_to(Path.cwd()):
            raise pytest.UsageError(f"{name} is imported from {module.__file__}, not from {Path.cwd()}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the outcome of a test; one that cannot be set up has none."""
    if report.when == "call":
        (_failed if report.failed else _passed).add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write the outcomes."""
    outcomes = {"passed": sorted(_passed), "failed": sorted(_failed)}
    Path(os.environ[OUTCOMES]).write_text(json.dumps(outcomes), encoding="utf-8")
