from collections.abc import Generator
from contextlib import suppress

import pytest

from llm_core import (
    AssistantMessage,
    ChatResponse,
    ChatStream,
    ServerError,
    StreamEnd,
    StreamEvent,
    TextDelta,
)
from llm_core.ports.streams import EventStream

RESPONSE = ChatResponse(message=AssistantMessage("hi!"))
END = StreamEnd(response=RESPONSE)
WHOLE = (TextDelta("hi"), TextDelta("!"), END)


class Line:
    """A connection that yields *events*, raises *error* after them, and logs what becomes of it."""

    def __init__(self, *events: StreamEvent, error: BaseException | None = None) -> None:
        self.events = events
        self.error = error
        self.log: list[str] = []

    def open(self) -> Generator[StreamEvent, None, None]:
        self.log.append("opened")
        try:
            yield from self.events
            if self.error:
                raise self.error
        finally:
            self.log.append("freed")


def test_gives_the_events_in_their_order_and_frees_at_the_end() -> None:
    line = Line(*WHOLE)
    stream = EventStream(line.open())

    seen = list(stream)

    assert list(WHOLE) == seen
    assert ["opened", "freed"] == line.log
    assert RESPONSE is stream.response


def test_begins_no_work_before_it_is_entered_or_read() -> None:
    line = Line(*WHOLE)

    stream = EventStream(line.open())

    assert [] == line.log
    stream.close()
    assert [] == line.log


def test_begins_its_work_on_entering_and_loses_no_event() -> None:
    line = Line(*WHOLE)

    with EventStream(line.open()) as stream:
        entered = list(line.log)
        seen = list(stream)

    assert ["opened"] == entered
    assert list(WHOLE) == seen


def test_begins_its_work_on_the_first_event() -> None:
    line = Line(*WHOLE)
    stream = EventStream(line.open())

    first = next(stream)

    assert WHOLE[0] == first
    assert ["opened"] == line.log


def test_entered_late_or_twice_it_goes_on_where_it_was() -> None:
    stream = EventStream(Line(*WHOLE).open())
    seen = [next(stream)]

    with stream, stream:
        seen += stream

    assert list(WHOLE) == seen


def test_frees_the_moment_the_end_is_read() -> None:
    line = Line(*WHOLE)
    stream = EventStream(line.open())

    seen = [next(stream) for _ in WHOLE]

    assert END == seen[-1]
    assert ["opened", "freed"] == line.log


def test_gives_nothing_after_the_end_even_where_the_far_side_goes_on() -> None:
    stream = EventStream(Line(*WHOLE, TextDelta("more"), END).open())

    seen = list(stream)

    assert list(WHOLE) == seen
    assert [] == list(stream)


def test_until_done_reads_what_is_left() -> None:
    line = Line(*WHOLE)
    with EventStream(line.open()) as stream:
        next(stream)

        response = stream.until_done()

    assert RESPONSE is response
    assert RESPONSE is stream.until_done()
    assert ["opened", "freed"] == line.log


def test_an_end_alone_is_a_whole_stream() -> None:
    with EventStream(Line(END).open()) as stream:
        response = stream.until_done()

    assert RESPONSE is response


def test_the_response_can_still_be_read_after_a_whole_stream_was_closed() -> None:
    stream = EventStream(Line(*WHOLE).open())
    stream.until_done()

    stream.close()

    assert RESPONSE is stream.response


@pytest.mark.parametrize("read", [0, 1, 2])
def test_there_is_no_response_before_the_end_nor_after_an_early_close(read: int) -> None:
    stream = EventStream(Line(*WHOLE).open())
    for _ in range(read):
        next(stream)

    for _ in range(2):
        with pytest.raises(RuntimeError, match="has not ended"):
            _ = stream.response
        stream.close()

    with pytest.raises(RuntimeError, match="has not ended"):
        stream.until_done()


def test_an_end_that_was_never_read_is_no_response() -> None:
    with EventStream(Line(END).open()) as stream:
        pass

    with pytest.raises(RuntimeError, match="has not ended"):
        _ = stream.response


def test_leaving_a_loop_within_with_frees_once() -> None:
    line = Line(*WHOLE)

    with EventStream(line.open()) as stream:
        for _ in stream:
            break

    assert ["opened", "freed"] == line.log
    assert [] == list(stream)


def test_leaving_with_by_an_exception_frees_once_and_lets_it_pass() -> None:
    line = Line(*WHOLE)

    with suppress(KeyError), EventStream(line.open()) as stream:
        next(stream)
        raise KeyError

    assert ["opened", "freed"] == line.log


def test_a_bare_loop_that_breaks_frees_nothing_until_closed() -> None:
    line = Line(*WHOLE)
    stream = EventStream(line.open())

    for _ in stream:
        break

    assert ["opened"] == line.log
    stream.close()
    assert ["opened", "freed"] == line.log


def test_closing_again_does_nothing_and_nothing_comes_after_it() -> None:
    line = Line(*WHOLE)
    stream = EventStream(line.open())
    stream.__enter__()

    for _ in range(3):
        stream.close()

    assert ["opened", "freed"] == line.log
    assert [] == list(stream)
    with stream as again:
        assert None is next(again, None)


def test_an_error_passes_frees_and_ends_the_stream() -> None:
    error = ServerError()
    line = Line(TextDelta("hi"), error=error)
    stream = EventStream(line.open())
    next(stream)

    with pytest.raises(ServerError) as caught:
        next(stream)

    assert error is caught.value
    assert ["opened", "freed"] == line.log
    assert [] == list(stream)
    with pytest.raises(RuntimeError, match="has not ended"):
        stream.until_done()


def test_an_error_before_the_first_event_is_raised_on_entering() -> None:
    line = Line(error=ServerError())
    stream = EventStream(line.open())

    with pytest.raises(ServerError):
        stream.__enter__()

    assert ["opened", "freed"] == line.log


def test_it_is_a_stream_of_the_port() -> None:
    stream: ChatStream = EventStream(Line(*WHOLE).open())  # mypy compares it with the Protocol

    seen = iter(stream)

    assert stream is seen
