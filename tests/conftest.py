"""What holds for every test."""

import gc
import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _collect_between_the_tests() -> Iterator[None]:
    """Keep the collector out of a test, and of the showing of its failure.

    What LiteLLM leaves open complains when it is collected. In the middle of showing a traceback that brings Python
    3.11 down ("AST constructor recursion depth mismatch"), and inside the lock of httpcore's pool it waits for ever.
    """
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_reaches_children() -> None:
    """Undo what a shell does to whatever it starts with ``&``: it has Ctrl-C ignored, and so would all its children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
