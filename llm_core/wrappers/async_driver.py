"""Performs the steps of an exchange on the event loop of the caller's task; `sync_driver` is its sync form."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from math import isfinite
from typing import assert_never

from llm_core.domain.errors import StreamInterruptedError
from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.ports.event_loops import require_asyncio

from .exchange import NO_LOOP, Exchange, graver
from .race import async_race
from .signals import task_waker
from .steps import Answer, Begin, Emit, Race, Relay, Run, Spend, Wait


async def async_events(  # noqa: C901, PLR0912 -- an async generator cannot delegate to another one
    exchange: Exchange,
) -> AsyncGenerator[StreamEvent, None]:
    """Yield the events of *exchange* as they arrive; of one that is `whole` none, but its `response` is known then."""
    failed: Exception | None = None
    ended: BaseException | None = None
    try:
        exchange.loop = running_loop()
        while (step := exchange.advance(failed)) is not None:
            failed = None
            try:
                if isinstance(step, Relay):
                    answer, each, stream = step.answer, step.each, step.answer.astream
                    event, answer.first = answer.first, None
                    if stream is not None and event is not None and not isinstance(event, StreamEnd):
                        for changed in (event,) if each is None else each(event):
                            yield changed
                        async for event in stream:
                            if isinstance(event, StreamEnd):
                                break
                            if each is None:
                                yield event
                            else:
                                for changed in each(event):
                                    yield changed
                    answer.end(event)
                elif isinstance(step, Emit):
                    for event in () if exchange.whole else step.events:
                        yield event
                else:
                    await _perform(step, exchange)
            except Exception as error:  # noqa: BLE001 -- the steps decide about it
                failed = error
            if (ended_answer := exchange.ended(step, failed)) is not None:
                await _free(ended_answer, exchange)
            if exchange.must_end(failed):
                ended = failed
                break
    except BaseException as error:  # noqa: BLE001 -- raised below: here it would be the context of what it causes
        ended = error
    try:
        ended = await _close(exchange, ended) if exchange.open else ended
        if ended is not None:
            raise exchange.end(ended)
        if exchange.response is not None and not exchange.whole:
            yield StreamEnd(response=exchange.response)
    finally:
        failed = ended = step = None  # an error refers to this frame, which would keep both alive


def running_loop() -> int:
    """Return what distinguishes the running event loop from others; `NO_LOOP` where none of asyncio is running."""
    import asyncio

    try:
        return id(asyncio.get_running_loop())
    except RuntimeError:
        return NO_LOOP


async def _perform(step: Begin | Race | Wait | Run | Spend, exchange: Exchange) -> None:
    match step:
        case Begin():
            await _begin(step.answer, exchange)
        case Race():
            await async_race(step, exchange)
        case Wait():
            await _wait(step, exchange)
        case Run():
            await _run(step)
        case Spend():
            exchange.spend(step.usage)
        case _:
            assert_never(step)


async def _begin(answer: Answer, exchange: Exchange) -> None:
    exchange.began(answer)
    if exchange.whole:
        answer.response = await answer.chat.acomplete(answer.request)
    else:
        answer.astream = answer.chat.astream(answer.request)
        answer.first = await anext(answer.astream, None)
        if answer.first is None:
            raise StreamInterruptedError


async def _run(step: Run) -> None:
    import asyncio

    require_asyncio()
    await (asyncio.to_thread(step.run) if step.arun is None else step.arun())


async def _wait(step: Wait, exchange: Exchange) -> None:
    import asyncio

    require_asyncio()
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()
    wake = task_waker(loop, woken)
    waiting: list[asyncio.Future[None]] = [woken]
    if step.seconds is not None and isfinite(step.seconds):
        waiting.append(loop.create_task(_asleep(exchange, step.seconds)))
    if step.signal is not None:
        step.signal.add(wake)
    try:
        if exchange.begin_wait(wake):
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        exchange.end_wait()
        if step.signal is not None:
            step.signal.remove(wake)
        for future in waiting:
            future.cancel()
    exchange.require_open()


async def _asleep(exchange: Exchange, seconds: float) -> None:
    await exchange.clock.asleep(seconds)


async def _free(answer: Answer, exchange: Exchange) -> None:
    exchange.freed(answer)
    await answer.aclose()


async def _close(exchange: Exchange, ended: BaseException | None) -> BaseException | None:
    """Close the streams that are open; return why the exchange ends: *ended*, or what closing raised."""
    while exchange.open:
        try:
            await _free(exchange.open[-1], exchange)
        except BaseException as error:  # noqa: BLE001 -- the caller raises it
            ended = graver(ended, error)
    return ended
