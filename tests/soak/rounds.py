"""A round of the soak: threads, and event loops at once, on one adapter; somewhere in the midst a process forks."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable

import attrs

from llm_core.adapters.litellm import LiteLLMChat

from .calls import Caller, Tally

THREADS = 16
LOOPS = 2  # at once
TASKS = 32  # in each
_PATIENCE = 120  # seconds until a child, or the others, are done


@attrs.frozen
class Work:
    """What is to be asked: the numbers, of which the last *streams* are streams."""

    numbers: list[int]
    first_stream: int
    stopped: threading.Event
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def next(self) -> int | None:
        """Return the next number; None when there is none, or nobody wants it."""
        with self.lock:
            return None if self.stopped.is_set() or not self.numbers else self.numbers.pop()

    def is_stream(self, number: int) -> bool:
        """Return whether the number is asked for as a stream."""
        return number >= self.first_stream


@attrs.frozen
class Round:
    """One round; *closes*: each loop closes the adapter for itself, else it just ends."""

    chat: LiteLLMChat
    caller: Caller
    work: Work
    closes: bool
    asked: threading.Barrier = attrs.field(factory=lambda: threading.Barrier(THREADS + LOOPS))

    def run(self, watch: Callable[[], None]) -> None:
        """Ask for all the numbers, and call *watch* meanwhile."""
        targets = [*[self._in_thread] * THREADS, *[self._in_loop] * LOOPS]
        workers = [threading.Thread(target=target, daemon=True) for target in targets]
        for worker in workers:
            worker.start()
        try:
            while any(worker.is_alive() for worker in workers):
                watch()
                time.sleep(0.05)
        finally:
            self.work.stopped.set()
            for worker in workers:
                worker.join(_PATIENCE)

    def _in_thread(self) -> None:
        while (number := self.work.next()) is not None:
            ask = self.caller.stream if self.work.is_stream(number) else self.caller.complete
            ask(number)
        self.asked.wait(_PATIENCE)

    def _in_loop(self) -> None:
        asyncio.run(self._ask_all())

    async def _ask_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(TASKS):
                group.create_task(self._in_task())
        await asyncio.to_thread(self.asked.wait, _PATIENCE)  # who closes it closes it for threads, too
        if self.closes:
            await self.chat.aclose()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            self.caller.tally.wrong.append(f"tasks left in a loop: {left}")

    async def _in_task(self) -> None:
        while (number := self.work.next()) is not None:
            await self.caller.ask_or_cancel(number, streams=self.work.is_stream(number))


def fork_and_ask(caller: Caller, numbers: Iterable[int]) -> str | None:
    """Fork; the child asks for *numbers* in every mode, on the adapter that it inherits. Return what went wrong."""
    child = os.fork()
    if child == 0:
        signal.alarm(_PATIENCE)  # a child that hangs is killed
        os._exit(_asked(attrs.evolve(caller, tally=Tally()), numbers))
    _, status = os.waitpid(child, 0)
    return None if status == 0 else f"the fork ended with {os.waitstatus_to_exitcode(status)}"


def _asked(caller: Caller, numbers: Iterable[int]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        for number in numbers:
            caller.complete(number)
            caller.stream(number)
            asyncio.run(_asked_both(caller, number))
    except BaseException as error:  # noqa: BLE001 -- a child never goes on where its parent does
        caller.tally.wrong.append(repr(error))
    sys.stderr.write(caller.tally.told_wrong())
    return 1 if caller.tally.wrong else 0


async def _asked_both(caller: Caller, number: int) -> None:
    await asyncio.gather(caller.acomplete(number), caller.astream(number))
