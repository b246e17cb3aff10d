"""Play every fault on both lanes, print the table, and write `docs/faults.md`: ``python -m tests.faults.matrix``."""

import argparse
import logging
import sys
import time
import warnings
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from llm_core.adapters.litellm import litellm_module

from .cells import LANES, Lane, cells
from .page import PAGE, all_right, differing, page, phases, promise, right
from .runner import Result, run

_PROGRESS_INTERVAL = 0.5  # seconds
_PLAIN_WIDTH = 200  # characters per line, if stdout is not a terminal


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lane", choices=LANES, help="play only this lane, and do not write the page")
    parser.add_argument(
        "--fault", default="", help="play only faults whose name contains this, and do not write the page"
    )
    options = parser.parse_args()
    _quieten()
    lanes: tuple[Lane, ...] = (options.lane,) if options.lane else LANES
    results = {lane: _played(lane, options.fault) for lane in lanes}
    _print(results)
    if not (options.lane or options.fault):
        PAGE.write_text(page(results), encoding="utf-8")
    sys.exit(any(result.differs for result in results.get("direct", ())))


def _quieten() -> None:
    """Silence the warnings about the clients that LiteLLM leaves open."""
    litellm_module.litellm()
    logging.disable()
    warnings.simplefilter("ignore")


def _played(lane: Lane, wanted: str) -> list[Result]:
    chosen = [cell for cell in cells(lane) if wanted in cell.fault.name]
    began, last, results = time.monotonic(), 0.0, list[Result]()
    for result in run(chosen, threads=12 if lane == "direct" else 4):
        results.append(result)
        if time.monotonic() - last > _PROGRESS_INTERVAL or len(results) == len(chosen):
            last = time.monotonic()
            end = "\n" if len(results) == len(chosen) else "\r" if sys.stderr.isatty() else "\n"
            sys.stderr.write(f"{lane} lane: {len(results)} of {len(chosen)} cells, {last - began:.0f} s   {end}")
            sys.stderr.flush()
    return results


def _print(results: dict[Lane, list[Result]]) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=_PLAIN_WIDTH, no_color=True, force_terminal=False)
    table = Table("Fault", "Promised", "Retry", "After", *(f"{lane} lane" for lane in results), "Observed instead")
    for phase, faults in phases():
        table.add_section()
        table.add_row(f"[bold]{phase}[/bold]")
        for fault in faults:
            name, error_class, retry, wait = (cell.strip(" `") for cell in promise(fault).split("|")[1:-1])
            counts = [_highlighted(right(fault, of_lane), all_right(fault)) for of_lane in results.values()]
            seen = "; ".join(filter(None, (differing(fault, of_lane) for of_lane in results.values())))
            table.add_row(name, error_class, retry, wait, *counts, seen)
    console.print(table)
    for lane, of_lane in results.items():
        console.print(f"{lane} lane: {_right(of_lane)} of {len(of_lane)} cells are right")


def _highlighted(count: str, full: str) -> str:
    return f"[{'green' if count == full else 'yellow'}]{count}[/]"


def _right(results: Sequence[Result]) -> int:
    return sum(not result.differs for result in results)


if __name__ == "__main__":
    main()
