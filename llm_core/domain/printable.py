"""Text of others, made safe to print: a terminal obeys control characters, and bidi overrides reorder what is read."""

import re

# Unicode TR36 and CVE-2021-42574: overrides, embeddings and isolates change the order of the text around them.
_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNPRINTABLE = re.compile(f"[{_CONTROLS}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    """Return *text* without control characters, but line ends and tabs, and without bidi controls.

    Half a surrogate pair, which no output can encode, becomes U+FFFD.
    """
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _UNPRINTABLE.sub("", text))


def printable_json(text: str) -> str:
    r"""Return the JSON *text* with these characters as ``\u`` escapes, which keep its value."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
