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

ASK = ChatRequest(messages=[UserMessage("hi")])
RESPONSE = ChatResponse(message=AssistantMessage("first"))
WAIT = 5  # seconds, after which a test has failed anyway


class Blocking:
    """A port that blocks until it is released, and tells when it was asked and when it let go."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.released = threading.Event()
        self.freed = threading.Event()
        self.times_freed = 0
        self.threads: set[int] = set()

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        assert ASK == request
        self._block()
        self._free()
        return RESPONSE

    def stream(self, request: ChatRequest, /) -> ChatStream:
        assert ASK == request
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
        self.asked.set()
        self.released.wait(WAIT)

    def _free(self) -> None:
        self.times_freed += 1
        self.freed.set()


class Endless(Blocking):
    """A port that breaks its promise: its stream stops without an end."""

    def _events(self) -> Generator[StreamEvent, None, None]:
        try:
            yield TextDelta("first")
        finally:
            self._free()


def test_cancelling_acomplete_returns_at_once() -> None:
    far = Blocking()

    async def act() -> bool:
        asking = asyncio.create_task(from_sync(far).acomplete(ASK))
        await asyncio.to_thread(far.asked.wait, WAIT)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return far.freed.is_set()

    freed_before_release = asyncio.run(act())
    far.released.set()

    assert not freed_before_release
    assert far.freed.wait(WAIT)


def test_a_timeout_around_acomplete_returns_at_once() -> None:
    far = Blocking()

    async def act() -> bool:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await from_sync(far).acomplete(ASK)
        return far.freed.is_set()

    freed_before_release = asyncio.run(act())
    far.released.set()

    assert not freed_before_release
    assert far.freed.wait(WAIT)


def test_cancelling_a_read_returns_at_once_and_frees_when_the_thread_lets_go() -> None:
    far = Blocking()

    async def act() -> bool:
        stream = from_sync(far).astream(ASK)
        await anext(stream)
        reading = asyncio.create_task(stream.until_done())
        await asyncio.to_thread(far.asked.wait, WAIT)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return far.freed.is_set()

    freed_before_release = asyncio.run(act())
    far.released.set()

    assert not freed_before_release
    assert far.freed.wait(WAIT)
    assert 1 == far.times_freed


def test_leaving_a_stream_between_events_frees_before_it_goes_on() -> None:
    far = Blocking()

    async def act() -> int:
        async with from_sync(far).astream(ASK) as stream:
            await anext(stream)
        return far.times_freed

    freed = asyncio.run(act())

    assert 1 == freed


def test_a_whole_stream_is_freed_once() -> None:
    far = Blocking()
    far.released.set()

    async def act() -> ChatResponse:
        async with from_sync(far).astream(ASK) as stream:
            return await stream.until_done()

    response = asyncio.run(act())

    assert RESPONSE == response
    assert 1 == far.times_freed


def test_a_stream_that_ends_without_an_end_is_freed_and_has_no_response() -> None:
    far = Endless()

    async def act() -> ChatResponse:
        async with from_sync(far).astream(ASK) as stream:
            return await stream.until_done()

    with pytest.raises(RuntimeError, match="has not ended"):
        asyncio.run(act())
    assert 1 == far.times_freed


def test_a_stream_lives_in_one_thread_that_is_not_the_callers() -> None:
    far = Blocking()
    far.released.set()

    async def act() -> None:
        await from_sync(far).astream(ASK).until_done()

    asyncio.run(act())

    assert 1 == len(far.threads)
    assert threading.get_ident() not in far.threads


def test_the_loop_goes_on_while_the_thread_blocks() -> None:
    far = Blocking()

    async def act() -> ChatResponse:
        asking = asyncio.create_task(from_sync(far).acomplete(ASK))
        await asyncio.to_thread(far.asked.wait, WAIT)
        far.released.set()
        return await asking

    response = asyncio.run(act())

    assert RESPONSE == response


def test_the_sync_verbs_are_the_originals_own() -> None:
    far = Blocking()
    far.released.set()
    chat = from_sync(far)

    seen = chat.complete(ASK), chat.stream(ASK).until_done()

    assert (RESPONSE, RESPONSE) == seen
    assert {threading.get_ident()} == far.threads


def test_no_thread_outlives_its_call() -> None:
    far = Blocking()
    far.released.set()
    before = set(threading.enumerate())

    async def act() -> None:
        await from_sync(far).acomplete(ASK)
        await from_sync(far).astream(ASK).until_done()

    asyncio.run(act())
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(WAIT)

    assert [] == [thread for thread in left if thread.is_alive()]
