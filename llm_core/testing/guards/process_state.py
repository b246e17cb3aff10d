"""A snapshot of the process that a call must leave as it was: environment, working directory, global settings."""

import logging
import os
import socket
from collections.abc import Iterator, Mapping


def process_state() -> Mapping[str, object]:
    """Return what the whole process shares, each by a name that an author recognises."""
    root = logging.getLogger()
    return {
        "os.environ": _environment(),
        "the working directory": os.getcwd(),  # noqa: PTH109 -- Path.cwd is the same call, twice as slow
        "socket.getdefaulttimeout()": socket.getdefaulttimeout(),
        "the level of the root logger": root.level,
        "the handlers of the root logger": tuple(root.handlers),
    }


def _environment() -> Mapping[object, object]:
    """Return a copy of the environment, without decoding its names and values where the platform encodes them."""
    encoded: object = getattr(os.environ, "_data", None)
    pairs = encoded.items() if isinstance(encoded, dict) else os.environ.items()
    return dict[object, object](pairs)


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    """Yield the names of what differs; a value may be a secret."""
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from sorted(f"{name}[{_text(key)!r}]" for key in _changed_keys(one, other))
        elif one != other:
            yield name


def _changed_keys(before: Mapping[object, object], after: Mapping[object, object]) -> Iterator[object]:
    if before != after:
        yield from (key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _text(name: object) -> str:
    return os.fsdecode(name) if isinstance(name, bytes) else str(name)
