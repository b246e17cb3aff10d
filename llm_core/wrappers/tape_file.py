"""The file of a tape: JSON lines, appended whole, private to its owner."""

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PRIVATE = 0o600
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_lines(path: Path) -> list[dict[str, object]]:
    """Return the parsed lines of the tape at *path*; none if there is no file.

    A last line that was cut off, by a process that ended while it wrote, is left out.

    Raises:
        ValueError: another line is not a JSON object.
    """
    try:
        *lines, last = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    if _parsed(last) is not None:
        lines.append(last)
    return list(_documents(path, lines))


def append_line(path: Path, line: bytes) -> None:
    """Append *line* to the tape at *path* in one piece, whatever other threads and processes append meanwhile.

    A file that does not exist yet is made with mode 0600, and its folder too. An error leaves the tape as it was.
    """
    with _locked(path) as descriptor:
        _end_last_line(descriptor, path)
        written = os.write(descriptor, line)
        if written < len(line):
            os.truncate(descriptor, os.fstat(descriptor).st_size - written)
            raise OSError(f"{path}: the disk is full")


def keep_lines(path: Path, keep: Callable[[dict[str, object]], bool]) -> None:
    """Leave only those lines on the tape at *path* that *keep* accepts: a reader sees the old tape or the new one."""
    with _locked(path):
        lines = read_lines(path)
        kept = [line for line in lines if keep(line)]
        if len(kept) < len(lines):
            _replace(path, kept)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open the tape at *path* for this process alone, and yield its descriptor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        # A file object, which is closed with its frame: an interrupt at a call of `os.close` would leave the lock.
        with open(path, "ab+", buffering=0, opener=_open_private) as file:
            descriptor = file.fileno()
            with suppress(ImportError):  # Windows has no `fcntl`: there, processes must not write one tape at once
                import fcntl

                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(descriptor, path):
                yield descriptor
                return


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE)


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether the open file is still the one at *path*: another process may have replaced it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _replace(path: Path, lines: list[dict[str, object]]) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(encoded(json.dumps(line, ensure_ascii=False)) for line in lines)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def encoded(text: str) -> bytes:
    """Return the JSON *text* as a line; half a surrogate pair, which UTF-8 cannot encode, becomes an escape."""
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", f"{text}\n").encode()


def _documents(path: Path, lines: list[bytes]) -> Iterator[dict[str, object]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            document = _parsed(line)
            if document is None:
                raise ValueError(f"{path}, line {number}: expected a JSON object")
            yield document


def _parsed(line: bytes) -> dict[str, object] | None:
    try:
        document: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _end_last_line(descriptor: int, path: Path) -> None:
    """End the last line of the file, or take it out if it was cut off."""
    size = os.fstat(descriptor).st_size
    if size == 0:
        return
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    if os.read(descriptor, 1) == b"\n":
        return
    last = path.read_bytes().rpartition(b"\n")[2]
    if _parsed(last) is None:
        os.truncate(descriptor, size - len(last))
    else:
        os.write(descriptor, b"\n")
