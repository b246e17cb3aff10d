"""Whole characters out of pieces that may end within one: JavaScript servers send the halves of a pair one by one."""

from collections.abc import Iterable

import attrs

_FIRST, _LAST = "\ud800", "\udbff"  # the first halves of surrogate pairs


def join_surrogates(pieces: Iterable[str]) -> str:
    """Return *pieces* as one text.

    A surrogate pair may be split between two (JavaScript servers do that); half of one alone is no character.
    """
    text = "".join(pieces)
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@attrs.define
class SurrogateBuffer:
    """Keeps the first half of a character until the second comes; one that stays alone is told as U+FFFD."""

    _half: str = ""

    def feed(self, piece: str) -> str:
        """Return what *piece* completes."""
        if not self._half and piece.isascii():
            return piece
        text, self._half = self._half + piece, ""
        if _FIRST <= text[-1:] <= _LAST:
            text, self._half = text[:-1], text[-1]
        return join_surrogates((text,))

    def flush(self) -> str:
        """Return what is left, once nothing more comes."""
        half, self._half = self._half, ""
        return join_surrogates((half,))
