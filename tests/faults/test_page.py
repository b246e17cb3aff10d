"""`docs/faults.md` is current as to the table and the direct lane; of the call lane it says what the last run saw."""

from .cells import Cell, cells
from .faults import FAULTS
from .page import PAGE, all_right, page, promise
from .running import Result

CURRENT = "the table of faults has changed: run `make faults`"


def test_the_page_has_a_row_for_every_fault_with_its_promise_and_the_direct_lane_right() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]

    told = [row for row in rows if not row.startswith(("| Fault ", "| --- "))]

    due = [f"{promise(fault)} {all_right(fault)} | " for fault in FAULTS]
    assert due == [row[: len(beginning)] for row, beginning in zip(told, due, strict=True)], CURRENT


def test_the_page_counts_the_cells_of_the_direct_lane() -> None:
    count = len(list(cells("direct")))

    told = PAGE.read_text(encoding="utf-8")

    assert f"**direct lane: {count:,} of {count:,} cells are right**" in told, CURRENT


def test_what_differs_is_told_with_its_wires_and_modes() -> None:
    redirect = next(fault for fault in FAULTS if fault.name == "307 to another origin")
    results = [_result(cell) for cell in cells("call") if cell.fault is redirect]

    told = page({"direct": [], "call": results})

    everywhere = "requests 2 (openai, anthropic, ollama; gemini: complete); an answer (gemini: stream)"
    assert f"{promise(redirect)} not played | 2 of 16: {everywhere} |" in told


def _result(cell: Cell) -> Result:
    seen = {("gemini", "stream"): ("an answer",), ("gemini", "acomplete"): (), ("gemini", "astream"): ()}
    return Result(cell=cell, differs=seen.get((cell.dialect, cell.mode), ("requests 2",)))
