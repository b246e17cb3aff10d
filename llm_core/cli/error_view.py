"""Shows an error on standard error: a safe sentence, then the provider's own words."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from traceback import StackSummary, TracebackException

from llm_core.domain.errors import ChatError, ConfigurationError

from .arguments import UsageError
from .console import Screen
from .exit_codes import OTHER, exit_code

_PYTHON = Path(sysconfig.get_path("stdlib"))


def report(error: BaseException, screen: Screen, *, debug: bool) -> int:
    """Show *error*, after its traceback if *debug*, and return the exit code."""
    if debug:
        screen.trace(_traceback(error))
    show_error(error, screen)
    return exit_code(error)


def show_error(error: BaseException, screen: Screen) -> None:
    """Show *error*: what failed with the facts about it in one line, the provider's words below, dimmed.

    The provider's words hold no key: `ChatError.detail` is masked.
    """
    if isinstance(error, ChatError):
        screen.error(str(error))
        screen.detail(error.detail or _cause(error))
    elif isinstance(error, ConfigurationError | UsageError):
        screen.error(str(error))
    elif isinstance(error, Exception) and exit_code(error) == OTHER:
        # the text of any other exception may quote a key or a prompt
        screen.error(f"unexpected {type(error).__name__}; run again with --debug for the traceback")


def _cause(error: ChatError) -> str:
    return "" if error.__cause__ is None else str(error.__cause__)


def _traceback(error: BaseException) -> str:
    """Return the traceback of *error* and of what it came from, without the frames of Python's own library."""
    shown = TracebackException.from_exception(error)
    link: TracebackException | None = shown
    while link is not None:
        link.stack = StackSummary.from_list([frame for frame in link.stack if not _is_hidden(frame.filename)])
        link = link.__cause__ or link.__context__
    return "".join(shown.format())


def _is_hidden(file: str) -> bool:
    path = Path(file)
    return path.suffix != ".py" or (path.is_relative_to(_PYTHON) and "site-packages" not in path.parts)
