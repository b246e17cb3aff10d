import asyncio
from collections.abc import AsyncGenerator

import pytest

from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    ChatResponse,
    ServerError,
    StreamEnd,
    StreamEvent,
    TextDelta,
)
from llm_core.ports.streams import AsyncEventStream

RESPONSE = ChatResponse(message=AssistantMessage("hi!"))
END = StreamEnd(response=RESPONSE)
WHOLE = (TextDelta("hi"), TextDelta("!"), END)


class FakeConnection:
    """A connection that yields *events*, raises *error* after them, and logs when it is opened and freed."""

    def __init__(self, *events: StreamEvent, error: BaseException | None = None, hangs: bool = False) -> None:
        self.events = events
        self.error = error
        self.hangs = hangs
        self.log: list[str] = []

    async def aopen(self) -> AsyncGenerator[StreamEvent, None]:
        self.log.append("opened")
        try:
            for event in self.events:
                yield event
            if self.error:
                raise self.error
            if self.hangs:
                await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.log.append("freed")


def test_events_come_in_order_and_the_connection_is_freed_at_the_end() -> None:
    connection = FakeConnection(*WHOLE)

    async def act() -> tuple[list[StreamEvent], ChatResponse]:
        stream = AsyncEventStream(connection.aopen())
        return [event async for event in stream], stream.response

    seen = asyncio.run(act())

    assert (list(WHOLE), RESPONSE) == seen
    assert ["opened", "freed"] == connection.log


def test_no_work_begins_before_the_stream_is_entered_or_read() -> None:
    connection = FakeConnection(*WHOLE)

    async def act() -> list[str]:
        stream = AsyncEventStream(connection.aopen())
        await asyncio.sleep(0)
        await stream.aclose()
        return connection.log

    seen = asyncio.run(act())

    assert [] == seen


def test_entering_begins_the_work_and_loses_no_event() -> None:
    connection = FakeConnection(*WHOLE)

    async def act() -> tuple[list[str], list[StreamEvent]]:
        async with AsyncEventStream(connection.aopen()) as stream:
            return list(connection.log), [event async for event in stream]

    seen = asyncio.run(act())

    assert (["opened"], list(WHOLE)) == seen


def test_the_first_event_begins_the_work() -> None:
    connection = FakeConnection(*WHOLE)

    async def act() -> tuple[StreamEvent, list[str]]:
        stream = AsyncEventStream(connection.aopen())
        first, log = await anext(stream), list(connection.log)
        await stream.aclose()
        return first, log

    seen = asyncio.run(act())

    assert (WHOLE[0], ["opened"]) == seen


def test_entering_late_or_twice_loses_no_event() -> None:
    async def act() -> list[StreamEvent]:
        stream = AsyncEventStream(FakeConnection(*WHOLE).aopen())
        first = await anext(stream)
        async with stream, stream:
            return [first, *[event async for event in stream]]

    seen = asyncio.run(act())

    assert list(WHOLE) == seen


def test_events_after_the_stream_end_are_never_returned() -> None:
    connection = FakeConnection(*WHOLE, TextDelta("more"), END)

    async def act() -> list[list[StreamEvent]]:
        stream = AsyncEventStream(connection.aopen())
        return [[event async for event in stream] for _ in range(2)]

    seen = asyncio.run(act())

    assert [list(WHOLE), []] == seen
    assert ["opened", "freed"] == connection.log


def test_until_done_reads_the_remaining_events() -> None:
    async def act() -> list[ChatResponse]:
        async with AsyncEventStream(FakeConnection(*WHOLE).aopen()) as stream:
            await anext(stream)
            return [await stream.until_done(), await stream.until_done()]

    seen = asyncio.run(act())

    assert [RESPONSE, RESPONSE] == seen


def test_a_stream_may_consist_of_its_end_alone() -> None:
    async def act() -> ChatResponse:
        async with AsyncEventStream(FakeConnection(END).aopen()) as stream:
            return await stream.until_done()

    response = asyncio.run(act())

    assert RESPONSE is response


def test_the_response_can_be_read_after_an_ended_stream_is_closed() -> None:
    async def act() -> AsyncEventStream:
        stream = AsyncEventStream(FakeConnection(*WHOLE).aopen())
        await stream.until_done()
        await stream.aclose()
        return stream

    stream = asyncio.run(act())

    assert RESPONSE is stream.response


@pytest.mark.parametrize("read", [0, 1, 2])
def test_response_raises_runtime_error_before_the_end_and_after_an_early_close(read: int) -> None:
    async def act() -> AsyncEventStream:
        stream = AsyncEventStream(FakeConnection(*WHOLE).aopen())
        for _ in range(read):
            await anext(stream)
        with pytest.raises(RuntimeError, match="has not ended"):
            _ = stream.response
        await stream.aclose()
        with pytest.raises(RuntimeError, match="has not ended"):
            await stream.until_done()
        return stream

    stream = asyncio.run(act())

    with pytest.raises(RuntimeError, match="has not ended"):
        _ = stream.response


def test_response_raises_runtime_error_if_the_end_was_not_read() -> None:
    async def act() -> AsyncEventStream:
        async with AsyncEventStream(FakeConnection(END).aopen()) as stream:
            return stream

    stream = asyncio.run(act())

    with pytest.raises(RuntimeError, match="has not ended"):
        _ = stream.response


def test_closing_again_does_nothing_and_no_event_follows() -> None:
    connection = FakeConnection(*WHOLE)

    async def act() -> list[StreamEvent]:
        stream = AsyncEventStream(connection.aopen())
        await stream.__aenter__()
        for _ in range(3):
            await stream.aclose()
        async with stream as again:
            return [event async for event in again]

    seen = asyncio.run(act())

    assert [] == seen
    assert ["opened", "freed"] == connection.log


def test_an_error_is_raised_unchanged_and_ends_the_stream() -> None:
    error = ServerError()
    connection = FakeConnection(TextDelta("hi"), error=error)

    async def act() -> tuple[BaseException, list[str], list[StreamEvent]]:
        stream = AsyncEventStream(connection.aopen())
        await anext(stream)
        with pytest.raises(ServerError) as caught:
            await anext(stream)
        log = list(connection.log)
        with pytest.raises(RuntimeError, match="has not ended"):
            await stream.until_done()
        return caught.value, log, [event async for event in stream]

    seen = asyncio.run(act())

    assert (error, ["opened", "freed"], []) == seen


def test_an_error_before_the_first_event_is_raised_on_entering() -> None:
    connection = FakeConnection(error=ServerError())

    async def act() -> None:
        async with AsyncEventStream(connection.aopen()):
            connection.log.append("entered")

    with pytest.raises(ServerError):
        asyncio.run(act())
    assert ["opened", "freed"] == connection.log


def test_mypy_accepts_it_as_a_stream_of_the_port() -> None:
    stream: AsyncChatStream = AsyncEventStream(FakeConnection(*WHOLE).aopen())  # mypy compares it with the Protocol

    seen = aiter(stream)

    assert stream is seen
