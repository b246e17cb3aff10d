"""Runs work in another thread with a deadline: a deadlock becomes a failure that shows where the thread is blocked."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

from .code_places import place_in_stack

Result = TypeVar("Result")


class DeadlockError(AssertionError):
    """The work was not done by the deadline; its thread keeps running, since a thread cannot be stopped."""


@attrs.define
class _Work(Generic[Result]):
    work: Callable[[], Result]
    results: list[Result] = attrs.field(factory=list, init=False)
    failure: BaseException | None = attrs.field(default=None, init=False)

    def run(self) -> None:
        try:
            self.results.append(self.work())
        except BaseException as failure:  # noqa: BLE001 -- `in_time` raises it again
            self.failure = failure


def in_time(seconds: float, *works: Callable[[], Result]) -> list[Result]:
    """Return what *works* return, each run in a thread of its own, or raise the first of their errors.

    DeadlockError if they take more than *seconds*. The threads are daemons, so they do not keep the process alive.
    """
    __tracebackhide__ = True  # the traceback shows the clause, not this frame
    all_work, deadline = [_Work(work) for work in works], time.monotonic() + seconds
    threads = [threading.Thread(target=work.run, name="clause", daemon=True) for work in all_work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            late = f"a deadlock: not done after {seconds:g} seconds; it stands in:"
            raise DeadlockError("\n".join([late, *_stack(thread)]))
    for work in all_work:
        if work.failure is not None:
            raise work.failure
    return [result for work in all_work for result in work.results]


def _stack(thread: threading.Thread) -> list[str]:
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 -- the only way to read another thread's frame
    return place_in_stack(frame) if frame else []
