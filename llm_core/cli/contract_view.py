"""Shows the progress and the results of a contract run, on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .console import Screen

if TYPE_CHECKING:
    import pytest

    from llm_core.testing.report.comparison import Worse
    from llm_core.testing.report.results import ContractRun, Report, Result

_COLUMNS = ("-", "complete", "stream", "acomplete", "astream")
_HEADS = ("clause", "once", *_COLUMNS[1:])
_STYLES = {"✗": "bold white on red", "◐": "yellow", "⊘": "magenta", "✓": "green"}
_MAX_LINES = 12  # of a message; the report page shows all


class Progress:
    """A pytest plugin that shows the progress and keeps the report."""

    def __init__(self, screen: Screen) -> None:
        """Show the progress on *screen*."""
        self.report: Report | None = None
        self.worse: list[str] = []
        self.interrupted: bool = False
        self._screen = screen
        self._done = self._failed = self._total = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the checks."""
        self._total = len(session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the checks that are done, and the failures."""
        self._failed += report.failed
        self._done += report.when == "teardown"
        self._screen.status(f"{self._done} of {self._total} checks, {self._failed} failed")

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that the user pressed Ctrl-C."""
        self.interrupted = True

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Keep the report."""
        self._screen.status("")
        reporting = config.pluginmanager.get_plugin("llm-core-report")
        self.report = getattr(reporting, "report", None)
        worse: Sequence[Worse] | None = getattr(reporting, "worse", None)
        if worse is not None:
            from llm_core.testing.report.worse_list import worse_lines

            self.worse = list(worse_lines(worse, Path(getattr(reporting, "baseline", "")).name))


def show(report: Report, screen: Screen, folder: Path | None, worse: Sequence[str] = ()) -> None:
    """Write the results of *report*, and the lines of *worse*, the most important last: a terminal shows the end."""
    from llm_core.testing.report.cells import headline

    for contract in report.contracts:
        screen.table(_HEADS, _rows(contract, as_text=not screen.interactive), styles=_STYLES)
        for line in _lines(contract):
            screen.write(line)
    for line in worse:
        screen.write(line)
    if folder is not None:
        screen.write(f"report: {folder / 'report.html'}")
    screen.write(headline(report))


def _rows(contract: ContractRun, *, as_text: bool) -> Iterator[list[str]]:
    from llm_core.testing.report.cells import cell_text, short_cell

    shown = cell_text if as_text else short_cell
    for clause, checks in contract.by_clause().items():
        by_mode = [[check for check in checks if check.mode == mode] for mode in _COLUMNS]
        yield [clause, *(shown(some) if some else "" for some in by_mode)]


def _lines(contract: ContractRun) -> Iterator[str]:
    from llm_core.testing.report.cells import spent, totals, which
    from llm_core.testing.report.results import Outcome

    for clause, checks in contract.by_clause().items():
        reasons = dict.fromkeys((c.outcome, c.message) for c in checks if c.outcome in (Outcome.XFAIL, Outcome.SKIP))
        yield from (f"{outcome} {clause}: {reason}" for outcome, reason in reasons)
    for clause, checks in contract.by_clause().items():
        failed = [check for check in checks if check.outcome is Outcome.FAIL]
        if failed:
            more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
            yield f"\nBROKEN {clause} ({which(failed[0])}{more}): {failed[0].sentence}"
            yield from _indented(failed[0])
    about = f" ({', '.join(facts)})" if (facts := [fact for fact in (contract.version, contract.model) if fact]) else ""
    yield f"{contract.adapter or contract.name}{about}: {totals(contract.counts)}"
    if contract.usage is not None:
        yield spent(contract.usage)


def _indented(check: Result) -> Iterator[str]:
    lines = check.message.splitlines()
    yield from (f"    {line}" for line in lines[:_MAX_LINES])
    if len(lines) > _MAX_LINES:
        yield f"    ... {len(lines) - _MAX_LINES} more lines"
    if check.look:
        yield f"  look at: {check.look}"
    yield from (f"  at {place}" for place in check.places)
