"""Every test begins with nothing remembered: else what an earlier one has looked up hides a break in the looking."""

import sys

import pytest

_SLOW = frozenset({"litellm", "_certificates"})  # what these look up is the same whatever is broken


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget what functions of ours have remembered."""
    del item
    for name, module in list(sys.modules.items()):
        if name.startswith("llm_core."):
            _forget(vars(module))


def _forget(names: dict[str, object]) -> None:
    for name, value in names.items():
        clear = getattr(value, "cache_clear", None)
        if name not in _SLOW and callable(clear):
            clear()
