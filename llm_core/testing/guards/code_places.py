"""Names lines of code for a message: those of the adapter, not of the suite, the port, Python or other libraries."""

import linecache
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from traceback import walk_stack, walk_tb
from types import FrameType

_SUITE = ("llm_core.testing", "llm_core.ports", "llm_core_pytest", "_pytest", "pluggy")
_SHOWN = 2  # lines, the innermost
_WIDTH = 60  # characters of source
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def places_of(error: BaseException) -> list[str]:
    """Return the innermost lines of the adapter's code that *error* passed through; empty if there are none."""
    return _own_lines(walk_tb(error.__traceback__))


def place_in_stack(frame: FrameType) -> list[str]:
    """Return where the thread of *frame* stands: the innermost lines of the adapter's code, else of any code."""
    stack = list(walk_stack(frame))
    return _own_lines(reversed(stack)) or [_line(*stack[0])]


def _own_lines(frames: Iterable[tuple[FrameType, int]]) -> list[str]:
    return [_line(frame, number) for frame, number in frames if _is_own(frame)][-_SHOWN:]


def _is_own(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    return not module.startswith(_SUITE) and not frame.f_code.co_filename.startswith((*_LIBRARIES, "<"))


def _line(frame: FrameType, number: int) -> str:
    code, here = Path(frame.f_code.co_filename), Path.cwd()
    path = code.relative_to(here) if code.is_relative_to(here) else code
    source = linecache.getline(str(code), number).strip()
    shown = source if len(source) <= _WIDTH else f"{source[:_WIDTH]}…"
    return f"{path}:{number} in {frame.f_code.co_name}: {shown}"
