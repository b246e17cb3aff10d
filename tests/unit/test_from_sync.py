import asyncio
import threading
from collections.abc import Generator

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    ChatStream,
    StreamEnd,
    StreamEvent,
    TextDelta,
    UserMessage,
    from_sync,
)
from llm_core.ports.streams import EventStream

REQUEST = ChatRequest(messages=[UserMessage("hi")])
RESPONSE = ChatResponse(message=AssistantMessage("first"))
WAIT = 5  # seconds, after which a test has failed anyway


class Blocking:
    """A port that blocks until it is released, and records when it is called and when it has freed its connection."""

    def __init__(self) -> None:
        self.called = threading.Event()
        self.released = threading.Event()
        self.freed = threading.Event()
        self.times_freed = 0
        self.threads: set[int] = set()

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        assert REQUEST == request
        self._block()
        self._free()
        return RESPONSE

    def stream(self, request: ChatRequest, /) -> ChatStream:
        assert REQUEST == request
        return EventStream(self._events())

    def _events(self) -> Generator[StreamEvent, None, None]:
        try:
            self.threads.add(threading.get_ident())
            yield TextDelta("first")
            self._block()
            yield StreamEnd(response=RESPONSE)
        finally:
            self.threads.add(threading.get_ident())
            self._free()

    def _block(self) -> None:
        self.called.set()
        self.released.wait(WAIT)

    def _free(self) -> None:
        self.times_freed += 1
        self.freed.set()


class WithoutEnd(Blocking):
    """A port that breaks its promise: its stream has no `StreamEnd`."""

    def _events(self) -> Generator[StreamEvent, None, None]:
        try:
            yield TextDelta("first")
        finally:
            self._free()


def test_cancelling_acomplete_returns_at_once() -> None:
    original = Blocking()

    async def act() -> bool:
        task = asyncio.create_task(from_sync(original).acomplete(REQUEST))
        await asyncio.to_thread(original.called.wait, WAIT)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return original.freed.is_set()

    freed_before_release = asyncio.run(act())
    original.released.set()

    assert not freed_before_release
    assert original.freed.wait(WAIT)


def test_a_timeout_around_acomplete_returns_at_once() -> None:
    original = Blocking()

    async def act() -> bool:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await from_sync(original).acomplete(REQUEST)
        return original.freed.is_set()

    freed_before_release = asyncio.run(act())
    original.released.set()

    assert not freed_before_release
    assert original.freed.wait(WAIT)


def test_cancelling_a_read_returns_at_once_and_frees_when_the_thread_is_done() -> None:
    original = Blocking()

    async def act() -> bool:
        stream = from_sync(original).astream(REQUEST)
        await anext(stream)
        reading = asyncio.create_task(stream.until_done())
        await asyncio.to_thread(original.called.wait, WAIT)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return original.freed.is_set()

    freed_before_release = asyncio.run(act())
    original.released.set()

    assert not freed_before_release
    assert original.freed.wait(WAIT)
    assert 1 == original.times_freed


def test_leaving_a_stream_between_events_waits_until_the_connection_is_freed() -> None:
    original = Blocking()

    async def act() -> int:
        async with from_sync(original).astream(REQUEST) as stream:
            await anext(stream)
        return original.times_freed

    freed = asyncio.run(act())

    assert 1 == freed


def test_a_whole_stream_is_freed_once() -> None:
    original = Blocking()
    original.released.set()

    async def act() -> ChatResponse:
        async with from_sync(original).astream(REQUEST) as stream:
            return await stream.until_done()

    response = asyncio.run(act())

    assert RESPONSE == response
    assert 1 == original.times_freed


def test_a_stream_without_a_stream_end_is_freed_and_has_no_response() -> None:
    original = WithoutEnd()

    async def act() -> ChatResponse:
        async with from_sync(original).astream(REQUEST) as stream:
            return await stream.until_done()

    with pytest.raises(RuntimeError, match="has not ended"):
        asyncio.run(act())
    assert 1 == original.times_freed


def test_a_stream_runs_in_one_thread_that_is_not_the_callers() -> None:
    original = Blocking()
    original.released.set()

    async def act() -> None:
        await from_sync(original).astream(REQUEST).until_done()

    asyncio.run(act())

    assert 1 == len(original.threads)
    assert threading.get_ident() not in original.threads


def test_the_event_loop_runs_while_a_thread_named_after_the_package_blocks() -> None:
    original = Blocking()

    async def act() -> tuple[list[str], ChatResponse]:
        task = asyncio.create_task(from_sync(original).acomplete(REQUEST))
        await asyncio.to_thread(original.called.wait, WAIT)
        names = [thread.name for thread in threading.enumerate() if thread.name.startswith("llm")]
        original.released.set()
        return names, await task

    seen = asyncio.run(act())

    assert (["llm_core_0"], RESPONSE) == seen


def test_the_sync_verbs_are_called_in_the_callers_thread() -> None:
    original = Blocking()
    original.released.set()
    chat = from_sync(original)

    seen = chat.complete(REQUEST), chat.stream(REQUEST).until_done()

    assert (RESPONSE, RESPONSE) == seen
    assert {threading.get_ident()} == original.threads


def test_no_thread_outlives_its_call() -> None:
    original = Blocking()
    original.released.set()
    before = set(threading.enumerate())

    async def act() -> None:
        await from_sync(original).acomplete(REQUEST)
        await from_sync(original).astream(REQUEST).until_done()

    asyncio.run(act())
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(WAIT)

    assert [] == [thread for thread in left if thread.is_alive()]
