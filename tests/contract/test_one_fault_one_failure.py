"""An adapter that nobody here wrote, wrong in one line: the contract names the promise, and nothing else.

The adapter is the stranger's. Each fault is a change of its text; then the whole contract is run over it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

STRANGER = Path(__file__).parents[2] / "examples" / "stranger"
ADAPTER, WIRE = "__init__.py", "wire.py"
TARGET = "tests.test_contract:TestStrangerChat"
NO_LAWS = "not law. and not own."  # they ask about everything again, with made-up requests, and cost most of the time


@attrs.frozen(kw_only=True)
class Fault:
    """One line of the stranger's, as it is and as it must not be; the promises that this breaks, and what is said."""

    name: str
    file: str
    right: str
    wrong: str
    breaks: tuple[str, ...]
    promise: str
    look: str


FAULTS = [
    Fault(
        name="it strips the text",
        file=WIRE,
        right='delta.get("content") or',
        wrong='(delta.get("content") or "").strip() or',
        breaks=("answer.text",),
        promise="Not a character is stripped",
        look="a `strip`",
    ),
]
