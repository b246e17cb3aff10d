"""How long a stream of chunks is waited for: each event anew, however many chunks bring none."""

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator
from typing import cast

import pytest

from llm_core.transport.deadline import Deadline

SOON, LATE = 0.01, 30.0  # seconds


def this_task() -> asyncio.Task[object]:
    return cast("asyncio.Task[object]", asyncio.current_task())


async def chunks(*items: object, pause: float = 0.0) -> AsyncGenerator[object, None]:
    for item in items:
        await asyncio.sleep(pause)
        yield item


async def silence(*items: object) -> AsyncGenerator[object, None]:
    for item in items:
        yield item
    await asyncio.sleep(LATE)


async def waiting(patience: Deadline) -> object:
    return await patience.wait_for(silence())


def test_a_chunk_that_comes_in_time_is_returned() -> None:
    async def wait() -> object:
        return await Deadline(LATE).wait_for(chunks("a"))

    seen = asyncio.run(wait())

    assert "a" == seen


def test_at_the_end_of_the_chunks_there_is_none() -> None:
    async def wait() -> object:
        return await Deadline(LATE).wait_for(chunks())

    seen = asyncio.run(wait())

    assert seen is None


def test_silence_is_a_timeout_and_leaves_the_task_as_it_was() -> None:
    async def wait() -> int:
        with pytest.raises(TimeoutError):
            await waiting(Deadline(SOON))
        return this_task().cancelling()

    cancellations = asyncio.run(wait())

    assert 0 == cancellations


def test_a_chunk_that_brings_nothing_buys_no_time() -> None:
    async def wait() -> object:
        patience, slow = Deadline(5 * SOON), chunks("a", "b", pause=4 * SOON)
        await patience.wait_for(slow)
        return await patience.wait_for(slow)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())


def test_each_event_buys_the_whole_time_again() -> None:
    async def wait() -> list[object]:
        patience, slow, seen = Deadline(10 * SOON), chunks(*"abcd", pause=4 * SOON), list[object]()
        for _ in "abcd":
            seen.append(await patience.wait_for(slow))
            patience.reset()
        return seen

    seen = asyncio.run(wait())

    assert list("abcd") == seen


def test_the_time_that_the_reader_takes_is_its_own() -> None:
    async def wait() -> object:
        patience, both = Deadline(5 * SOON), chunks("a", "b", pause=SOON)
        await patience.wait_for(both)
        await asyncio.sleep(8 * SOON)
        patience.reset()
        return await patience.wait_for(both)

    seen = asyncio.run(wait())

    assert "b" == seen


def test_after_the_reader_has_taken_its_time_silence_is_a_timeout_still() -> None:
    async def wait() -> object:
        patience, both = Deadline(5 * SOON), silence("a")
        await patience.wait_for(both)
        await asyncio.sleep(8 * SOON)
        patience.reset()
        return await patience.wait_for(both)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())


def test_a_task_that_is_cancelled_meanwhile_is_cancelled() -> None:
    async def wait() -> None:
        task = asyncio.create_task(waiting(Deadline(LATE)))
        await asyncio.sleep(SOON)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(wait())


def test_a_task_that_is_cancelled_while_it_times_out_is_cancelled() -> None:
    async def cancelled_twice() -> AsyncGenerator[object, None]:
        try:
            await asyncio.sleep(LATE)
        finally:
            this_task().cancel()
        yield "never"

    async def wait() -> object:
        return await Deadline(SOON).wait_for(cancelled_twice())

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(wait())


def test_a_timer_that_rings_while_nobody_waits_disturbs_nobody() -> None:
    async def wait() -> list[object]:
        troubles: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, trouble: troubles.append(trouble))
        await Deadline(SOON).wait_for(chunks("a"))
        await asyncio.sleep(4 * SOON)
        return troubles

    troubles = asyncio.run(wait())

    assert [] == troubles


def test_once_it_has_ended_no_timer_holds_it() -> None:
    async def wait() -> object:
        patience = Deadline(LATE)
        await patience.wait_for(chunks("a"))
        patience.cancel()
        known = weakref.ref(patience)
        del patience
        gc.collect()
        return known()

    held = asyncio.run(wait())

    assert held is None


def test_it_may_end_before_it_has_begun() -> None:
    patience = Deadline(LATE)

    patience.cancel()

    assert 0 < patience.remaining <= LATE


def test_without_time_there_is_a_timeout() -> None:
    patience = Deadline(0)

    with pytest.raises(TimeoutError):
        patience.check()
