"""Raises KeyboardInterrupt at a line of a call, as Ctrl-C may, in whichever thread makes the call.

Not at a line that begins with ``with``: it runs again when the block is left, and there CPython delivers no signal
before the lock is released.
"""

import linecache
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import attrs


@attrs.define(eq=False)
class Interrupts:
    """Raises KeyboardInterrupt at the line number *at* of those that run in the traced files; counts them all."""

    at: int
    traced: Collection[str]
    """Parts of the paths of files whose lines count."""
    skipped: Collection[str] = ()
    """Parts of the paths of files whose lines do not."""
    count: int = 0
    raised_in: str | None = None

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Count and raise in this thread until the block is left."""
        before = sys.gettrace()
        sys.settrace(self._call)
        try:
            yield
        finally:
            sys.settrace(before)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:  # noqa: ANN401, ARG002
        name = frame.f_code.co_filename.replace("\\", "/")
        is_traced = any(part in name for part in self.traced) and not any(part in name for part in self.skipped)
        return self._line if is_traced and self.raised_in is None else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:  # noqa: ANN401, ARG002
        if event == "line" and self.raised_in is None and not _is_with(frame):
            self.count += 1
            if self.count == self.at:
                self.raised_in = f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"
                raise KeyboardInterrupt
        return self._line


def _is_with(frame: FrameType) -> bool:
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("with ")
