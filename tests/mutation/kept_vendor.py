"""A pytest plugin that imports LiteLLM before the first test and freezes it, so that `gc.collect` in tests is fast."""

import gc

import pytest

from llm_core.adapters.litellm import litellm_module


def pytest_sessionstart() -> None:
    """Import LiteLLM, and exempt all objects that exist then from garbage collection."""
    litellm_module.litellm()
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests by file: mutmut selects them in any order, and many files collect garbage at their end."""
    first = {item.path: index for index, item in reversed(list(enumerate(items)))}
    items.sort(key=lambda item: first[item.path])
