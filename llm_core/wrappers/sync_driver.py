"""Performs the steps of an exchange in the caller's thread; `async_driver` is its async form."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from math import inf
from typing import assert_never

from llm_core.domain.errors import StreamInterruptedError
from llm_core.domain.events import StreamEnd, StreamEvent

from .exchange import Exchange, graver
from .race import sync_race
from .steps import Answer, Begin, Emit, Race, Relay, Run, Spend, Step, Wait


def sync_events(exchange: Exchange) -> Generator[StreamEvent, None, None]:
    """Yield the events of *exchange* as they arrive; of one that is `whole` none, but its `response` is known then."""
    failed: Exception | None = None
    ended: BaseException | None = None
    try:
        while (step := exchange.advance(failed)) is not None:
            failed = None
            try:
                yield from _perform(step, exchange)
            except Exception as error:  # noqa: BLE001 -- the steps decide about it
                failed = error
            if (answer := exchange.ended(step, failed)) is not None:
                _free(answer, exchange)
            if exchange.must_end(failed):
                ended = failed if failed is not None and not exchange.aborted else GeneratorExit()
                break
    except BaseException as error:  # noqa: BLE001 -- raised below: here it would be the context of what it causes
        ended = error
    try:
        ended = _close(exchange, ended) if exchange.open else ended
        if ended is not None:
            ended = exchange.end(ended)
            if not exchange.hides(ended):
                raise ended
        elif exchange.response is not None and not exchange.whole:
            yield StreamEnd(response=exchange.response)
    finally:
        failed = ended = step = None  # an error refers to this frame, which would keep both alive


def _perform(step: Step, exchange: Exchange) -> Iterable[StreamEvent]:
    """Perform *step*, and return the events that it passes on; a generator here would cost every event of theirs."""
    match step:
        case Relay():
            return _deltas(step)
        case Emit():
            return () if exchange.whole else step.events
        case Begin():
            _begin(step.answer, exchange)
        case Race():
            sync_race(step, exchange)
        case Wait():
            _wait(step, exchange)
        case Run():
            step.run()
        case Spend():
            exchange.spend(step.usage)
        case _:
            assert_never(step)
    return ()


def _deltas(step: Relay) -> Iterator[StreamEvent]:
    answer, each, stream = step.answer, step.each, step.answer.stream
    event, answer.first = answer.first, None
    if stream is None or event is None or isinstance(event, StreamEnd):
        answer.end(event)
        return
    yield from (event,) if each is None else each(event)
    for event in stream:
        if isinstance(event, StreamEnd):
            answer.end(event)
        elif each is None:
            yield event
        else:
            yield from each(event)


def _begin(answer: Answer, exchange: Exchange) -> None:
    exchange.began(answer)
    if exchange.whole:
        answer.response = answer.chat.complete(answer.request)
    else:
        answer.stream = answer.chat.stream(answer.request)
        if exchange.aborted:  # `abort` came before the stream was there
            answer.close()
        answer.first = next(answer.stream, None)
        if answer.first is None:
            raise StreamInterruptedError


def _wait(step: Wait, exchange: Exchange) -> None:
    woken = threading.Event()
    wake = woken.set
    if step.signal is not None:
        step.signal.add(wake)
    try:
        if exchange.begin_wait(wake):
            exchange.clock.sleep(inf if step.seconds is None else step.seconds, woken)
    finally:
        exchange.end_wait()
        if step.signal is not None:
            step.signal.remove(wake)
    exchange.require_open()


def _free(answer: Answer, exchange: Exchange) -> None:
    try:
        answer.close()
    except Exception:
        exchange.freed(answer)
        raise
    exchange.freed(answer)  # not after an interrupt, which may have come before it was closed


def _close(exchange: Exchange, ended: BaseException | None) -> BaseException | None:
    """Close the streams that are open; return why the exchange ends: *ended*, or what closing raised."""
    interrupted: Answer | None = None
    while exchange.open:
        answer = exchange.open[-1]
        try:
            _free(answer, exchange)
        except BaseException as error:  # noqa: BLE001 -- the caller raises it
            ended = graver(ended, error)
            if answer is interrupted:  # for the second time: that is what closing it raises
                exchange.freed(answer)
            interrupted = answer
    return ended
