"""A program that ends leaves no warning behind, and does not wait, whatever it did with its adapter."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from .fake_provider import running_far_side
from .leaving import WAYS

_SEED = 1
_PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_far_side(_SEED) as told:
        yield told


def left(program: str) -> tuple[int, str]:
    command = (sys.executable, "-X", "dev", "-W", "error", "-c", f"from tests.soak.leaving import leave; {program}")
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    return ended.returncode, ended.stderr


def test_a_program_ends_without_a_word(url: str) -> None:
    ways = [way for way in WAYS if way != "half_read_in_a_loop"]

    code, said = left(f"kept = [leave(way, {url!r}) for way in {ways!r}]")

    assert (0, "") == (code, said)


def test_a_stream_that_a_loop_left_half_read_and_nobody_kept_is_warned_of_and_nothing_else_is(url: str) -> None:
    code, said = left(f"leave('half_read_in_a_loop', {url!r})")

    assert code == 0
    assert said.count("Warning:") == 1, said
    assert "ResourceWarning: unclosed <llm_core.ports.streams.AsyncEventStream" in said
