"""Scans of JSON text for its bounds, which cost a fraction of decoding it: a parser cannot be interrupted.

A container (an array or an object) costs up to a microsecond to decode, and as much to copy; another value a tenth.
"""

from itertools import accumulate

import attrs

MAX_NESTING = 100  # levels of a value that is kept: deeper than any schema or call seen
MAX_LEVELS = 200  # of a provider's JSON: a value that is kept, and what it stands in
MAX_CONTAINERS = 65_536  # in a text of up to a mebibyte
_BYTES_PER_CONTAINER = 16  # of a longer text, at least; answers with many log probabilities need 22
_COMMAS_PER_CONTAINER = 4  # of the maximum of containers: the maximum of commas
SCANNED_FROM = 1024  # bytes; for a shorter text the parser's own limit of levels is enough

_BLOCK = 1024 * 1024  # bytes that are scanned at once
_BRACKETS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # as signed bytes: one level more, one less
_NOT_BRACKETS = bytes({*range(256)} - {*b"[{]}"})


@attrs.define(eq=False, repr=False)
class JsonStructure:
    """Reads a JSON text in blocks, and removes its strings."""

    level: int = 0
    """The number of arrays and objects that are open."""
    _in_string: int = 0  # 1 within a string
    _escaped: bool = False  # a backslash ended the last block

    def feed(self, block: bytes) -> tuple[bytes, memoryview]:
        """Return *block* without strings, and its brackets: 1 for one that opens, -1 for one that closes."""
        text = block[1:] if self._escaped and block else block
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
        self._escaped = text.endswith(b"\\") or (self._escaped and not block)
        parts = text.split(b'"')
        structure = b"".join(parts[self._in_string :: 2])
        self._in_string = (self._in_string + len(parts) - 1) % 2
        steps = memoryview(structure.translate(_BRACKETS, _NOT_BRACKETS)).cast("b")
        self.level += sum(steps)
        return structure, steps


def size_problem(text: bytes, levels: int = MAX_LEVELS) -> str | None:
    """Return what is wrong with the size of the JSON *text*; None if it may be decoded.

    The scan takes time linear in the length. Brackets and commas within strings do not count.
    """
    if len(text) <= SCANNED_FROM:
        return None
    most = max(MAX_CONTAINERS, len(text) // _BYTES_PER_CONTAINER)
    containers = text.count(b"[") + text.count(b"{")
    if containers <= levels and text.count(b",") <= most * _COMMAS_PER_CONTAINER:
        return None
    return _scan(text, levels, most)


def _scan(text: bytes, levels: int, most: int) -> str | None:
    scan, containers, commas = JsonStructure(), 0, 0
    for start in range(0, len(text), _BLOCK):
        level = scan.level
        structure, steps = scan.feed(text[start : start + _BLOCK])
        if max(accumulate(steps, initial=level)) > levels:
            return f"nested deeper than {levels} levels"
        containers += steps.tobytes().count(b"\x01")
        commas += structure.count(b",")
        if containers > most or commas > most * _COMMAS_PER_CONTAINER:
            return f"more than {most} arrays and objects, or {most * _COMMAS_PER_CONTAINER} commas"
    return None
