"""The command that runs the tests: what fails twice fails, and what passes alone is named."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[2] / ".ci" / "run_tests.py"
TESTS = """
from pathlib import Path

def test_that_fails_once():
    seen = Path(__file__).with_name("seen")
    if not seen.exists():
        seen.touch()
        raise AssertionError

def test_that_passes():
    pass
"""
BROKEN = (
    TESTS
    + """
def test_that_fails():
    raise AssertionError
"""
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tests", "expected_code", "expected_word"),
    [
        pytest.param(
            TESTS, 0, "UNSTABLE: failed beside other tests, passed alone:\n    test_made_up.py::test_that_fails_once"
        ),
        pytest.param(BROKEN, 1, "1 failed, 1 passed"),
        pytest.param("import nothing_of_that_name", 2, "ModuleNotFoundError"),
    ],
    ids=["a test that fails once", "a test that fails", "a file that cannot be imported"],
)
def test_what_fails_is_run_once_more_alone(tests: str, expected_code: int, expected_word: str, tmp_path: Path) -> None:
    (tmp_path / "test_made_up.py").write_text(tests)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    ended = subprocess.run(
        [sys.executable, COMMAND, "-n", "0", "."], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (expected_code, True) == (ended.returncode, expected_word in ended.stdout)
