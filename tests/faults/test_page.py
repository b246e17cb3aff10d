"""`docs/faults.md` matches the table and the direct lane; its call lane column is that of the last `make faults`."""

from .cells import Cell, cells
from .faults import FAULTS
from .page import PAGE, all_right, page, promise
from .runner import Result

CURRENT = "the table of faults has changed: run `make faults`"


def test_the_page_has_a_row_for_every_fault_with_its_promise_and_the_direct_lane_right() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]

    written = [row for row in rows if not row.startswith(("| Fault ", "| --- "))]

    due = [f"{promise(fault)} {all_right(fault)} | " for fault in FAULTS]
    assert due == [row[: len(beginning)] for row, beginning in zip(written, due, strict=True)], CURRENT


def test_the_page_counts_the_cells_of_the_direct_lane() -> None:
    count = len(list(cells("direct")))

    written = PAGE.read_text(encoding="utf-8")

    assert f"**direct lane: {count:,} of {count:,} cells are right**" in written, CURRENT


def test_a_difference_is_listed_with_its_wires_and_modes() -> None:
    redirect = next(fault for fault in FAULTS if fault.name == "307 to another origin")
    results = [_result(cell) for cell in cells("call") if cell.fault is redirect]

    written = page({"direct": [], "call": results})

    everywhere = "requests 2 (openai, anthropic, ollama; gemini: complete); an answer (gemini: stream)"
    assert f"{promise(redirect)} not played | 2 of 16: {everywhere} |" in written


def _result(cell: Cell) -> Result:
    seen = {("gemini", "stream"): ("an answer",), ("gemini", "acomplete"): (), ("gemini", "astream"): ()}
    return Result(cell=cell, differs=seen.get((cell.dialect, cell.mode), ("requests 2",)))
