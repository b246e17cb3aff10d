"""A pytest plugin that clears the caches of the mutated packages before each test: they would hide a mutant."""

import sys
from collections.abc import Callable, Iterator

import pytest

_PACKAGES = tuple(f"llm_core.{package}." for package in ("domain", "ports", "wires", "providers", "transport"))
_seen: set[str] = set()
_clear: list[Callable[[], object]] = []


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Clear the caches of every loaded module of the packages."""
    del item
    for name in [name for name in sys.modules if name not in _seen and name.startswith(_PACKAGES)]:
        _seen.add(name)
        _clear.extend(_caches(vars(sys.modules[name])))
    for clear in _clear:
        clear()


def _caches(names: dict[str, object]) -> Iterator[Callable[[], object]]:
    for value in names.values():
        clear = getattr(value, "cache_clear", None)
        if callable(clear):
            yield clear
