"""The ways in which the fake provider writes events, which all mean the same."""

import pytest

from llm_core.domain.usage import Usage
from llm_core.testing.dialects.partial_usage import usage_after
from llm_core.testing.dialects.sse_writer import reframe
from llm_core.testing.scenarios import Framing

EVENT = b'event: said\ndata: {"data: ": 1}\n\n'


@pytest.mark.parametrize(
    ("framing", "written"),
    [
        ("usual", EVENT),
        ("tight", b'event: said\ndata:{"data: ": 1}\n\n'),
        ("crlf", b'event: said\r\ndata: {"data: ": 1}\r\n\r\n'),
        ("comments", b": still there\n\n:\n" + EVENT),
    ],
)
def test_an_event_may_be_written_in_other_ways(framing: Framing, written: bytes) -> None:
    assert (written, written) == reframe((EVENT, EVENT), framing)


def test_what_is_counted_grows_to_the_whole() -> None:
    usage = Usage(input_tokens=7, output_tokens=2)

    assert [0, 1, 2, 2] == [told.output_tokens for told in (usage_after(usage, events) for events in range(4)) if told]
    assert usage == usage_after(usage, 9)
    assert usage_after(None, 9) is None
