"""Each test that docs/security.md names passes, and fails once the promise that it holds is broken on purpose."""

from pathlib import Path

import pytest

from .copies import apply, copy_project, run
from .promise import Fault
from .promises import PROMISES

pytestmark = pytest.mark.slow  # a run of pytest for each fault: `make security`

FAULTS = {
    f"{promise.begins}, {number}": fault for promise in PROMISES for number, fault in enumerate(promise.faults, 1)
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project, as it is."""
    return copy_project(tmp_path_factory.mktemp("right") / "project")


def test_every_test_of_a_promise_passes(copy: Path) -> None:
    tests = {test for promise in PROMISES for test in promise.tests}

    outcome = run(copy, sorted(tests))

    assert frozenset() == outcome.failed, outcome.output
    assert len(outcome.passed) >= len(tests)


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_promise_fails_its_tests(name: str, copy: Path, tmp_path: Path) -> None:
    fault: Fault = FAULTS[name]
    broken = copy_project(tmp_path / "project", copy)
    apply(fault, broken)

    outcome = run(broken, fault.tests)

    assert [] == outcome.unbroken(fault.tests), outcome.output
