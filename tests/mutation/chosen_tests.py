"""Chooses the tests that run the line of a mutant.

Coverage contexts say which they are. They are kept under ``build/mutants``, for one state of llm_core: a test file is
run under coverage when it is new or has changed.
"""

import ast
import hashlib
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import coverage

from .contexts import COVERAGE, FOLDER, SECONDS, SOURCES

PLUGINS = ("no:cacheprovider", "tests.mutation.fresh_caches", "tests.mutation.quick_examples")
OPTIONS = (
    *(word for name in PLUGINS for word in ("-p", name)),
    "-q",
    "--hypothesis-profile=mutants",
    "--llm-core-quick",
)
OUTER = (
    "*dialect*", "*documents", "*example", "async_streams_freed", "bench*", "boot*", "budget", "cached", "cli_*",
    "demo", "env_settings", "expectations", "failure_text", "fake_provider", "fallback", "field_docstrings", "folders",
    "function_tool", "hedged", "imports_of_a_call", "in_memory_*", "interpreter_exit", "limited", "linear_time",
    "links", "litellm_*", "local_annotations", "logged", "mistakes", "named_scenarios", "process_watch",
    "provenance", "public_face", "pytest_plugin", "queue_worker", "readme", "recorded*", "report", "research_agent",
    "retrying*", "run_tests", "saved_conversation", "scenario_reprs", "sse_writer", "static", "tape_file", "toolbox",
    "tools_page", "traced*", "transport_garbage_collection", "transport_many_at_once", "typed_*", "weather_agent",
    "where_is_what", "wrapper*", "writing_*",
)  # fmt: skip # unit tests of what stands outside the mutated packages: slow, and few of them would notice a mutant
CONTRACTS = ("tests/contract/test_direct_chat.py", "tests/contract/test_in_memory_chat.py")
DEFAULTS = "get_type_hints"  # in the files of tests that look at all fields and parameters
FILES = "files.json"  # the digests of the test files that have been run
MAX_TESTS = 1000  # of one mutant
MAX_SECONDS = 600.0  # the sum over the tests of one mutant, as each took under coverage
AT_ONCE = 5  # so many tests of a file come before those of the next


