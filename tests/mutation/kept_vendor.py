"""LiteLLM is imported before the first test, and no collection of garbage walks through it: tests collect often."""

import gc

from llm_core.adapters.litellm import vendor


def pytest_sessionstart() -> None:
    """Import it, and keep what there is."""
    vendor.litellm()
    gc.collect()
    gc.freeze()
