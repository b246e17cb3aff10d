"""A clause that fails for another reason also reports surplus requests."""

from contextlib import ExitStack

from llm_core.testing import Replies
from llm_core.testing.clauses.sample_requests import SIMPLE_REQUEST

from .test_in_memory_chat import InMemoryContract


def test_a_failure_reports_more_requests_than_calls() -> None:
    suite = InMemoryContract()
    suite._closing = ExitStack()
    with suite.isolated():
        suite.make_chat(Replies()).complete(SIMPLE_REQUEST)
        suite.record(SIMPLE_REQUEST)

        notes = list(suite.failure_notes(AssertionError()))

    assert ["2 requests for 1 call: a call is one request, see answer.one-request"] == notes
