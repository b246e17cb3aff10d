"""The cells of a lane, many at once: those that wait for a silent fake provider wait together."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import attrs

from .cells import Cell, differences, seen

_AT_ONCE = 12
_one_large = threading.Lock()  # each is tens of megabytes


@attrs.frozen(kw_only=True)
class Result:
    """A cell, and where it is not as promised."""

    cell: Cell
    differs: tuple[str, ...]


def run(
    cells: Iterable[Cell], tell: Callable[[Result], None] = lambda _: None, at_once: int = _AT_ONCE
) -> Iterator[Result]:
    """Yield the result of each cell, in their order."""
    with ThreadPoolExecutor(at_once, thread_name_prefix="cells") as threads:
        for result in threads.map(_result, cells):
            tell(result)
            yield result


def _result(cell: Cell) -> Result:
    if not cell.fault.is_large:
        return Result(cell=cell, differs=differences(cell, seen(cell)))
    with _one_large:
        return Result(cell=cell, differs=differences(cell, seen(cell)))
