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


class Line:
    """A connection that yields *events*, raises *error* after them, and logs what becomes of it."""

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


def test_gives_the_events_in_their_order_and_frees_at_the_end() -> None:
    line = Line(*WHOLE)

    async def act() -> tuple[list[StreamEvent], ChatResponse]:
        stream = AsyncEventStream(line.aopen())
        return [event async for event in stream], stream.response

    seen = asyncio.run(act())

    assert (list(WHOLE), RESPONSE) == seen
    assert ["opened", "freed"] == line.log


def test_begins_no_work_before_it_is_entered_or_read() -> None:
    line = Line(*WHOLE)

    async def act() -> list[str]:
        stream = AsyncEventStream(line.aopen())
        await asyncio.sleep(0)
        await stream.aclose()
        return line.log

    seen = asyncio.run(act())

    assert [] == seen


def test_begins_its_work_on_entering_and_loses_no_event() -> None:
    line = Line(*WHOLE)

    async def act() -> tuple[list[str], list[StreamEvent]]:
        async with AsyncEventStream(line.aopen()) as stream:
            return list(line.log), [event async for event in stream]

    seen = asyncio.run(act())

    assert (["opened"], list(WHOLE)) == seen


def test_begins_its_work_on_the_first_event() -> None:
    line = Line(*WHOLE)

    async def act() -> tuple[StreamEvent, list[str]]:
        stream = AsyncEventStream(line.aopen())
        first, log = await anext(stream), list(line.log)
        await stream.aclose()
        return first, log

    seen = asyncio.run(act())

    assert (WHOLE[0], ["opened"]) == seen


def test_entered_late_or_twice_it_goes_on_where_it_was() -> None:
    async def act() -> list[StreamEvent]:
        stream = AsyncEventStream(Line(*WHOLE).aopen())
        first = await anext(stream)
        async with stream, stream:
            return [first, *[event async for event in stream]]

    seen = asyncio.run(act())

    assert list(WHOLE) == seen


def test_gives_nothing_after_the_end_even_where_the_far_side_goes_on() -> None:
    line = Line(*WHOLE, TextDelta("more"), END)

    async def act() -> list[list[StreamEvent]]:
        stream = AsyncEventStream(line.aopen())
        return [[event async for event in stream] for _ in range(2)]

    seen = asyncio.run(act())

    assert [list(WHOLE), []] == seen
    assert ["opened", "freed"] == line.log


def test_until_done_reads_what_is_left() -> None:
    async def act() -> list[ChatResponse]:
        async with AsyncEventStream(Line(*WHOLE).aopen()) as stream:
            await anext(stream)
            return [await stream.until_done(), await stream.until_done()]

    seen = asyncio.run(act())

    assert [RESPONSE, RESPONSE] == seen


def test_an_end_alone_is_a_whole_stream() -> None:
    async def act() -> ChatResponse:
        async with AsyncEventStream(Line(END).aopen()) as stream:
            return await stream.until_done()

    response = asyncio.run(act())

    assert RESPONSE is response


def test_the_response_can_still_be_read_after_a_whole_stream_was_closed() -> None:
    async def act() -> AsyncEventStream:
        stream = AsyncEventStream(Line(*WHOLE).aopen())
        await stream.until_done()
        await stream.aclose()
        return stream

    stream = asyncio.run(act())

    assert RESPONSE is stream.response


@pytest.mark.parametrize("read", [0, 1, 2])
def test_there_is_no_response_before_the_end_nor_after_an_early_close(read: int) -> None:
    async def act() -> AsyncEventStream:
        stream = AsyncEventStream(Line(*WHOLE).aopen())
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


def test_an_end_that_was_never_read_is_no_response() -> None:
    async def act() -> AsyncEventStream:
        async with AsyncEventStream(Line(END).aopen()) as stream:
            return stream

    stream = asyncio.run(act())

    with pytest.raises(RuntimeError, match="has not ended"):
        _ = stream.response


def test_closing_again_does_nothing_and_nothing_comes_after_it() -> None:
    line = Line(*WHOLE)

    async def act() -> list[StreamEvent]:
        stream = AsyncEventStream(line.aopen())
        await stream.__aenter__()
        for _ in range(3):
            await stream.aclose()
        async with stream as again:
            return [event async for event in again]

    seen = asyncio.run(act())

    assert [] == seen
    assert ["opened", "freed"] == line.log


def test_an_error_passes_frees_and_ends_the_stream() -> None:
    error = ServerError()
    line = Line(TextDelta("hi"), error=error)

    async def act() -> tuple[BaseException, list[str], list[StreamEvent]]:
        stream = AsyncEventStream(line.aopen())
        await anext(stream)
        with pytest.raises(ServerError) as caught:
            await anext(stream)
        log = list(line.log)
        with pytest.raises(RuntimeError, match="has not ended"):
            await stream.until_done()
        return caught.value, log, [event async for event in stream]

    seen = asyncio.run(act())

    assert (error, ["opened", "freed"], []) == seen


def test_an_error_before_the_first_event_is_raised_on_entering() -> None:
    line = Line(error=ServerError())

    async def act() -> None:
        async with AsyncEventStream(line.aopen()):
            line.log.append("entered")

    with pytest.raises(ServerError):
        asyncio.run(act())
    assert ["opened", "freed"] == line.log


def test_it_is_a_stream_of_the_port() -> None:
    stream: AsyncChatStream = AsyncEventStream(Line(*WHOLE).aopen())  # mypy compares it with the Protocol

    seen = aiter(stream)

    assert stream is seen
