import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest

from llm_core import (
    AssistantMessage,
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


def test_a_loop_within_with_that_breaks_frees_the_connection_once() -> None:
    connection = FakeConnection(*WHOLE)

    async def act() -> tuple[list[str], StreamEvent | None]:
        async with AsyncEventStream(connection.aopen()) as stream:
            async for _ in stream:
                break
        return list(connection.log), await anext(stream, None)

    seen = asyncio.run(act())

    assert (["opened", "freed"], None) == seen


def test_an_exception_within_with_frees_the_connection_once_and_propagates() -> None:
    connection = FakeConnection(*WHOLE)

    async def act() -> list[str]:
        with suppress(KeyError):
            async with AsyncEventStream(connection.aopen()):
                raise KeyError
        return list(connection.log)

    seen = asyncio.run(act())

    assert ["opened", "freed"] == seen


def test_cancelling_the_reading_task_frees_the_connection_once() -> None:
    connection = FakeConnection(TextDelta("hi"), hangs=True)

    async def act() -> tuple[list[str], StreamEvent | None]:
        stream = AsyncEventStream(connection.aopen())
        await anext(stream)
        reading = asyncio.create_task(stream.until_done())
        await asyncio.sleep(0)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        freed = list(connection.log)
        await stream.aclose()
        return freed, await anext(stream, None)

    seen = asyncio.run(act())

    assert (["opened", "freed"], None) == seen
    assert ["opened", "freed"] == connection.log


def test_a_timeout_around_a_read_frees_the_connection_once() -> None:
    connection = FakeConnection(hangs=True)

    async def act() -> list[str]:
        stream = AsyncEventStream(connection.aopen())
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(stream)
        return list(connection.log)

    seen = asyncio.run(act())

    assert ["opened", "freed"] == seen


def test_cancelling_within_async_with_frees_the_connection_once() -> None:
    connection = FakeConnection(*WHOLE)

    async def act() -> list[str]:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01), AsyncEventStream(connection.aopen()):
                await asyncio.Event().wait()
        return list(connection.log)

    seen = asyncio.run(act())

    assert ["opened", "freed"] == seen


def test_a_started_stream_that_is_garbage_collected_warns() -> None:
    connection = FakeConnection(*WHOLE)

    async def act() -> list[str]:
        references = [AsyncEventStream(connection.aopen())]
        async for _ in references[0]:
            break
        with pytest.warns(ResourceWarning, match=r"unclosed .*AsyncEventStream.* use 'async with' or aclose"):
            _drop(references)
        return list(connection.log)

    seen = asyncio.run(act())

    assert ["opened"] == seen


def test_an_entered_stream_that_is_garbage_collected_warns() -> None:
    async def act() -> None:
        references = [AsyncEventStream(FakeConnection(*WHOLE).aopen())]
        await references[0].__aenter__()
        with pytest.warns(ResourceWarning, match="unclosed"):
            _drop(references)

    finished = asyncio.run(act())

    assert None is finished


@pytest.mark.parametrize(
    "connection", [FakeConnection(*WHOLE), FakeConnection(TextDelta("no end")), FakeConnection(error=ServerError())]
)
def test_a_stream_that_did_not_start_or_has_ended_does_not_warn(
    connection: FakeConnection, recwarn: pytest.WarningsRecorder
) -> None:
    async def act() -> None:
        AsyncEventStream(connection.aopen())
        with suppress(ServerError, RuntimeError):
            await AsyncEventStream(connection.aopen()).until_done()
        gc.collect()

    asyncio.run(act())

    assert [] == [str(warning.message) for warning in recwarn]
    assert ["opened", "freed"] == connection.log


def _drop(references: list[AsyncEventStream]) -> None:
    references.clear()
    gc.collect()
