"""Work that may hang is watched from another thread: a deadlock is a failure that says where it stands."""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

Result = TypeVar("Result")

_FRAMES_SHOWN = 8  # frames, the innermost


class DeadlockError(AssertionError):
    """Not done in time: the work goes on behind this error, in a thread that nobody can end."""


@attrs.define
class _Work(Generic[Result]):
    work: Callable[[], Result]
    results: list[Result] = attrs.field(factory=list, init=False)
    failure: BaseException | None = attrs.field(default=None, init=False)

    def run(self) -> None:
        try:
            self.results.append(self.work())
        except BaseException as failure:  # noqa: BLE001 -- it is raised again where somebody waits
            self.failure = failure


def in_time(seconds: float, *works: Callable[[], Result]) -> list[Result]:
    """Return what *works* return, each in a thread of its own, or raise what the first of them raises.

    DeadlockError where they take longer than that. The threads are daemons: none of them holds up the run.
    """
    __tracebackhide__ = True  # the reader looks for the clause, not for this
    all_work, until = [_Work(work) for work in works], time.monotonic() + seconds
    threads = [threading.Thread(target=one.run, name="clause", daemon=True) for one in all_work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            raise DeadlockError(f"a deadlock: not done after {seconds:g} seconds; it stands in:\n{_stack(thread)}")
    for one in all_work:
        if one.failure is not None:
            raise one.failure
    return [result for one in all_work for result in one.results]


def _stack(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 -- there is no other way to see another thread's
    return "".join(traceback.format_stack(frame)[-_FRAMES_SHOWN:]) if frame else ""
