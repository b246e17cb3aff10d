"""The pytest options ``--llm-core-report DIR`` and ``--llm-core-quick``.

It stands beside the package, since pytest imports it in every run wherever this project is installed: there it must
cost nothing, and load nothing of `llm_core`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

OPTION = "--llm-core-report"
QUICK = "--llm-core-quick"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("llm-core")
    group.addoption(OPTION, metavar="DIR", help="write what the contract saw to DIR/report.html and DIR/report.json")
    group.addoption(QUICK, action="store_true", help="check each clause of a contract in one mode, not in all four")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a report, if one is asked for."""
    if folder := config.getoption(OPTION):
        try:
            from llm_core.testing.report.reporting import begin
        except ModuleNotFoundError as error:
            raise _missing(error) from error
        begin(config, folder)


def _missing(error: ModuleNotFoundError) -> Exception:
    import pytest

    return pytest.UsageError(f'{OPTION} needs {error.name}: pip install "llm-core[testing]"')
