"""Output to a terminal or a pipe, and input from the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, TextIO

from llm_core.domain.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

_PLAIN: Mapping[str, str] = MappingProxyType({})


class Screen:
    """Standard output and standard error; a pipe gets the text of the answer only, unchanged; all else is cleaned.

    With `quiet` standard error gets one line for each error, and nothing else. rich is imported for terminals alone.
    """

    def __init__(self, out: TextIO, err: TextIO, *, quiet: bool = False) -> None:
        """Write answers to *out*, and everything else to *err*."""
        self._out, self._err, self._quiet = out, err, quiet

    @property
    def interactive(self) -> bool:
        """Whether standard output is a terminal."""
        return self._out.isatty()

    @property
    def renders(self) -> bool:
        """Whether standard output is a terminal that can move its cursor."""
        return self.interactive and not self.console().is_dumb_terminal

    def console(self) -> Console:
        """Return standard output as a console of rich."""
        return _console(self._out)

    def answer(self, text: str, *, dim: bool = False) -> None:
        """Write *text*, a part of an answer: to a pipe as it is, to a terminal without control characters."""
        if dim:
            _dim(self._out, printable(text))
        else:
            self._out.write(printable(text) if self.interactive else text)
        self._out.flush()

    def write(self, text: str) -> None:
        """Write *text* and a line end, without what would control a terminal."""
        self._out.write(f"{printable(text)}\n")
        self._out.flush()

    def note(self, text: str) -> None:
        """Write a dim line to standard error, if it is a terminal."""
        if self._err.isatty() and not self._quiet:
            _dim(self._err, f"{_one_line(text)}\n")

    def hint(self, text: str) -> None:
        """Write lines to standard error, also into a pipe."""
        if not self._quiet:
            self.trace(f"{text}\n")

    def detail(self, text: str) -> None:
        """Write what belongs to an error below it, indented, on a terminal dimmed."""
        lines = "".join(f"  {line}\n" for line in printable(text).splitlines() if line.strip())
        if not self._quiet:
            _dim(self._err, lines)

    def trace(self, text: str) -> None:
        """Write lines to standard error."""
        self._err.write(printable(text))
        self._err.flush()

    def error(self, text: str) -> None:
        """Write one line to standard error."""
        self._err.write(f"llm-core: {_one_line(text)}\n")
        self._err.flush()

    def status(self, text: str) -> None:
        """Write *text* over the last line of standard error, on a terminal only."""
        if self._err.isatty():
            self._err.write(f"\r\x1b[K{_one_line(text)}")
            self._err.flush()

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str]], *, styles: Mapping[str, str] = _PLAIN) -> None:
        """Write *rows* as a table; in a pipe as tab-separated lines without *heads*.

        *styles* maps the first character of a cell to a style of rich.
        """
        if not self.interactive:
            self.write("\n".join("\t".join(row) for row in rows))
            return
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        table = Table(*heads, box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for row in rows:
            table.add_row(*(Text(printable(cell), styles.get(cell[:1], ""), overflow="fold") for cell in row))
        self.console().print(table)


def typed_lines(prompt: str) -> Iterator[str]:
    """Yield the lines that the user types, until an empty line or the end of the input."""
    with suppress(ImportError):  # Windows has no readline
        import readline  # noqa: F401 -- its import gives `input` its editing keys and its history
    while line := _typed_line(prompt):
        yield line


def _typed_line(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        sys.stderr.write("\n")  # Ctrl-D leaves the cursor behind the prompt
        return ""


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    # `force_terminal`, since with FORCE_COLOR rich would write escape sequences into a pipe
    return Console(file=stream, force_terminal=stream.isatty(), highlight=False)


def _dim(stream: TextIO, text: str) -> None:
    if not stream.isatty():
        stream.write(text)
        stream.flush()
        return
    from rich.segment import Segment, Segments
    from rich.style import Style

    _console(stream).print(Segments([Segment(text, Style(dim=True))]), soft_wrap=True, end="")


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))
