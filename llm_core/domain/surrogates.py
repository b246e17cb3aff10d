"""Surrogate pairs that a server splits between two deltas, as JavaScript servers do; here they are joined again."""

from collections.abc import Iterable

import attrs

_HIGH_MIN, _HIGH_MAX = "\ud800", "\udbff"  # high surrogates: the first code unit of a pair


def join_surrogates(deltas: Iterable[str]) -> str:
    """Return *deltas* as one text.

    A surrogate pair that two deltas share becomes one character; a lone surrogate becomes U+FFFD.
    """
    text = "".join(deltas)
    if text.isascii():
        return text
    try:
        text.encode()  # fails at a surrogate; faster and smaller than two copies in UTF-16
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


@attrs.define(eq=False, repr=False)
class SurrogateBuffer:
    """Holds a high surrogate back until the low one arrives; one that stays alone becomes U+FFFD."""

    _high: str = ""

    def feed(self, delta: str) -> str:
        """Return the complete characters up to the end of *delta*."""
        if not self._high and delta.isascii():
            return delta
        text, self._high = self._high + delta, ""
        if _HIGH_MIN <= text[-1:] <= _HIGH_MAX:
            text, self._high = text[:-1], text[-1]
        return join_surrogates((text,))

    def flush(self) -> str:
        """Return what is still held back, once the text has ended."""
        if not self._high:
            return ""
        high, self._high = self._high, ""
        return join_surrogates((high,))
