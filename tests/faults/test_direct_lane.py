"""Every fault in every wire and mode over the direct lane: each cell is as the table promises."""

import threading
from collections.abc import Callable

import attrs
import pytest

from llm_core.adapters.litellm import litellm_module

from .cells import Cell, Seen, cells, differences, expected
from .faults import FAULTS, Fault
from .runner import run

CELLS = tuple(cells("direct"))


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    litellm_module.litellm()  # takes seconds, which must not count towards a timeout


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.phase}: {fault.name}")
def test_every_cell_is_as_promised_and_no_thread_is_left(fault: Fault) -> None:
    before = set(threading.enumerate())

    results = list(run(cell for cell in CELLS if cell.fault is fault))

    assert results
    assert {} == {str(result.cell): result.differs for result in results if result.differs}
    assert before >= set(threading.enumerate())


CHANGES: list[tuple[Callable[[Seen], Seen], tuple[str, ...]]] = [
    (lambda due: due, ()),
    (lambda due: attrs.evolve(due, error_class="an answer"), ("an answer",)),
    (lambda due: attrs.evolve(due, error_class="ServerError", retryable=False), ("ServerError",)),
    (lambda due: attrs.evolve(due, error_class="ServerError", requests=2), ("ServerError", "requests 2")),
    (lambda due: attrs.evolve(due, retryable=False), ("retryable False",)),
    (lambda due: attrs.evolve(due, retry_after=0.7), ("retry after 0.7",)),
    (lambda due: attrs.evolve(due, status=503), ("status 503",)),
    (lambda due: attrs.evolve(due, request_id=None), ("request id None",)),
    (lambda due: attrs.evolve(due, partial=True), ("partial True",)),
    (lambda due: attrs.evolve(due, third_party=("ReadError",)), ("third party ReadError",)),
    (lambda due: attrs.evolve(due, leaked=("a task", "a connection")), ("leaked a task, a connection",)),
    (lambda due: attrs.evolve(due, late=True), ("late",)),
]


@pytest.mark.parametrize(("change", "expected_text"), CHANGES)
def test_every_field_that_is_not_as_promised_is_reported(
    change: Callable[[Seen], Seen], expected_text: tuple[str, ...]
) -> None:
    cell = next(cell for cell in CELLS if cell.fault.name == "429, a wait in seconds" and cell.dialect == "openai_chat")

    seen = change(expected(cell))

    assert expected_text == differences(cell, seen)


def test_every_fault_has_a_cell_for_every_wire_that_can_express_it() -> None:
    missing = {(cell.fault.name, cell.dialect) for cell in CELLS} ^ {
        (fault.name, dialect) for fault in FAULTS for dialect in {cell.dialect for cell in CELLS}
    }

    assert {("429, quota", "ollama_chat"), ("400, content policy", "ollama_chat")} == missing


def test_the_expected_outcome_does_not_depend_on_the_lane() -> None:
    cell = CELLS[0]

    assert isinstance(expected(cell), Seen)
    assert expected(cell) == expected(Cell(fault=cell.fault, dialect=cell.dialect, mode=cell.mode, lane="call"))
