"""A pytest plugin that clears all caches before each test: a cached result would hide a mutant in the function."""

import sys

import pytest

_SLOW = frozenset({"litellm", "_certificates"})  # slow to compute, and no mutant changes their results


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Clear the caches of every loaded module of llm_core."""
    del item
    for name, module in list(sys.modules.items()):
        if name.startswith("llm_core."):
            _clear_caches(vars(module))


def _clear_caches(names: dict[str, object]) -> None:
    for name, value in names.items():
        clear = getattr(value, "cache_clear", None)
        if name not in _SLOW and callable(clear):
            clear()
