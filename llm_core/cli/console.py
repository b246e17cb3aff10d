"""Output to a terminal or a pipe, and input from the terminal."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import TextIO, assert_never

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.domain.printable import printable
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.usage import Usage

_DIM = Style(dim=True)
_PLAIN: Mapping[str, str] = MappingProxyType({})


class Screen:
    """Standard output and standard error; a pipe gets the text of the answer only, unchanged; all else is cleaned."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        """Write answers to *out*, and everything else to *err*."""
        self._out = _console(out)
        self._err = _console(err)
        self._at_line_start = True
        self._thinking = False

    @property
    def interactive(self) -> bool:
        """Whether standard output is a terminal."""
        return self._out.is_terminal

    def show(self, event: StreamEvent) -> None:
        """Write the text of *event* at once; reasoning dimmed, and on a terminal only."""
        match event:
            case TextDelta(text):
                self._think(thinking=False)
                self._write(text)
            case ReasoningDelta(text):
                if self.interactive:
                    self._think(thinking=True)
                    self._write(text)
            case ToolCallStart() | ToolCallDelta() | StreamEnd():
                pass  # no text of the answer
            case _:
                assert_never(event)

    def end_line(self) -> None:
        """Start a new line, unless the cursor is at the start of one."""
        self._thinking = False
        if not self._at_line_start:
            self._write("\n")

    def write(self, text: str) -> None:
        """Write *text* and a line end, without what would control a terminal."""
        self._out.file.write(f"{printable(text)}\n")
        self._out.file.flush()

    def footer(self, response: ChatResponse) -> None:
        """Write model, usage and price of the answer, dimmed; on a terminal only, and only what is reported."""
        if facts := ", ".join(_facts(response)):
            self.note(facts)

    def note(self, text: str) -> None:
        """Write a dim line to standard error, if both outputs are terminals."""
        if self.interactive and self._err.is_terminal:
            _dim(self._err, _one_line(text))
            self._err.line()

    def trace(self, text: str) -> None:
        """Write lines to standard error."""
        self._err.file.write(printable(text))
        self._err.file.flush()

    def error(self, text: str) -> None:
        """Write one line to standard error."""
        self._err.file.write(f"llm-core: {_one_line(text)}\n")
        self._err.file.flush()

    def status(self, text: str) -> None:
        """Write *text* over the last line of standard error, on a terminal only."""
        if self._err.is_terminal:
            self._err.file.write(f"\r\x1b[K{_one_line(text)}")
            self._err.file.flush()

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str]], *, styles: Mapping[str, str] = _PLAIN) -> None:
        """Write *rows* as a table; in a pipe as tab-separated lines without *heads*.

        *styles* maps the first character of a cell to a style of rich.
        """
        if not self.interactive:
            self.write("\n".join("\t".join(row) for row in rows))
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(*heads)
        for row in rows:
            table.add_row(*(Text(printable(cell), styles.get(cell[:1], ""), overflow="fold") for cell in row))
        self._out.print(table)

    def _think(self, *, thinking: bool) -> None:
        if self._thinking is not thinking:
            self.end_line()
        self._thinking = thinking

    def _write(self, text: str) -> None:
        # Before the write, which Ctrl-C may interrupt.
        self._at_line_start = text.endswith("\n") if text else self._at_line_start
        if not self.interactive:
            self._out.file.write(text)
        elif self._thinking:
            _dim(self._out, printable(text))
        else:
            self._out.file.write(printable(text))
        self._out.file.flush()


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
    # `force_terminal`, since with FORCE_COLOR rich would write escape sequences into a pipe
    return Console(file=stream, force_terminal=stream.isatty(), highlight=False)


def _dim(console: Console, text: str) -> None:
    console.print(Segments([Segment(text, _DIM)]), soft_wrap=True)


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _facts(response: ChatResponse) -> Iterator[str]:
    if response.model:
        yield response.model
    yield from _usage(response.usage or Usage())
    if response.finish_reason is not FinishReason.STOP:
        yield f"stopped by {response.raw_finish_reason or response.finish_reason}"
    if response.ignored_settings:
        yield f"not sent: {' '.join(response.ignored_settings)}"


def _usage(usage: Usage) -> Iterator[str]:
    if usage.input_tokens is not None:
        yield f"{usage.input_tokens} tokens in"
    if usage.output_tokens is not None:
        yield f"{usage.output_tokens} tokens out"
    if usage.cost_usd is not None:
        yield f"${usage.cost_usd.normalize():f}"
