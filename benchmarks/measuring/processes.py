"""Runs Python programs in child processes."""

import os
import resource
import subprocess
import sys

from benchmarks.measuring.rounds import QUIET, ROOT

TIMEOUT = 300.0  # seconds


def cpu_milliseconds(program: str) -> float:
    """Return the CPU milliseconds (user and system) of *program*, including the start of Python."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output_of(program)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def output_of(program: str, *arguments: str) -> str:
    """Return the stdout of *program*. Raises CalledProcessError if it fails."""
    return _run("-c", program, *arguments)


def output_of_module(name: str, *arguments: str) -> str:
    """Return the stdout of the module *name*, run as a program. Raises CalledProcessError if it fails."""
    return _run("-m", name, *arguments)


def _run(*arguments: str) -> str:
    # Without this variable the first process writes bytecode, as an installation does.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(  # noqa: S603 -- our own programs
        (sys.executable, *arguments),
        cwd=ROOT,
        env={**environment, **QUIET},
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    ).stdout.strip()
