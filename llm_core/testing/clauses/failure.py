"""The message of a clause that failed: what was promised, what was seen, and where to look."""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator

import attrs
import pytest

from llm_core.domain.errors import ChatError
from llm_core.testing.guards.code_places import places_of

MAX_LINES = 12
MAX_WIDTH = 160  # characters of a line
MAX_SHOWN = 80  # characters of a text of the adapter within a line
_MAX_LOOK_LINES = 3
_MAX_SEEN = 2 * MAX_WIDTH - 20  # characters of a line that is wrapped
_DID_NOT_RAISE = re.compile(r"DID NOT RAISE (?:any of )?(?:<class '(?:\w+\.)*)?(.+?)(?:'>)?", re.DOTALL)
_REPEATED = ("assert ", "Falsifying ", "Failing ")  # of pytest, after a message; of hypothesis, with a value in full
_NOISE = ("Use -v", "...Full output truncated", "Full diff:")


@attrs.frozen
class Failure:
    """What is reported of a failed clause; `str` is at most 12 lines of at most 160 characters."""

    promise: str
    seen: tuple[str, ...]
    look: str

    def __str__(self) -> str:
        look = _bounded(_wrapped(f"look at: {self.look}"), _MAX_LOOK_LINES)
        first, *others = (cut(line, _MAX_SEEN) for line in self.seen)
        seen = [*_wrapped(f"seen: {first}"), *(part for line in others for part in _wrapped(f"  {line}"))]
        return "\n".join([cut(self.promise, MAX_WIDTH), *_bounded(seen, MAX_LINES - 1 - len(look)), *look])


def cut(text: str, width: int) -> str:
    """Return *text* with at most *width* characters, on one line; a longer one has its length at the end."""
    line = " ".join(text.split()) if "\n" in text else text
    if len(line) <= width:
        return line
    size = f"… ({len(line):,} characters)"
    return f"{line[: width - len(size)]}{size}"


def paragraphs(check: Callable[..., object]) -> list[str]:
    """Return the paragraphs of the docstring of *check*: the promise, and where to look."""
    return [" ".join(paragraph.split()) for paragraph in (inspect.getdoc(check) or "").split("\n\n")]


def promise_of(check: Callable[..., object]) -> tuple[str, str]:
    """Return what the clause *check* promises, with its id, and where to look if it fails."""
    promise, *looks = paragraphs(check)
    return f"promise {getattr(check, 'clause_id', '')}: {promise}", " ".join(looks)


def lines_of(error: BaseException) -> tuple[str, ...]:
    """Return what was seen, by the message of *error*; for an error of the adapter also where it was raised."""
    if not isinstance(error, AssertionError | pytest.fail.Exception):
        return (*_raised(error), *places_of(error), "(`pytest --full-trace` shows the whole traceback)")
    text = str(error) or "an assertion without a message failed"
    missing = _DID_NOT_RAISE.fullmatch(text)
    lines = [f"no {missing[1]} was raised"] if missing else list(_asserted(text.splitlines()))
    return (*lines, *(note for note in getattr(error, "__notes__", ()) if note.startswith("drawn")))


def _raised(error: BaseException) -> Iterator[str]:
    yield f"{type(error).__name__} was raised: {error}"
    if isinstance(error, ChatError) and error.detail:
        yield f"detail: {error.detail}"
    if error.__cause__ is not None:
        yield f"its cause: {type(error.__cause__).__name__}: {error.__cause__}"


def _asserted(lines: list[str]) -> Iterator[str]:
    """Yield the lines of a message without the repetition of its assertion, which pytest adds below."""
    for number, line in enumerate(lines):
        if number and line.startswith(_REPEATED):
            return
        if line.strip() and not line.strip().startswith(_NOISE):
            yield line.strip() if number else line


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line,
        MAX_WIDTH,
        subsequent_indent="    " if line.startswith(" ") else "  ",
        expand_tabs=False,
        replace_whitespace=False,
        break_on_hyphens=False,
    )


def _bounded(lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"  … and {len(lines) - most + 1} more lines"]
