"""Performs a race of chats for the first event: in threads for the sync verbs, in tasks for the async ones."""

from __future__ import annotations

import threading
from collections import deque
from contextvars import copy_context
from math import inf
from typing import TYPE_CHECKING

from llm_core.domain.errors import ChatError, StreamInterruptedError, UnsupportedFeatureError
from llm_core.domain.events import StreamEvent
from llm_core.ports.describing import description_of

from .exchange import Exchange
from .failures import last_of, total_usage
from .steps import Answer, Race

if TYPE_CHECKING:
    import asyncio


class Runners:
    """The state of a race, and what decides about it."""

    def __init__(self, race: Race, exchange: Exchange) -> None:
        """Begin with no runner."""
        self.winner: Answer | None = None
        self._exchange = exchange
        self._after = race.after
        self._waiting = deque(race.answers)
        self._running: list[Answer] = []
        self._failed: list[ChatError] = []

    @property
    def pause(self) -> float:
        """The seconds until the next runner starts, if nothing happens; infinite if there is none."""
        return self._after if self._waiting else inf

    def start(self) -> Answer | None:
        """Return the next runner; None if there is none."""
        if not self._waiting:
            return None
        answer = self._waiting.popleft()
        self._running.append(answer)
        self._exchange.began(answer)
        return answer

    def finish(self, answer: Answer, event: StreamEvent | None, error: BaseException | None) -> Answer | None:
        """Take the first *event* of a runner, or its *error*; return the runner that starts in its place, if any.

        Raises:
            ChatError: it was the last runner; BaseException: what is no ChatError, at once.
        """
        if self.winner is not None:
            return None
        if event is not None:
            answer.first, self.winner = event, answer
            return None
        self._running.remove(answer)
        failed = StreamInterruptedError() if error is None else error
        if not isinstance(failed, ChatError):
            raise failed
        self._failed.append(failed)
        if self._running:
            return None
        starts = self.start() if failed.retryable and not self._exchange.is_closed() else None
        if starts is None:
            raise last_of(self._failed)
        return starts

    def count(self) -> None:
        """Add what the others reported to the usage of the response, once they are closed."""
        if self.winner is not None:
            self._exchange.answers_with(self.winner)
            for error in self._failed:
                self._exchange.spend(total_usage(error))
            for answer in self._running:
                if answer is not self.winner:
                    self._exchange.spend(answer.usage)

    def losers(self) -> list[Answer]:
        """Return the answers whose streams are to be closed."""
        return [answer for answer in self._exchange.open if answer is not self.winner]


def sync_race(race: Race, exchange: Exchange) -> None:
    """Let a thread for each runner read the first event of its stream; close the others from this thread."""
    for answer in race.answers:
        if description_of(answer.chat).closes_from_other_threads is False:
            raise UnsupportedFeatureError(feature="Hedged, sync: a chat whose close() does not work from other threads")
    runners = Runners(race, exchange)
    threads = _Threads(exchange)
    try:
        threads.start(runners.start())
        while runners.winner is None and not exchange.aborted:
            threads.wait(runners.pause)
            if threads.finished:
                threads.start(runners.finish(*threads.finished.popleft()))
            else:
                exchange.require_open()
                threads.start(None if exchange.must_end(None) else runners.start())
    finally:
        for answer in runners.losers():
            answer.close()  # before it is forgotten: an interrupt in between must not leave its thread reading
            exchange.freed(answer)
    runners.count()


class _Threads:
    """The threads of a race."""

    def __init__(self, exchange: Exchange) -> None:
        self.finished: deque[tuple[Answer, StreamEvent | None, BaseException | None]] = deque()
        self._exchange = exchange
        self._woken = threading.Event()

    def start(self, answer: Answer | None) -> None:
        """Start the thread of a runner, with the context variables of this one."""
        if answer is not None:
            run = copy_context().run
            threading.Thread(target=run, args=[self._run, answer], name="llm_core", daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait until a runner has finished, the exchange is closed, or *seconds* have passed."""
        try:
            if not self.finished and self._exchange.begin_wait(self._woken.set):
                self._exchange.clock.sleep(seconds, self._woken)
        finally:
            self._exchange.end_wait()
        self._woken.clear()

    def _run(self, answer: Answer) -> None:
        try:
            self.finished.append((answer, self._first(answer), None))
        except BaseException as error:  # noqa: BLE001 -- the caller's thread raises it
            self.finished.append((answer, None, error))
        self._woken.set()

    def _first(self, answer: Answer) -> StreamEvent | None:
        answer.stream = stream = answer.chat.stream(answer.request)
        if answer.closed or self._exchange.aborted:  # before its stream was there
            stream.close()
        return next(stream, None)


async def async_race(race: Race, exchange: Exchange) -> None:
    """Let a task for each runner read the first event of its stream; cancel and close the others."""
    import asyncio

    runners = Runners(race, exchange)
    tasks: dict[asyncio.Task[StreamEvent | None], Answer] = {}

    def start(answer: Answer | None) -> None:
        if answer is not None:
            tasks[asyncio.create_task(_afirst(answer))] = answer

    try:
        start(runners.start())
        while runners.winner is None:
            pause = asyncio.create_task(_pause(exchange, runners.pause))
            try:
                await asyncio.wait([*tasks, pause], return_when=asyncio.FIRST_COMPLETED)
            finally:
                pause.cancel()
            finished = [task for task in tasks if task.done()]
            for task in finished:
                answer, error = tasks.pop(task), task.exception()
                start(runners.finish(answer, None if error is not None else task.result(), error))
            if not finished:
                start(runners.start())
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for answer in runners.losers():
            await answer.aclose()
            exchange.freed(answer)
    runners.count()


async def _afirst(answer: Answer) -> StreamEvent | None:
    answer.astream = answer.chat.astream(answer.request)
    return await anext(answer.astream, None)


async def _pause(exchange: Exchange, seconds: float) -> None:
    import asyncio

    if seconds == inf:
        await asyncio.get_running_loop().create_future()
    else:
        await exchange.clock.asleep(seconds)
