"""``python -m tests.faults.matrix``: plays every fault on both lanes, prints one table, and writes `docs/faults.md`."""

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
from .running import Result, run

_TELLS = 0.5  # seconds between two words of progress
_PLAIN_WIDTH = 200  # characters a line, where no terminal says how wide it is


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lane", choices=LANES, help="this one alone; the page is then left as it is")
    parser.add_argument("--fault", default="", help="those alone whose name holds this; the page is then left as it is")
    told = parser.parse_args()
    _quieten()
    lanes: tuple[Lane, ...] = (told.lane,) if told.lane else LANES
    results = {lane: _played(lane, told.fault) for lane in lanes}
    _print(results)
    if not (told.lane or told.fault):
        PAGE.write_text(page(results), encoding="utf-8")
    sys.exit(any(result.differs for result in results.get("direct", ())))


def _quieten() -> None:
    """LiteLLM leaves clients open until the process ends, and each complains."""
    litellm_module.litellm()
    logging.disable()
    warnings.simplefilter("ignore")


def _played(lane: Lane, wanted: str) -> list[Result]:
    chosen = [cell for cell in cells(lane) if wanted in cell.fault.name]
    began, last, results = time.monotonic(), 0.0, list[Result]()
    for result in run(chosen, at_once=12 if lane == "direct" else 4):
        results.append(result)
        if time.monotonic() - last > _TELLS or len(results) == len(chosen):
            last = time.monotonic()
            end = "\n" if len(results) == len(chosen) else "\r" if sys.stderr.isatty() else "\n"
            sys.stderr.write(f"{lane} lane: {len(results)} of {len(chosen)} cells, {last - began:.0f} s   {end}")
            sys.stderr.flush()
    return results


def _print(results: dict[Lane, list[Result]]) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=_PLAIN_WIDTH, no_color=True, force_terminal=False)
    table = Table("Fault", "Promised", "Retry", "After", *(f"{lane} lane" for lane in results), "Seen instead")
    for phase, faults in phases():
        table.add_section()
        table.add_row(f"[bold]{phase}[/bold]")
        for fault in faults:
            name, kind, retry, wait = (cell.strip(" `") for cell in promise(fault).split("|")[1:-1])
            counts = [_coloured(right(fault, mine), all_right(fault)) for mine in results.values()]
            seen = "; ".join(filter(None, (differing(fault, mine) for mine in results.values())))
            table.add_row(name, kind, retry, wait, *counts, seen)
    console.print(table)
    for lane, mine in results.items():
        console.print(f"{lane} lane: {_right(mine)} of {len(mine)} cells are right")


def _coloured(count: str, whole: str) -> str:
    return f"[{'green' if count == whole else 'yellow'}]{count}[/]"


def _right(results: Sequence[Result]) -> int:
    return sum(not result.differs for result in results)


if __name__ == "__main__":
    main()
