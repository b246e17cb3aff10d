"""Connects the generator of a stream with the stream that shows its usage."""

from collections.abc import Callable

import attrs

from llm_core.domain.usage import Usage


def _no_usage() -> Usage | None:
    return None


@attrs.define(eq=False)
class UsageReport:
    """Connects the generator of a stream, which knows the usage reported so far, with the stream, which shows it."""

    read: Callable[[], Usage | None] = _no_usage
    """Returns the usage so far; the generator sets it."""

    def freeze(self) -> None:
        """Keep the usage so far, and free what `read` reads it from."""
        usage = self.read()
        self.read = lambda: usage
