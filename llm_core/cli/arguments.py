"""The parser of the command line: argparse, with errors that are raised, and help that keeps its line ends."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import attrs

if TYPE_CHECKING:
    from argparse import Namespace

    from .console import Screen


class UsageError(Exception):
    """Wrong usage of a command; its text says what is wrong."""


@attrs.frozen(kw_only=True)
class Command:
    """A command of the command line."""

    name: str
    summary: str
    """What it does, in one line without a full stop."""
    description: str
    """The help below that: more about it, and examples."""
    add_options: Callable[[ArgumentParser], None]
    """Adds its options."""
    run: Callable[[Namespace, Screen], int]
    """Runs it with the options that were given, and returns the exit code."""


class Parser(ArgumentParser):
    """A parser that raises `UsageError`; options cannot be abbreviated, so that a new one changes no script."""

    def __init__(self, *, prog: str | None = None, description: str | None = None) -> None:
        """Take the name of the command, and its help without the options."""
        super().__init__(
            prog=prog, description=description, formatter_class=RawDescriptionHelpFormatter, allow_abbrev=False
        )

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`."""
        raise UsageError(message)

    def add_shared(self, default: object = SUPPRESS) -> None:
        """Add the options that every command has; SUPPRESS keeps what stands before the command's name."""
        self.add_argument(
            "-q", "--quiet", action="store_true", default=default, help="print one line for an error, and no notes"
        )
        self.add_argument("--debug", action="store_true", default=default, help="print the traceback of an error")


@contextmanager
def as_usage_error() -> Iterator[None]:
    """Turn a ValueError into a `UsageError`."""
    try:
        yield
    except ValueError as error:
        raise UsageError(str(error)) from None
