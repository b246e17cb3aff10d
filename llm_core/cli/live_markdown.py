"""Renders Markdown on a terminal while it arrives: finished blocks stay, the last one is drawn again."""

from __future__ import annotations

import re
import time

from markdown_it import MarkdownIt
from rich.console import Console
from rich.live import Live
from rich.markdown import Markdown

from llm_core.domain.printable import printable

_REDRAWS = 12  # a second
_ENOUGH = 5  # characters of a line, from which on it is known whether it is an item of a list
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CONTINUES = re.compile(r"[ \t]|[-*+] |\d+[.)] |$")  # an indented line, or the next item of a list


class LiveMarkdown:
    """Renders text on a console. A block is drawn again with each of its deltas, a finished one never."""

    def __init__(self, console: Console) -> None:
        """Render on *console*."""
        self._console = console
        self._pending = ""  # the text behind the last finished block
        self._drawn = 0.0
        self._is_first = True
        self._live: Live | None = None

    def feed(self, text: str) -> None:
        """Add *text*, and draw what has changed, at most a dozen times a second."""
        self._pending += printable(text)
        finished, rest = split_blocks(self._pending)
        if finished:
            self._finish(finished)
            self._pending = rest
        if self._pending.strip() and time.monotonic() - self._drawn >= 1 / _REDRAWS:
            self._draw()

    def end(self) -> None:
        """Render what is pending, as it is."""
        pending, self._pending = self._pending, ""
        if pending.strip():
            self._finish(pending)

    def _finish(self, text: str) -> None:
        self._erase()
        if not self._is_first:
            self._console.print()
        self._is_first = False
        self._console.print(_markdown(text))

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        if self._live is None:
            self._live = Live(
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                vertical_overflow="crop",
            )
            self._live.start()
        width, height = self._console.size
        self._live.update(_markdown(tail(self._pending, width, height - 2)), refresh=True)

    def _erase(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()


def split_blocks(text: str) -> tuple[str, str]:
    """Return the blocks of Markdown at the start of *text* that nothing can change any more, and the rest of it.

    A block ends at an empty line outside of a fence, unless the next line belongs to it: an indented line, an item.
    """
    end, position, fence = 0, 0, ""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        position += len(line)
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not line[found.end() :].strip():
            fence = ""
        following = lines[number + 1] if number + 1 < len(lines) else ""
        is_known = following.endswith("\n") or len(following) >= _ENOUGH
        if is_known and not fence and not line.strip() and not _CONTINUES.match(following):
            end = position
    return text[:end], text[end:]


def tail(text: str, width: int, height: int) -> str:
    """Return the last lines of *text*, in the fence that they stand in; more would not fit on the screen."""
    lines = text[-width * height :].splitlines(keepends=True)
    shown = "".join(lines[-height:])
    if len(shown) == len(text):
        return text
    fences = [line for line in text[: len(text) - len(shown)].splitlines() if _FENCE.match(line)]
    return f"{fences[-1]}\n{shown}" if len(fences) % 2 else shown


def _markdown(text: str) -> Markdown:
    """Return *text* for rich, without hidden addresses of links, and with HTML as the text that it is."""
    rendered = Markdown("", hyperlinks=False)
    rendered.markup = text
    rendered.parsed = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"]).parse(text)
    return rendered
