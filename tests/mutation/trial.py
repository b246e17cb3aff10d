"""Tries a mutant in a copy of the project, each run of its tests in a process of its own."""

import asyncio
import os
import resource
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .chosen_tests import OPTIONS
from .forked import HANGS
from .generated import Mutant

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "build", "dist", "node_modules", ".*_cache", ".hypothesis", ".coverage*", ".setup"
)
FIRST = 60  # tests of the first run, which kills most mutants
MEMORY = 4 << 30  # bytes of address space; a mutant may allocate in an endless loop
START = 120.0  # seconds that Python and the imports may take on a busy machine
SLOWER = 10.0  # a test that takes so many times as long hangs
IMPORT = "an error while the tests were collected"


def copy_project(root: Path, to: Path) -> Path:
    """Copy *root* with its bytecode, which keeps the start of each run short, and return *to*."""
    shutil.copytree(root, to, ignore=NOT_COPIED)
    return to


async def killer(root: Path, copy: Path, mutant: Mutant, tests: Sequence[str], seconds: float) -> str | None:
    """Return the test that fails with *mutant* in *copy*, or None if it survives *tests*, which take *seconds*."""
    file = copy / mutant.file
    file.write_text(mutant.text, encoding="utf-8")
    try:
        for some in (tests[:FIRST], tests[FIRST:]):
            failed = await _first_failure(copy, some, seconds) if some else None
            if failed is not None:
                return failed
    finally:
        shutil.copy2(root / mutant.file, file)
    return None


async def _first_failure(copy: Path, tests: Sequence[str], seconds: float) -> str | None:
    """Return the first of *tests* that fails in *copy*, whose code alone is imported."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_"))}
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-x", "-m", "not call_lane", "--tb=no", "-rfE", *OPTIONS, *tests),
        cwd=copy,
        env={**kept, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C ends this process, which then ends those that it started
        preexec_fn=_limit_memory,
    )
    try:
        output, _ = await asyncio.wait_for(running.communicate(), START + SLOWER * seconds)
    except TimeoutError:
        return HANGS
    finally:
        if running.returncode is None:
            os.killpg(running.pid, signal.SIGKILL)
            await running.wait()
    return _failed(output.decode(errors="replace"), running.returncode, tests)


def _failed(output: str, code: int | None, tests: Sequence[str]) -> str | None:
    if code == 0:
        return None
    if "ERROR: not found:" in output or code == 5:  # pytest's code for no tests
        raise RuntimeError(f"These tests do not exist any more:\n{output}")
    lines = [line.partition(" ")[2] for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return next((test for line in lines for test in tests if line == test or line.startswith(f"{test} - ")), IMPORT)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
