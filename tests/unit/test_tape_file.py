"""The file of a tape where the disk is full: it stays as it was."""

import fcntl
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from llm_core.wrappers.tape_file import append_line, keep_lines, read_lines


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
    append_line(tape, b'{"b": 2}\n')

    with largest_file(5), pytest.raises(OSError, match="File too large"):
        keep_lines(tape, lambda line: "a" in line)

    assert ([{"a": 1}, {"b": 2}], [tape]) == (read_lines(tape), list(tmp_path.iterdir()))


def test_a_line_goes_to_the_tape_that_replaced_the_one_it_waited_for(tmp_path: Path) -> None:
    tape = tmp_path / "a.jsonl"
    append_line(tape, b'{"a": 1}\n')
    with tape.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        thread = threading.Thread(target=append_line, args=(tape, b'{"b": 2}\n'))
        thread.start()
        thread.join(0.05)  # it waits for the lock
        tape.unlink()
    thread.join(5)

    assert [{"b": 2}] == read_lines(tape)
