"""LiteLLM is imported before the first test, and walked through by few collections of garbage: tests collect often."""

import gc

import pytest

from llm_core.adapters.litellm import litellm_module


def pytest_sessionstart() -> None:
    """Import it, and keep what there is."""
    litellm_module.litellm()
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each file have its tests in a row: mutmut asks for them in any order, and many a file collects at its end."""
    first = {item.path: place for place, item in reversed(list(enumerate(items)))}
    items.sort(key=lambda item: first[item.path])
