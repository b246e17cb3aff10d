"""Tests of the idle timeout of a stream: every event restarts it, chunks without an event do not."""

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator
from typing import cast

import pytest

from llm_core.transport.deadline import Deadline

SHORT, LONG = 0.01, 30.0  # seconds


def current_task() -> asyncio.Task[object]:
    return cast("asyncio.Task[object]", asyncio.current_task())


async def chunks(*items: object, pause: float = 0.0) -> AsyncGenerator[object, None]:
    for item in items:
        await asyncio.sleep(pause)
        yield item


async def silence(*items: object) -> AsyncGenerator[object, None]:
    for item in items:
        yield item
    await asyncio.sleep(LONG)


async def wait_in_silence(patience: Deadline) -> object:
    return await patience.wait_for(silence())


def test_a_chunk_that_arrives_in_time_is_returned() -> None:
    async def wait() -> object:
        return await Deadline(LONG).wait_for(chunks("a"))

    seen = asyncio.run(wait())

    assert "a" == seen


def test_the_end_of_the_chunks_is_none() -> None:
    async def wait() -> object:
        return await Deadline(LONG).wait_for(chunks())

    seen = asyncio.run(wait())

    assert seen is None


def test_silence_is_a_timeout_and_does_not_cancel_the_task() -> None:
    async def wait() -> int:
        with pytest.raises(TimeoutError):
            await wait_in_silence(Deadline(SHORT))
        return current_task().cancelling()

    cancellations = asyncio.run(wait())

    assert 0 == cancellations


def test_a_chunk_without_an_event_does_not_extend_the_timeout() -> None:
    async def wait() -> object:
        patience, slow_chunks = Deadline(5 * SHORT), chunks("a", "b", pause=4 * SHORT)
        await patience.wait_for(slow_chunks)
        return await patience.wait_for(slow_chunks)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())


def test_each_event_restarts_the_timeout() -> None:
    async def wait() -> list[object]:
        patience, slow_chunks, seen = Deadline(10 * SHORT), chunks(*"abcd", pause=4 * SHORT), list[object]()
        for _ in "abcd":
            seen.append(await patience.wait_for(slow_chunks))
            patience.reset()
        return seen

    seen = asyncio.run(wait())

    assert list("abcd") == seen


def test_the_time_that_the_reader_takes_does_not_count() -> None:
    async def wait() -> object:
        patience, two_chunks = Deadline(5 * SHORT), chunks("a", "b", pause=SHORT)
        await patience.wait_for(two_chunks)
        await asyncio.sleep(8 * SHORT)
        patience.reset()
        return await patience.wait_for(two_chunks)

    seen = asyncio.run(wait())

    assert "b" == seen


def test_silence_after_a_slow_reader_is_still_a_timeout() -> None:
    async def wait() -> object:
        patience, two_chunks = Deadline(5 * SHORT), silence("a")
        await patience.wait_for(two_chunks)
        await asyncio.sleep(8 * SHORT)
        patience.reset()
        return await patience.wait_for(two_chunks)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())


def test_a_task_that_is_cancelled_while_it_waits_is_cancelled() -> None:
    async def wait() -> None:
        task = asyncio.create_task(wait_in_silence(Deadline(LONG)))
        await asyncio.sleep(SHORT)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(wait())


def test_a_task_that_is_cancelled_while_it_times_out_is_cancelled() -> None:
    async def cancelled_twice() -> AsyncGenerator[object, None]:
        try:
            await asyncio.sleep(LONG)
        finally:
            current_task().cancel()
        yield "never"

    async def wait() -> object:
        return await Deadline(SHORT).wait_for(cancelled_twice())

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(wait())


def test_a_timer_that_expires_between_two_waits_has_no_effect() -> None:
    async def wait() -> list[object]:
        errors: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, error: errors.append(error))
        await Deadline(SHORT).wait_for(chunks("a"))
        await asyncio.sleep(4 * SHORT)
        return errors

    errors = asyncio.run(wait())

    assert [] == errors


def test_an_ended_timeout_is_not_referenced_by_its_timer() -> None:
    async def wait() -> object:
        patience = Deadline(LONG)
        await patience.wait_for(chunks("a"))
        patience.cancel()
        reference = weakref.ref(patience)
        del patience
        gc.collect()
        return reference()

    referenced = asyncio.run(wait())

    assert referenced is None


def test_a_timeout_can_end_before_it_starts() -> None:
    patience = Deadline(LONG)

    patience.cancel()

    assert 0 < patience.remaining <= LONG


def test_a_timeout_of_zero_seconds_expires_at_once() -> None:
    patience = Deadline(0)

    with pytest.raises(TimeoutError):
        patience.check()
