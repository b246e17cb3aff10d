"""A snapshot of the process that a call must leave as it was: environment, working directory, global settings."""

import asyncio
import decimal
import gc
import locale
import logging
import os
import random
import signal
import socket
import ssl
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import attrs

RandomState: TypeAlias = tuple[int, tuple[int, ...], float | None]

_WORDS = 624  # in the state of a generator; its use changes them all, once for as many numbers
_REFILLS = 32  # that count as use


def process_state() -> Mapping[str, object]:
    """Return what the whole process shares, each by a name that an author recognises."""
    context = decimal.getcontext()
    return {"decimal.getcontext()": (context.prec, context.rounding), **shared_state()}


def shared_state() -> dict[str, object]:
    """Return the part of `process_state` that is the same in every thread."""
    root = logging.getLogger()
    return {
        "the locale": locale.setlocale(locale.LC_ALL),
        "the handler of SIGTERM": signal.getsignal(signal.SIGTERM),  # asyncio sets that of SIGINT meanwhile
        "ssl._create_default_https_context": vars(ssl).get("_create_default_https_context"),
        "sys.excepthook": sys.excepthook,
        "threading.excepthook": threading.excepthook,
        "gc.isenabled()": gc.isenabled(),
        "logging.root.manager.disable": root.manager.disable,
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
    if before == after:
        return
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


@attrs.frozen
class LooseState:
    """What the suite and imports change for a while too, so that it is compared at the end of a clause alone."""

    modules: int
    filters: tuple[object, ...]
    path: tuple[str, ...]
    random_state: RandomState
    recursion_limit: int
    loop: object  # that `asyncio.get_event_loop` returns in this thread, where none runs

    @classmethod
    def now(cls) -> "LooseState":
        """Return the state of the process now."""
        return cls(
            len(sys.modules),
            tuple(warnings.filters),
            tuple(sys.path),
            random.getstate(),
            sys.getrecursionlimit(),
            _current_loop(),
        )

    def changes(self) -> Iterator[str]:
        """Yield the names of what differs now. A module may add a filter or a path when it is imported."""
        now = LooseState.now()
        if self.modules == now.modules:
            yield from ["warnings.filters"] if self.filters != now.filters else []
            yield from ["sys.path"] if self.path != now.path else []
        yield from ["sys.getrecursionlimit()"] if self.recursion_limit != now.recursion_limit else []
        yield from ["asyncio.get_event_loop()"] if now.loop not in (None, self.loop) else []
        yield from ["the seed of random"] if self._is_seeded(now.random_state) else []

    def _is_seeded(self, after: RandomState) -> bool:
        """Return whether the words of the global generator are others than its use makes of the earlier ones."""
        if after == self.random_state:
            return False
        generator = random.Random()  # noqa: S311 -- it follows the global one
        generator.setstate(self.random_state)
        for _ in range(_REFILLS):
            if generator.getstate()[1][:_WORDS] == after[1][:_WORDS]:
                return False
            generator.getrandbits(32 * _WORDS)
        return True


def _current_loop() -> object:
    """Return the loop that was set in this thread; None without one, for which `asyncio` would make one."""
    local = vars(asyncio.get_event_loop_policy()).get("_local")
    return getattr(local, "_loop", None)
