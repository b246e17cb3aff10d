"""Leaves out of `make test` what has too many slow variants to be collected there."""

from pathlib import Path

import pytest

_WHOLE = ("test_wrappers_whole.py", "test_wrappers_stacked.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore the whole contract of each wrapper in a run that does not select slow tests."""
    expression = str(config.getoption("markexpr"))
    selects_slow = "slow" in expression and "not slow" not in expression
    return True if not selects_slow and collection_path.name in _WHOLE else None
