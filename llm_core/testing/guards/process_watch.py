"""What a call leaves in the process beside its answer: output, log records, warnings, a changed process state."""

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TextIO

import attrs

from .log_watch import collected_log
from .process_state import LooseState, changes, process_state, shared_state

_STREAMS = ("stdout", "stderr", "__stdout__", "__stderr__")
# Warnings that libraries or the garbage collector emit at any time, whatever the adapter does.
_IGNORED = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ResourceWarning, RuntimeWarning)


@attrs.define
class ProcessWatch:
    """Filled within `watching`, except while it is `paused`."""

    output: list[str] = attrs.field(factory=list, init=False)
    records: list[str] = attrs.field(factory=list, init=False)
    warnings: list[str] = attrs.field(factory=list, init=False)
    changed: list[str] = attrs.field(factory=list, init=False)
    _before: Mapping[str, object] = attrs.field(factory=dict, init=False)
    _loose: LooseState = attrs.field(factory=LooseState.now, init=False)
    _is_paused: bool = attrs.field(default=False, init=False)

    @contextmanager
    def watching(self, *, debug: bool) -> Iterator[None]:
        """Watch the process within the block; the log from DEBUG with *debug*, else from the level of each logger."""
        with ExitStack() as stack:
            self.records = stack.enter_context(collected_log(debug=debug))
            stack.enter_context(self._watching_output())
            stack.enter_context(self._watching_warnings())
            self._before, self._loose = process_state(), LooseState.now()
            yield
            self.look()
            self.changed += self._loose.changes()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Ignore what happens within the block: it belongs to the author of the contract, not to the adapter."""
        self.look()
        records, self._is_paused, loose = len(self.records), True, LooseState.now()
        try:
            yield
        finally:
            self._is_paused = False
            self._loose = LooseState.now() if [*loose.changes()] else self._loose
            del self.records[records:]
            self._before = process_state() if self._before else self._before

    def look(self) -> None:
        """Note what has changed of the process state."""
        if self._before:
            now = process_state()
            self.changed += [name for name in changes(self._before, now) if name not in self.changed]
            self._before = now

    def look_meanwhile(self) -> None:
        """Note what differs while a call runs, though it may be restored at its end. Any thread may look."""
        if self._before and not self._is_paused:
            here = changes(self._before, dict(self._before) | shared_state())
            self.changed += [name for name in here if name not in self.changed]

    @contextmanager
    def _watching_output(self) -> Iterator[None]:
        watched = {name: _Copied(getattr(sys, name), self._print) for name in _STREAMS if getattr(sys, name)}
        for name, stream in watched.items():
            setattr(sys, name, stream)
        try:
            yield
        finally:
            for name, stream in watched.items():
                if getattr(sys, name) is stream:
                    setattr(sys, name, stream.original)

    @contextmanager
    def _watching_warnings(self) -> Iterator[None]:
        show = warnings.showwarning

        def collect(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not self._is_paused and not issubclass(category, _IGNORED):
                self.warnings.append(f"{category.__name__}: {message}")
            show(message, category, filename, lineno, file, line)

        warnings.showwarning = collect
        try:
            yield
        finally:
            warnings.showwarning = show

    def _print(self, text: str) -> None:
        if not self._is_paused:
            self.output.append(text)


class _Copied:
    """A text stream that also reports what is written to it."""

    def __init__(self, original: TextIO, report: Callable[[str], None]) -> None:
        self.original = original
        self._report = report

    def write(self, text: str) -> int:
        self._report(text)
        return self.original.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        attribute: object = getattr(self.original, name)
        return attribute
