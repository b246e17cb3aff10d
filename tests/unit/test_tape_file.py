"""The file of a tape where the disk is full: it stays as it was."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from llm_core.wrappers.tape_file import append_line, read_lines, replace_lines


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond *size* bytes meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_line_that_does_not_fit_is_taken_out_again(tmp_path: Path) -> None:
    tape = tmp_path / "a.jsonl"
    append_line(tape, b'{"a": 1}\n')

    with largest_file(15), pytest.raises(OSError, match=r"a\.jsonl: the disk is full"):
        append_line(tape, b'{"b": 2222222222}\n')

    assert b'{"a": 1}\n' == tape.read_bytes()


def test_a_tape_whose_replacement_does_not_fit_stays_as_it_was(tmp_path: Path) -> None:
    tape = tmp_path / "a.jsonl"
    append_line(tape, b'{"a": 1}\n')

    with largest_file(5), pytest.raises(OSError, match="File too large"):
        replace_lines(tape, [{"b": "2222222222"}])

    assert ([{"a": 1}], [tape]) == (read_lines(tape), list(tmp_path.iterdir()))
