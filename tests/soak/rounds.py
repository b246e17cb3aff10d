"""A round of the soak: threads and event loops on one adapter at the same time, with forks in between."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable

import attrs

from llm_core import ManagedChatPort

from .calls import Caller, Tally

THREADS = 16
LOOPS = 2  # at the same time
TASKS = 32  # in each
_TIMEOUT = 120  # seconds for a child process, and at the barrier


@attrs.frozen
class Work:
    """The numbers of the calls to make, and which of them are streams."""

    numbers: list[int]
    is_stream: Callable[[int], bool]
    stopped: threading.Event
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def next(self) -> int | None:
        """Return the next number, or None if all are taken or the round is stopped."""
        with self.lock:
            return None if self.stopped.is_set() or not self.numbers else self.numbers.pop()


@attrs.frozen
class Round:
    """One round. If `closes`, each loop closes the adapter before it ends."""

    chat: ManagedChatPort
    caller: Caller
    work: Work
    closes: bool
    finished: threading.Barrier = attrs.field(factory=lambda: threading.Barrier(THREADS + LOOPS))

    def run(self, watch: Callable[[], None]) -> None:
        """Make all calls, and run *watch* meanwhile."""
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
                worker.join(_TIMEOUT)

    def _in_thread(self) -> None:
        while (number := self.work.next()) is not None:
            self.caller.call_or_interrupt(number, streams=self.work.is_stream(number))
        self.finished.wait(_TIMEOUT)

    def _in_loop(self) -> None:
        asyncio.run(self._run_tasks())

    async def _run_tasks(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(TASKS):
                group.create_task(self._in_task())
        await asyncio.to_thread(self.finished.wait, _TIMEOUT)  # a close would affect the threads too
        if self.closes:
            await self.chat.aclose()
        leaked = asyncio.all_tasks() - {asyncio.current_task()}
        if leaked:
            self.caller.log.wrong.append(f"tasks leaked in a loop: {leaked}")

    async def _in_task(self) -> None:
        while (number := self.work.next()) is not None:
            await self.caller.call_or_cancel(number, streams=self.work.is_stream(number))


def fork_and_call(caller: Caller, numbers: Iterable[int]) -> str | None:
    """Fork; the child makes the calls *numbers* in every mode on the inherited adapter. Return the problem, if any."""
    child = os.fork()
    if child == 0:
        signal.alarm(_TIMEOUT)  # a child that hangs is killed
        os._exit(_call_in_child(caller, numbers))
    _, status = os.waitpid(child, 0)
    return None if status == 0 else f"the forked child ended with {os.waitstatus_to_exitcode(status)}"


def _call_in_child(parents: Caller, numbers: Iterable[int]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    tally = Tally(parents.seed)
    caller = attrs.evolve(parents, log=tally)
    try:
        for number in numbers:
            caller.complete(number)
            caller.stream(number)
            asyncio.run(_call_both(caller, number))
    except BaseException as error:  # noqa: BLE001 -- the child must not continue the parent's code
        tally.wrong.append(repr(error))
    sys.stderr.write(tally.first_problems())
    return 1 if tally.wrong else 0


async def _call_both(caller: Caller, number: int) -> None:
    await asyncio.gather(caller.acomplete(number), caller.astream(number))
