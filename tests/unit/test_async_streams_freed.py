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


def test_leaving_a_loop_within_with_frees_once() -> None:
    line = Line(*WHOLE)

    async def act() -> tuple[list[str], StreamEvent | None]:
        async with AsyncEventStream(line.aopen()) as stream:
            async for _ in stream:
                break
        return list(line.log), await anext(stream, None)

    seen = asyncio.run(act())

    assert (["opened", "freed"], None) == seen


def test_leaving_with_by_an_exception_frees_once_and_lets_it_pass() -> None:
    line = Line(*WHOLE)

    async def act() -> list[str]:
        with suppress(KeyError):
            async with AsyncEventStream(line.aopen()):
                raise KeyError
        return list(line.log)

    seen = asyncio.run(act())

    assert ["opened", "freed"] == seen


def test_cancelling_the_task_that_reads_frees_once() -> None:
    line = Line(TextDelta("hi"), hangs=True)

    async def act() -> tuple[list[str], StreamEvent | None]:
        stream = AsyncEventStream(line.aopen())
        await anext(stream)
        reading = asyncio.create_task(stream.until_done())
        await asyncio.sleep(0)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        freed = list(line.log)
        await stream.aclose()
        return freed, await anext(stream, None)

    seen = asyncio.run(act())

    assert (["opened", "freed"], None) == seen
    assert ["opened", "freed"] == line.log


def test_a_timeout_around_a_bare_read_frees_once() -> None:
    line = Line(hangs=True)

    async def act() -> list[str]:
        stream = AsyncEventStream(line.aopen())
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(stream)
        return list(line.log)

    seen = asyncio.run(act())

    assert ["opened", "freed"] == seen


def test_cancelling_within_with_frees_once() -> None:
    line = Line(*WHOLE)

    async def act() -> list[str]:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01), AsyncEventStream(line.aopen()):
                await asyncio.Event().wait()
        return list(line.log)

    seen = asyncio.run(act())

    assert ["opened", "freed"] == seen


def test_a_stream_that_was_begun_and_dropped_warns() -> None:
    line = Line(*WHOLE)

    async def act() -> list[str]:
        held = [AsyncEventStream(line.aopen())]
        async for _ in held[0]:
            break
        with pytest.warns(ResourceWarning, match=r"unclosed .*AsyncEventStream.* use 'async with' or aclose"):
            _drop(held)
        return list(line.log)

    seen = asyncio.run(act())

    assert ["opened"] == seen


def test_an_entered_stream_that_was_dropped_warns() -> None:
    async def act() -> None:
        held = [AsyncEventStream(Line(*WHOLE).aopen())]
        await held[0].__aenter__()
        with pytest.warns(ResourceWarning, match="unclosed"):
            _drop(held)

    finished = asyncio.run(act())

    assert None is finished


@pytest.mark.parametrize("line", [Line(*WHOLE), Line(TextDelta("no end")), Line(error=ServerError())])
def test_a_stream_that_never_began_or_has_ended_does_not_warn(line: Line, recwarn: pytest.WarningsRecorder) -> None:
    async def act() -> None:
        AsyncEventStream(line.aopen())
        with suppress(ServerError, RuntimeError):
            await AsyncEventStream(line.aopen()).until_done()
        gc.collect()

    asyncio.run(act())

    assert [] == [str(warning.message) for warning in recwarn]
    assert ["opened", "freed"] == line.log


def _drop(held: list[AsyncEventStream]) -> None:
    held.clear()
    gc.collect()
