"""Runs the cells of a lane in threads, so that cells that wait for a timeout wait at the same time."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import attrs

from .cells import Cell, differences, seen

_THREADS = 12
_one_large = threading.Lock()  # one at a time: each takes tens of megabytes


@attrs.frozen(kw_only=True)
class Result:
    """A cell and the fields that are not as promised."""

    cell: Cell
    differs: tuple[str, ...]


def run(
    cells: Iterable[Cell], report: Callable[[Result], None] = lambda _: None, threads: int = _THREADS
) -> Iterator[Result]:
    """Yield the result of each cell, in their order."""
    with ThreadPoolExecutor(threads, thread_name_prefix="cells") as executor:
        for result in executor.map(_result, cells):
            report(result)
            yield result


def _result(cell: Cell) -> Result:
    if not cell.fault.is_large:
        return Result(cell=cell, differs=differences(cell, seen(cell)))
    with _one_large:
        return Result(cell=cell, differs=differences(cell, seen(cell)))
