"""The interpreter exits without a warning and without waiting, whether or not the adapter was closed."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from .fake_provider import running_fake_provider
from .interpreter_exit import WAYS

_SEED = 1
_TIMEOUT = 60  # seconds


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_fake_provider(_SEED) as address:
        yield address


def exit_of(program: str) -> tuple[int, str]:
    command = (
        sys.executable,
        "-X",
        "dev",
        "-W",
        "error",
        "-c",
        f"from tests.soak.interpreter_exit import leave; {program}",
    )
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    return ended.returncode, ended.stderr


def test_the_interpreter_exits_without_a_warning(url: str) -> None:
    ways = [way for way in WAYS if way != "half_read_in_a_loop"]

    code, stderr = exit_of(f"kept = [leave(way, {url!r}) for way in {ways!r}]")

    assert (0, "") == (code, stderr)


def test_a_dropped_unfinished_async_stream_is_the_only_warning(url: str) -> None:
    code, stderr = exit_of(f"leave('half_read_in_a_loop', {url!r})")

    assert code == 0
    assert stderr.count("Warning:") == 1, stderr
    assert "ResourceWarning: unclosed <llm_core.ports.streams.AsyncEventStream" in stderr
