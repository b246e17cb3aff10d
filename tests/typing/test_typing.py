"""Programs of users, checked by mypy as a user runs it."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType

import attrs
import pytest

import llm_core
import llm_core.adapters.memory
import llm_core.wrappers
from tests.unit.test_readme import PROGRAM as README

HERE = Path(__file__).parent
CONFIG = HERE / "user.ini"
OWN_PROGRAMS = ("accepted_program.py", "wrapper_program.py", "rejected_program.py")
MODULES = (llm_core, llm_core.adapters.memory, llm_core.wrappers)
ASYNC = "typing.Coroutine[Any, Any, "  # the type that mypy gives to every `async def`
PROTOCOL_METHODS = {
    "__add__",
    "__aenter__",
    "__aiter__",
    "__anext__",
    "__enter__",
    "__iter__",
    "__next__",
}


@pytest.fixture(scope="module")
def cache(request: pytest.FixtureRequest) -> Path:
    """The cache that the runs of mypy share."""
    return request.config.cache.mkdir("mypy")


@pytest.fixture(scope="module")
def lines(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """The lines of mypy's output for each program, in one run: most of it goes into reading llm_core."""
    folder = tmp_path_factory.mktemp("programs")
    generated = {"readme_program.py": README, "revealing_program.py": _revealing_program()}
    for name, text in generated.items():
        (folder / name).write_text(text, encoding="utf-8")
    programs = [*(HERE / name for name in OWN_PROGRAMS), *(folder / name for name in generated)]
    found: dict[str, list[str]] = {program.name: [] for program in programs}
    for line in _mypy(cache, *programs).splitlines():
        found[Path(line.partition(":")[0]).name].append(line)
    return found


@pytest.mark.parametrize("program", ["accepted_program.py", "wrapper_program.py"])
def test_mypy_accepts_the_accepted_programs_and_sees_no_any(lines: Mapping[str, list[str]], program: str) -> None:
    assert [] == lines[program]


def test_mypy_accepts_the_snippets_of_the_readme(lines: Mapping[str, list[str]]) -> None:
    assert [] == lines["readme_program.py"]


@pytest.mark.slow  # `make types` reads the programs too, and pydantic takes mypy ten seconds the first time
@pytest.mark.parametrize("program", ["typed_program.py", "tools_program.py"])
def test_mypy_infers_the_types_of_answers_and_tools(program: str, cache: Path) -> None:
    assert "" == _mypy(cache, HERE / program)


@pytest.mark.slow
def test_mypy_accepts_a_router_of_litellm(cache: Path) -> None:
    assert "" == _mypy(cache, HERE / "router_program.py", config=HERE / "router.ini")


def test_mypy_rejects_the_rejected_program_line_by_line(lines: Mapping[str, list[str]]) -> None:
    output = "\n".join(lines["rejected_program.py"])

    errors = re.findall(r":(\d+): error: .*\[([a-z-]+)\]$", output, re.MULTILINE)
    found = Counter((int(line), code) for line, code in errors)
    assert _expected(HERE / "rejected_program.py") == found


def test_no_exported_type_contains_any(lines: Mapping[str, list[str]]) -> None:
    output = lines["revealing_program.py"]

    revealed = [line for line in output if "Revealed type" in line]
    assert _revealing_program().count("reveal_type") == len(revealed)
    assert [] == [line for line in output if ": error:" in line]
    assert [] == [line for line in revealed if re.search(r"\bAny\b", line.replace(ASYNC, ""))]


def _mypy(cache: Path, *programs: Path, config: Path = CONFIG) -> str:
    command = [sys.executable, "-m", "mypy", "--no-error-summary", f"--config-file={config}"]
    run = subprocess.run(
        [*command, f"--cache-dir={cache}", *map(str, programs)],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE,  # outside of the project: a user sees the installed package
    )
    assert not run.stderr
    return run.stdout


def _expected(program: Path) -> Counter[tuple[int, str]]:
    lines = enumerate(program.read_text().splitlines(), 1)
    comments = ((number, line.partition("# expect: ")[2]) for number, line in lines)
    return Counter((number, code) for number, codes in comments if codes for code in codes.split(", "))


def _revealing_program() -> str:
    """Return a program that reveals each exported name, and what can be read from or called on a value of it."""
    lines = [f"import {module.__name__}" for module in MODULES]
    for module in MODULES:
        for name in module.__all__:
            path = f"{module.__name__}.{name}"
            lines += _revealing(path, getattr(module, name))
    return "\n".join(lines) + "\n"


def _revealing(path: str, thing: object) -> list[str]:
    if isinstance(thing, FunctionType):
        return [f"reveal_type({path})"]
    arguments = ", ".join("object" for _ in getattr(thing, "__parameters__", ()))
    form = f"{path}[{arguments}]" if arguments else path
    function = f"def of_{path.replace('.', '_')}(value: {form}) -> None:"
    if not isinstance(thing, type):  # an alias
        return [function, "    reveal_type(value)"]
    constructor = [] if getattr(thing, "_is_protocol", False) else [f"reveal_type({path})"]
    members = [f"    reveal_type(value.{name})" for name in _members(thing)]
    return [*constructor, function, "    reveal_type(value)", *members]


def _members(class_: type) -> list[str]:
    if attrs.has(class_):
        fields = {field.name for field in attrs.fields(class_)}
    elif issubclass(class_, llm_core.ChatError):
        fields = set(vars(class_()))
    else:
        fields = set()
    inherited = {name for parent in (object, Exception, str) for name in dir(parent)}
    public = {name for name in dir(class_) if not name.startswith("_") and name not in inherited}
    return sorted(fields | public | (PROTOCOL_METHODS & set(dir(class_)) - inherited))
