"""CPU time of a function."""

import gc
import time
from collections.abc import Callable, Iterable, Sequence


def best_cpu_seconds(work: Callable[[], object], *, rounds: int, repeats: int) -> float:
    """Return the CPU seconds (user and system, all threads) of one *work*, in the best of the rounds."""
    work()  # warm-up, not counted
    return min(_cpu_seconds(work, repeats) for _ in range(rounds))


def show(rows: Iterable[Sequence[str]]) -> None:
    """Print a table, its columns aligned."""
    table = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cpu_seconds(work: Callable[[], object], repeats: int) -> float:
    gc.collect()
    before = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - before) / repeats
