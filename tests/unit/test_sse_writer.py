"""The framings in which the fake provider writes events, and its partial usage."""

import pytest

from llm_core.domain.usage import Usage
from llm_core.testing.dialects.partial_usage import usage_after
from llm_core.testing.dialects.sse_writer import reframe
from llm_core.testing.scenarios import Framing

EVENT = b'event: delta\ndata: {"data: ": 1}\n\n'


@pytest.mark.parametrize(
    ("framing", "written"),
    [
        ("usual", EVENT),
        ("tight", b'event: delta\ndata:{"data: ": 1}\n\n'),
        ("crlf", b'event: delta\r\ndata: {"data: ": 1}\r\n\r\n'),
        ("comments", b": still there\n\n:\n" + EVENT),
    ],
)
def test_an_event_may_be_written_in_other_framings(framing: Framing, written: bytes) -> None:
    assert (written, written) == reframe((EVENT, EVENT), framing)


def test_partial_usage_grows_to_the_whole() -> None:
    usage = Usage(input_tokens=7, output_tokens=2)

    assert [0, 1, 2, 2] == [
        partial.output_tokens for partial in (usage_after(usage, events) for events in range(4)) if partial
    ]
    assert usage == usage_after(usage, 9)
    assert usage_after(None, 9) is None
