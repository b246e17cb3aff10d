"""From an exception to one line on standard error and an exit code."""

from traceback import format_exception
from typing import Protocol, runtime_checkable

import typer

from llm_core.domain.errors import ChatError, ConfigurationError

from .console import Screen

_EXIT_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (KeyboardInterrupt, 130),
    (typer.Abort, 130),
    (ConfigurationError, 2),
    (ChatError, 1),
)


def report(error: BaseException, screen: Screen, *, debug: bool) -> int:
    """Print *error* in one line, after its traceback if *debug*, and return the exit code."""
    if debug:
        screen.trace("".join(format_exception(error)))
    if isinstance(error, _UsageError):
        screen.error(error.format_message())
        return error.exit_code
    for error_class, code in _EXIT_CODES:
        if isinstance(error, error_class):
            if text := str(error):
                screen.error(text)
            return code
    # the text of any other exception may quote a key or a prompt
    screen.error(f"unexpected {type(error).__name__}; run again with --debug for the traceback")
    return 1


@runtime_checkable
class _UsageError(Protocol):
    """A usage error of typer; its class is typer's own in newer releases, and click's in older ones."""

    exit_code: int

    def format_message(self) -> str: ...
