"""The pytest options of contracts, all named ``--llm-core-...``.

pytest imports this module in every run wherever this project is installed, so it must cost nothing. It is a module
beside the package: importing it loads nothing of `llm_core`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

OPTION = "--llm-core-report"
BASELINE = "--llm-core-baseline"
QUICK = "--llm-core-quick"
SEED = "--llm-core-seed"
EXAMPLES = "--llm-core-examples"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("llm-core")
    group.addoption(OPTION, metavar="DIR", help="write the results of contracts to DIR/report.html and DIR/report.json")
    group.addoption(
        BASELINE, metavar="FILE", help="with --llm-core-report: show what is worse than in this report.json"
    )
    group.addoption(QUICK, action="store_true", help="check each clause of a contract in one mode instead of all four")
    group.addoption(SEED, metavar="N", type=int, help="the seed of the values that a contract draws; 0 by default")
    group.addoption(
        EXAMPLES,
        metavar="N",
        type=int,
        help="how many values each law of a contract draws; 10 by default, in a quick run 4",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start a report, if the option is given."""
    if folder := config.getoption(OPTION):
        try:
            from llm_core.testing.report.reporting import begin
        except ModuleNotFoundError as error:
            raise _missing_extra(error) from error
        begin(config, folder)


def _missing_extra(error: ModuleNotFoundError) -> Exception:
    import pytest

    return pytest.UsageError(f'{OPTION} needs {error.name}: pip install "llm-core[testing]"')
