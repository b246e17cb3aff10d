"""Measure LiteLLM's gateway, print the table, and write `docs/gateway.md`: ``python -m tests.gateway.run``."""

import argparse
import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from .installed import missing
from .losses import LOCKED, NEWEST
from .measuring import BEHAVIOURS, MORE, Result, groups, measure
from .page import PAGE, cell, is_lost, no_longer_lost, page, summary
from .processes import NotStartedError, ending_on_signals
from .stack import running

_CROWD = 200
_PLAIN_WIDTH = 200  # characters per line, if stdout is not a terminal


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", choices=(LOCKED, NEWEST), help="measure only this one, and do not write the page")
    parser.add_argument("--behaviour", default="", help="measure only those whose name has this, and write no page")
    parser.add_argument("--crowd", type=int, default=_CROWD, help="calls at once")
    options = parser.parse_args()
    if why := missing():
        sys.exit(f"skipped: {why}")
    logging.disable()  # a warning for each adapter about the gateway's version
    versions = (options.version,) if options.version else (LOCKED, NEWEST)
    try:
        results = {version: _measured(version, options.behaviour, options.crowd) for version in versions}
    except NotStartedError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("interrupted: what was started has ended")
    _print(results)
    if not (options.version or options.behaviour):
        PAGE.write_text(page(results), encoding="utf-8")
    if kept := no_longer_lost(results):
        sys.exit(f"no longer lost, so that the table of losses is to be changed: {'; '.join(kept)}")
    sys.exit(any(one.differs and not is_lost(one, version) for version, of_one in results.items() for one in of_one))


def _measured(version: str, wanted: str, crowd: int) -> list[Result]:
    chosen = [one for one in (*BEHAVIOURS, *MORE) if wanted in one.name]
    with _progress(f"LiteLLM {version}") as report, ending_on_signals() as ends:
        report("starts")
        stack = ends.enter_context(running(groups, gateways=2, newest=version == NEWEST))
        return list(measure(stack, chosen, crowd, report))


@contextmanager
def _progress(title: str) -> Iterator["_Report"]:
    report = _Report(title)
    yield report
    report("has ended")
    sys.stderr.write("\n")


class _Report:
    """Writes what is being done to stderr, with the seconds since the start: on a terminal into one line."""

    def __init__(self, title: str) -> None:
        self._title, self._began = title, time.monotonic()
        self._begin, self._end = ("\r\x1b[K", "") if sys.stderr.isatty() else ("", "\n")

    def __call__(self, step: str) -> None:
        seconds = time.monotonic() - self._began
        sys.stderr.write(f"{self._begin}{self._title}, {seconds:.0f} s: {step}{self._end}")
        sys.stderr.flush()


def _print(results: Mapping[str, Sequence[Result]]) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=_PLAIN_WIDTH, no_color=True, force_terminal=False)
    table = Table("Behaviour", "Promised", *results)
    for behaviour in (*BEHAVIOURS, *MORE):
        cells = [cell(behaviour, of_one, version) for version, of_one in results.items()]
        if any(one != "not measured" for one in cells):
            table.add_row(behaviour.name, behaviour.promise, *map(_highlighted, cells))
    console.print(table)
    for version, of_one in results.items():
        console.print(summary(version, of_one).replace("*", ""))


def _highlighted(text: str) -> str:
    return f"[{'green' if text == 'right' else 'red' if 'WRONG' in text else 'yellow'}]{text.replace('`', '')}[/]"


if __name__ == "__main__":
    main()
