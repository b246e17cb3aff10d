"""A pytest plugin that tries mutants, each in a fork of a process that has collected the tests.

In the fork the wrong code takes the place of the right code of the functions that are loaded. What it cannot try so is
left to `trial`: class bodies, defaults of parameters, and functions that ran when their module was imported.
"""

import importlib
import json
import os
import resource
import signal
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypedDict

import pytest

JOBS = "LLM_CORE_MUTANTS_JOBS"  # the variable that names the file of jobs, one JSON object a line
VERDICTS = "LLM_CORE_MUTANTS_VERDICTS"  # the variable that names the file to append to
HANGS = "a time limit"
_MEMORY = 8 << 30  # bytes of address space; a mutant may allocate in an endless loop
_KILLED = 1
_Codes: TypeAlias = dict[str, types.CodeType]


class Job(TypedDict):
    """A mutant to try: the whole *text* of *file* with it, None for the right code; and the time limit in seconds."""

    mutant: str
    title: str
    file: str | None
    text: str
    tests: list[str]
    seconds: float


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try each mutant with its tests, until one fails, and append what killed it."""
    items = {item.nodeid: item for item in session.items}
    report = session.config.pluginmanager.get_plugin("terminalreporter")
    for line in Path(os.environ[JOBS]).read_text(encoding="utf-8").splitlines():
        job: Job = json.loads(line)
        run = partial(_try, job, [items[test] for test in job["tests"] if test in items])
        killer = _result(run, job["seconds"])
        if killer is not None:
            with Path(os.environ[VERDICTS]).open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps({'mutant': job['mutant'], 'killer': killer})}\n")
        if report is not None:
            report.write_line(f"{job['title']}\n    {killer or 'not killed in a fork'}")
    return True


def _result(run: Callable[[int], None], seconds: float) -> str | None:
    """Return the test that fails in a fork that calls *run*; it is killed when it takes longer than *seconds*."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.setsid()
        run(writing)
    os.close(writing)
    ended, until = 0, time.monotonic() + seconds
    try:
        while not ended and time.monotonic() < until:
            time.sleep(0.01)
            ended, _ = os.waitpid(process, os.WNOHANG)
    finally:
        if not ended:
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
    with os.fdopen(reading, encoding="utf-8") as output:
        failed = output.read()
    return (failed or None) if ended else HANGS


def _try(job: Job, items: Sequence[pytest.Item], writing: int) -> None:
    """Run *items* with the mutant, write the id of the first that fails, and end the process."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        if job["file"] is None or _swap(job["file"], job["text"]):
            plugins = items[0].config.pluginmanager
            plugins.unregister(name="terminalreporter")
            plugins.register(_FirstFailure(writing))
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    finally:
        os._exit(0)


class _FirstFailure:
    """Ends the process at the first failure."""

    def __init__(self, writing: int) -> None:
        self._writing = writing

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(self._writing, report.nodeid.encode())
            os._exit(_KILLED)


def _swap(file: str, text: str) -> bool:
    """Replace the code of the loaded functions of *file* that differs in *text*; return whether any did."""
    module = importlib.import_module(file.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
    right, wrong = (_codes(compile(source, file, "exec")) for source in (Path(file).read_text(encoding="utf-8"), text))
    changed = {name: code for name, code in wrong.items() if code != right.get(name)}
    functions = _functions(vars(module), module.__name__, set())
    swapped = [function for function in functions if function.__qualname__ in changed]
    for function in swapped:
        code = changed[function.__qualname__]
        if code.co_freevars != function.__code__.co_freevars:
            return False
        function.__code__ = code
    return bool(swapped)


def _codes(code: types.CodeType) -> _Codes:
    """Return the code of the functions in *code* by qualified name; that of inner functions is in their outer one."""
    found: _Codes = {}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType) and "<locals>" not in constant.co_qualname:
            found |= {constant.co_qualname: constant} | _codes(constant)
    return found


def _functions(names: Mapping[str, object], module: str, seen: set[int]) -> Iterator[types.FunctionType]:
    for value in list(names.values()):
        inner = getattr(value, "__func__", value)
        inner = getattr(inner, "__wrapped__", inner)
        if isinstance(inner, types.FunctionType) and inner.__module__ == module:
            yield inner
        elif isinstance(inner, type) and inner.__module__ == module and id(inner) not in seen:
            seen.add(id(inner))
            yield from _functions(vars(inner), module, seen)