@attrs.frozen
class ChosenTests:
    """The tests of a state of llm_core: the seconds of each, which lines it runs, and the digest of each test file."""

    root: Path
    seconds: Mapping[str, float]
    data: coverage.CoverageData
    digests: Mapping[str, str]

    def of(self, file: str, line: int) -> list[str]:
        """Return the tests that run *line* of *file*: first those of the files that import it or bear its name.

        Of the others five of each file, the fastest, then five more of each.
        """
        text = (self.root / file).read_text(encoding="utf-8")
        if name := _class_with_field(text, line):
            return list(self._affordable(self._ordered(self._naming(name, DEFAULTS), file)))
        contexts = self.data.contexts_by_lineno(str(self.root / file))
        for lines in _spans(text, line):
            tests = {test for number in lines for test in contexts.get(number, ()) if test in self.seconds}
            if tests:
                return list(self._affordable(self._ordered(tests | self._naming(DEFAULTS), file)))
        return []

    def _naming(self, *names: str) -> set[str]:
        """Return the tests of the files that contain one of *names*."""
        files = {file for name in names for file in self._files_with(name)}
        return {test for test in self.seconds if _file(test) in files}

    def _files_with(self, name: str) -> set[str]:
        return {file for file in self.digests if name in (self.root / file).read_text(encoding="utf-8")}

    def state(self, tests: Sequence[str]) -> str:
        """Return a digest of *tests* and of the files that they are in."""
        files = sorted({_file(test) for test in tests})
        return hashlib.sha256("\n".join((*tests, *(self.digests[file] for file in files))).encode()).hexdigest()

    def _ordered(self, tests: set[str], mutated: str) -> list[str]:
        module = mutated.removesuffix(".py").replace("/", ".")
        near = self._files_with(f"{module} import") | {f"tests/unit/test_{module.rpartition('.')[2]}.py"}
        seen: defaultdict[str, int] = defaultdict(int)
        ordered: list[tuple[int, float, str]] = []
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            file = _file(test)
            ordered.append((0 if file in near else 1 + seen[file] // AT_ONCE, self.seconds[test], test))
            seen[file] += 1
        return [test for *_, test in sorted(ordered)]

    def _affordable(self, tests: Sequence[str]) -> Iterator[str]:
        spent = 0.0
        for test in tests[:MAX_TESTS]:
            spent += self.seconds[test]
            if spent > MAX_SECONDS:
                return
            yield test


def chosen_tests(root: Path, home: Path, packages: Sequence[str], workers: int) -> ChosenTests:
    """Return the tests of *root*, of which those that are not yet in *home* are run."""
    unit = {str(file.relative_to(root)) for file in (root / "tests/unit").glob("test_*.py")}
    outer = {str(file.relative_to(root)) for name in OUTER for file in (root / "tests/unit").glob(f"test_{name}.py")}
    gathered = _Gathered(root, home, [str(root / "llm_core" / package) for package in packages], workers)
    gathered.add(sorted(unit - outer), "not slow and not call_lane")
    gathered.add(CONTRACTS, "not call_lane")
    data = coverage.CoverageData(str(home / COVERAGE))
    data.read()
    return ChosenTests(root, _seconds(home / SECONDS), data, _digests(home / FILES))


@attrs.frozen
class _Gathered:
    root: Path
    home: Path
    sources: Sequence[str]
    workers: int

    def add(self, files: Sequence[str], marker: str) -> None:
        """Run those of *files* that have changed, and add their lines and seconds to what is kept."""
        known, now = _digests(self.home / FILES), {file: _digest(self.root / file) for file in files}
        stale = [file for file in files if known.get(file) != now[file]]
        if not stale:
            return
        sys.stdout.write(f"Which test runs which lines: {len(stale)} files of tests under coverage\n")
        fresh = self.home / "fresh"
        fresh.mkdir(exist_ok=True)
        self._run(stale, marker, fresh)
        combined = coverage.Coverage(data_file=self.home / COVERAGE, config_file=False)
        combined.load()
        combined.combine([str(fresh)])
        combined.save()
        kept = {test: seconds for test, seconds in _seconds(self.home / SECONDS).items() if _file(test) not in stale}
        _write(self.home / SECONDS, kept | _seconds(fresh / SECONDS))
        _write(self.home / FILES, known | {file: now[file] for file in stale})

    def _run(self, files: Sequence[str], marker: str, folder: Path) -> None:
        """Run *files*; a test that fails is not chosen, so that its failure does not matter here."""
        parallel = ("-n", str(self.workers), "--dist", "worksteal") if self.workers > 1 else ()
        options = (*OPTIONS, "--hypothesis-profile=lines", "-p", "tests.mutation.contexts")
        command = [sys.executable, "-m", "pytest", *options, *parallel]
        environment = {**os.environ, FOLDER: str(folder), SOURCES: os.pathsep.join(self.sources)}
        ended = subprocess.run([*command, "-m", marker, *files], cwd=self.root, env=environment, check=False)
        if ended.returncode not in (0, 1):
            raise SystemExit(f"The tests cannot be run: pytest ended with {ended.returncode}")


def _class_with_field(text: str, line: int) -> str | None:
    """Return the name of the class in whose body *line* stands, outside its methods: no test runs that."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt) and line in _lines(node)]
    if any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in nodes):
        return None
    return next((node.name for node in nodes if isinstance(node, ast.ClassDef)), None)


def _spans(text: str, line: int) -> Iterator[Sequence[int]]:
    """Yield the lines to look for: the line, else the statement, the function, the class or the file around it.

    A signature runs when its module is imported, and a cached function not in each test.
    """
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt) and line in _lines(node)]
    around = nodes[::-1]  # the innermost first
    functions = [node for node in around if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    if functions and line >= functions[0].body[0].lineno:
        yield [line]
        yield _lines(around[0])
    for node in around:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield _run_lines(node)
    yield _run_lines(ast.parse(text))
    yield range(1, text.count("\n") + 1)


def _run_lines(node: ast.AST) -> list[int]:
    """Return the lines of the functions in *node*, which a test runs when it calls them."""
    functions = [inner for inner in ast.walk(node) if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [line for function in functions for line in range(function.body[0].lineno, _lines(function).stop)]


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _file(test: str) -> str:
    return test.partition("::")[0]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _seconds(file: Path) -> dict[str, float]:
    return {str(test): float(seconds) for test, seconds in _json(file).items()}


def _digests(file: Path) -> dict[str, str]:
    return {str(name): str(digest) for name, digest in _json(file).items()}


def _json(file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return loaded


def _write(file: Path, value: Mapping[str, object]) -> None:
    file.write_text(json.dumps(value, indent=0), encoding="utf-8")
