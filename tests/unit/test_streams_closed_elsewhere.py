"""`close` of a stream from another thread, and `aclose` beside other tasks."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator

import pytest

from llm_core import StreamEvent, TextDelta
from llm_core.ports.streams import AsyncEventStream, EventStream

TEXT = TextDelta("hi")


class Waiting:
    """A generator that yields a text, and waits for *wake* before the next event, or an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.reading, self.wake = threading.Event(), threading.Event()
        self.freed_in: str | None = None

    def events(self) -> Generator[StreamEvent, None, None]:
        try:
            yield TEXT
            self.reading.set()
            assert self.wake.wait(10)
            if self.error is not None:
                raise self.error
            yield TEXT
        finally:
            self.freed_in = threading.current_thread().name


def read_in_thread(stream: EventStream) -> tuple[threading.Thread, list[object]]:
    seen: list[object] = []

    def read() -> None:
        try:
            seen.extend(stream)
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            seen.append(error)

    thread = threading.Thread(target=read, name="reader")
    thread.start()
    return thread, seen


@pytest.mark.parametrize("error", [None, OSError("aborted")])
def test_a_close_from_another_thread_ends_the_iteration_of_the_reader(error: Exception | None) -> None:
    source = Waiting(error)
    stream = EventStream(source.events(), abort=source.wake.set)
    thread, seen = read_in_thread(stream)
    assert source.reading.wait(10)

    stream.close()
    thread.join(10)

    assert [TEXT] == seen
    assert source.freed_in == "reader"
    assert [] == list(stream)
    with pytest.raises(RuntimeError):
        _ = stream.response


def test_without_an_abort_the_reader_ends_at_its_next_event() -> None:
    source = Waiting()
    stream = EventStream(source.events())
    thread, seen = read_in_thread(stream)
    assert source.reading.wait(10)

    stream.close()
    assert thread.is_alive()
    source.wake.set()
    thread.join(10)

    assert ([TEXT], "reader") == (seen, source.freed_in)


def test_a_failure_of_the_source_that_nothing_closed_is_raised() -> None:
    source = Waiting(OSError("reset"))
    source.wake.set()

    with pytest.raises(OSError, match="reset"):
        list(EventStream(source.events()))


def test_a_value_error_of_the_source_at_its_close_is_raised() -> None:
    def events() -> Generator[StreamEvent, None, None]:
        try:
            yield TEXT
        finally:
            raise ValueError("already failed")

    stream = EventStream(events())
    next(stream)

    with pytest.raises(ValueError, match="already failed"):
        stream.close()


async def _awaits_in_finally() -> AsyncGenerator[StreamEvent, None]:
    try:
        yield TEXT
        yield TEXT
    finally:
        await asyncio.sleep(0)


async def _fails_in_finally() -> AsyncGenerator[StreamEvent, None]:
    try:
        yield TEXT
    finally:
        await asyncio.sleep(0)
        raise RuntimeError("already failed")


@pytest.mark.parametrize("cancelled", [False, True])
def test_after_aclose_an_async_stream_ends_even_if_its_source_awaits_while_it_is_closed(*, cancelled: bool) -> None:
    async def leave() -> list[StreamEvent]:
        stream = AsyncEventStream(_awaits_in_finally())
        await anext(stream)
        closing = asyncio.create_task(stream.aclose())
        await asyncio.sleep(0)
        if cancelled:
            closing.cancel()
        await asyncio.wait({closing})
        await stream.aclose()
        return [event async for event in stream]

    assert [] == asyncio.run(leave())


def test_an_async_stream_whose_source_fails_at_its_close_is_closed() -> None:
    async def leave() -> list[StreamEvent]:
        stream = AsyncEventStream(_fails_in_finally())
        await anext(stream)
        with pytest.raises(RuntimeError, match="already failed"):
            await stream.aclose()
        return [event async for event in stream]

    assert [] == asyncio.run(leave())


def test_aclose_while_another_task_reads_is_an_error_and_leaves_the_stream_open() -> None:
    async def slow() -> AsyncGenerator[StreamEvent, None]:
        await asyncio.sleep(0.02)
        yield TEXT

    async def leave() -> list[StreamEvent]:
        stream = AsyncEventStream(slow())
        reader = asyncio.create_task(_collect(stream))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="already running"):
            await stream.aclose()
        return await reader

    assert [TEXT] == asyncio.run(leave())


async def _collect(stream: AsyncEventStream) -> list[StreamEvent]:
    return [event async for event in stream]


def test_a_read_that_races_with_a_close_ends_the_iteration() -> None:
    seen: list[Callable[[], None]] = []

    def events() -> Generator[StreamEvent, None, None]:
        seen[0]()  # as by a signal handler, while the generator runs
        yield TEXT

    stream = EventStream(events())
    seen.append(stream.close)

    assert [] == list(stream)
