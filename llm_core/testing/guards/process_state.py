"""A snapshot of the process that a call must leave as it was: environment, working directory, global settings."""

import logging
import os
import socket
from collections.abc import Iterator, Mapping


def process_state() -> Mapping[str, object]:
    """Return what the whole process shares, each by a name that an author recognises."""
    root = logging.getLogger()
    return {
        **{f"os.environ[{name!r}]": value for name, value in os.environ.items()},
        "the working directory": os.getcwd(),  # noqa: PTH109 -- Path.cwd is the same call, twice as slow
        "socket.getdefaulttimeout()": socket.getdefaulttimeout(),
        "the level of the root logger": root.level,
        "the handlers of the root logger": tuple(root.handlers),
    }


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    """Yield the names of what differs; a value may be a secret."""
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield name
