"""Python programs in processes of their own."""

import os
import resource
import subprocess
import sys

from benchmarks.measuring.rounds import QUIET, ROOT

PATIENCE = 300.0  # seconds


def cpu_milliseconds(program: str) -> float:
    """Return the CPU (user and system) of running *program*, the start of Python included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output_of(program)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def output_of(program: str, *arguments: str) -> str:
    """Return what *program* prints. CalledProcessError: it failed."""
    return _run("-c", program, *arguments)


def output_of_module(name: str, *arguments: str) -> str:
    """Return what the module *name*, run as a program, prints. CalledProcessError: it failed."""
    return _run("-m", name, *arguments)


def _run(*arguments: str) -> str:
    # Without the variable the first process leaves byte code behind, as an installation does.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(  # noqa: S603 -- our own programs
        (sys.executable, *arguments),
        cwd=ROOT,
        env={**environment, **QUIET},
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    ).stdout.strip()
