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


class FakeConnection:
    """A connection that yields *events*, raises *error* after them, and logs when it is opened and freed."""

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


def test_events_come_in_order_and_the_connection_is_freed_at_the_end() -> None:
    connection = FakeConnection(*WHOLE)
    stream = EventStream(connection.open())

    events = list(stream)

    assert list(WHOLE) == events
    assert ["opened", "freed"] == connection.log
    assert RESPONSE is stream.response


def test_no_work_begins_before_the_stream_is_entered_or_read() -> None:
    connection = FakeConnection(*WHOLE)

    stream = EventStream(connection.open())

    assert [] == connection.log
    stream.close()
    assert [] == connection.log


def test_entering_begins_the_work_and_loses_no_event() -> None:
    connection = FakeConnection(*WHOLE)

    with EventStream(connection.open()) as stream:
        entered = list(connection.log)
        events = list(stream)

    assert ["opened"] == entered
    assert list(WHOLE) == events


def test_the_first_event_begins_the_work() -> None:
    connection = FakeConnection(*WHOLE)
    stream = EventStream(connection.open())

    first = next(stream)

    assert WHOLE[0] == first
    assert ["opened"] == connection.log


def test_entering_late_or_twice_loses_no_event() -> None:
    stream = EventStream(FakeConnection(*WHOLE).open())
    events = [next(stream)]

    with stream, stream:
        events += stream

    assert list(WHOLE) == events


def test_reading_the_end_frees_the_connection_at_once() -> None:
    connection = FakeConnection(*WHOLE)
    stream = EventStream(connection.open())

    events = [next(stream) for _ in WHOLE]

    assert END == events[-1]
    assert ["opened", "freed"] == connection.log


def test_events_after_the_stream_end_are_never_returned() -> None:
    stream = EventStream(FakeConnection(*WHOLE, TextDelta("more"), END).open())

    events = list(stream)

    assert list(WHOLE) == events
    assert [] == list(stream)


def test_until_done_reads_the_remaining_events() -> None:
    connection = FakeConnection(*WHOLE)
    with EventStream(connection.open()) as stream:
        next(stream)

        response = stream.until_done()

    assert RESPONSE is response
    assert RESPONSE is stream.until_done()
    assert ["opened", "freed"] == connection.log


def test_a_stream_may_consist_of_its_end_alone() -> None:
    with EventStream(FakeConnection(END).open()) as stream:
        response = stream.until_done()

    assert RESPONSE is response


def test_the_response_can_be_read_after_an_ended_stream_is_closed() -> None:
    stream = EventStream(FakeConnection(*WHOLE).open())
    stream.until_done()

    stream.close()

    assert RESPONSE is stream.response


@pytest.mark.parametrize("read", [0, 1, 2])
def test_response_raises_runtime_error_before_the_end_and_after_an_early_close(read: int) -> None:
    stream = EventStream(FakeConnection(*WHOLE).open())
    for _ in range(read):
        next(stream)

    for _ in range(2):
        with pytest.raises(RuntimeError, match="has not ended"):
            _ = stream.response
        stream.close()

    with pytest.raises(RuntimeError, match="has not ended"):
        stream.until_done()


def test_response_raises_runtime_error_if_the_end_was_not_read() -> None:
    with EventStream(FakeConnection(END).open()) as stream:
        pass

    with pytest.raises(RuntimeError, match="has not ended"):
        _ = stream.response


def test_a_loop_within_with_that_breaks_frees_the_connection_once() -> None:
    connection = FakeConnection(*WHOLE)

    with EventStream(connection.open()) as stream:
        for _ in stream:
            break

    assert ["opened", "freed"] == connection.log
    assert [] == list(stream)


def test_an_exception_within_with_frees_the_connection_once_and_propagates() -> None:
    connection = FakeConnection(*WHOLE)

    with suppress(KeyError), EventStream(connection.open()) as stream:
        next(stream)
        raise KeyError

    assert ["opened", "freed"] == connection.log


def test_a_loop_without_with_that_breaks_frees_nothing_until_close() -> None:
    connection = FakeConnection(*WHOLE)
    stream = EventStream(connection.open())

    for _ in stream:
        break

    assert ["opened"] == connection.log
    stream.close()
    assert ["opened", "freed"] == connection.log


def test_closing_again_does_nothing_and_no_event_follows() -> None:
    connection = FakeConnection(*WHOLE)
    stream = EventStream(connection.open())
    stream.__enter__()

    for _ in range(3):
        stream.close()

    assert ["opened", "freed"] == connection.log
    assert [] == list(stream)
    with stream as again:
        assert None is next(again, None)


def test_an_error_is_raised_unchanged_and_ends_the_stream() -> None:
    error = ServerError()
    connection = FakeConnection(TextDelta("hi"), error=error)
    stream = EventStream(connection.open())
    next(stream)

    with pytest.raises(ServerError) as caught:
        next(stream)

    assert error is caught.value
    assert ["opened", "freed"] == connection.log
    assert [] == list(stream)
    with pytest.raises(RuntimeError, match="has not ended"):
        stream.until_done()


def test_an_error_before_the_first_event_is_raised_on_entering() -> None:
    connection = FakeConnection(error=ServerError())
    stream = EventStream(connection.open())

    with pytest.raises(ServerError):
        stream.__enter__()

    assert ["opened", "freed"] == connection.log


def test_mypy_accepts_it_as_a_stream_of_the_port() -> None:
    stream: ChatStream = EventStream(FakeConnection(*WHOLE).open())  # mypy compares it with the Protocol

    events = iter(stream)

    assert stream is events
