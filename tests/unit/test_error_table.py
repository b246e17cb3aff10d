"""The table of faults: each row states what `expected_error`, which adapters without HTTP raise, is made of."""

from contextlib import suppress

import pytest

from llm_core import ChatError, ChatTimeoutError, ServerError, TextDelta
from llm_core.testing import Breaks, Fails, HangsUp, expected_error, expected_events
from llm_core.testing.clauses.error_table import COUNTED, ERROR_ROWS, Arrived, ErrorRow, facts_of
from llm_core.testing.clauses.sample_requests import SIMPLE_REQUEST

ROW_TEXT: dict[Arrived, str] = {
    "nothing": "",
    "the beginning": "A rather lon",
    "everything": "A rather long answer.",
}


def _text_before(row: ErrorRow) -> str:
    """Return the text of the answer that comes before the error, where nothing lies between provider and adapter."""
    texts = list[str]()
    with suppress(ChatError):
        texts.extend(event.text for event in expected_events(row.fault, SIMPLE_REQUEST) if isinstance(event, TextDelta))
    return "".join(texts)


@pytest.mark.parametrize("row", ERROR_ROWS.values(), ids=ERROR_ROWS)
def test_a_row_states_the_error_of_its_fault(row: ErrorRow) -> None:
    error = expected_error(row.fault)

    assert (row.error, row.retryable) == (type(error), error.retryable) == facts_of(row.fault)
    assert ROW_TEXT[row.partial] == _text_before(row)
    assert (row.status, row.retry_after, row.request_id) == (error.status_code, error.retry_after, error.request_id)


def test_every_break_has_its_row_with_an_answer_that_counts() -> None:
    breaks = [row.fault for row in ERROR_ROWS.values() if isinstance(row.fault, Breaks)]

    assert {COUNTED} == {fault.reply for fault in breaks}
    assert 10 == len({fault.how for fault in breaks})


def test_a_fault_without_a_row_is_like_the_one_that_it_resembles() -> None:
    assert (ChatTimeoutError, True) == facts_of(HangsUp(how="drip"))
    assert (ServerError, True) == facts_of(Breaks(how="inner_error", failure=Fails(status=503)))
    assert (ServerError, True) == facts_of(Fails(status=599))
