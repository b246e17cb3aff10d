"""The head of an HTTP/1.1 response: status line, headers, and how the end of the body is known; as strict as h11."""

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

import attrs

MAX_HEAD = 64 * 1024
"""Bytes of names and values in a head."""
_MAX_LENGTH_DIGITS = 20

_STATUS_LINE = re.compile(rb"HTTP/([0-9]\.[0-9]) ([1-9][0-9]{2})(?: ([^\x00\n\x0b\x0c\r]*))?\r?")
_HEADER = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00\n\x0b\x0c\r]*\r?\n"  # the name is a token, by RFC 9110
_HEADERS = re.compile(rb"(?:" + _HEADER + rb")*")
_NAME_AND_VALUE = re.compile(rb"([^:]+):[ \t]*([^\r\n]*)\r?\n")  # of `_HEADERS`
_FOLD = re.compile(rb"\r?\n[ \t]+")  # an obsolete form, which httpx reads too
_LENGTH = re.compile(rb"[0-9]+")
_SWITCHING, _FIRST_FINAL, _WITHOUT_BODY = 101, 200, (204, 304)  # statuses

Headers: TypeAlias = "list[tuple[bytes, bytes]]"
Framing: TypeAlias = Literal["length", "chunked", "until close"]


class MalformedResponseError(ValueError):
    """The bytes are not a response of HTTP/1.1."""


def head_size(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the bytes of *headers* that count towards `MAX_HEAD`."""
    return sum([len(name) + len(value) + 4 for name, value in headers])  # with colon, space and line end


@attrs.frozen
class ResponseHead:
    """Status line and headers."""

    version: bytes
    """As in ``1.1``."""
    status: int
    """The status, from 200 on."""
    reason: bytes = attrs.field(repr=False)
    headers: Headers = attrs.field(repr=False)
    """Names in lower case."""
    framing: Framing
    """How the end of the body is known."""
    length: int
    """The bytes of a body with the framing "length"."""

    @property
    def named(self) -> dict[str, str]:
        """The headers as text."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers}

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection can serve another request after this response."""
        connection = [value.lower() for name, value in self.headers if name == b"connection"]
        closes = bool(connection) and b"close" in [token.strip() for token in b",".join(connection).split(b",")]
        return not closes and self.version >= b"1.1" and self.framing != "until close"


def parse_head(lines: bytes) -> ResponseHead | None:
    """Return the head that *lines* hold; None for an interim response (1xx). Raises MalformedResponseError."""
    line, _, rest = lines.partition(b"\n")
    start = _STATUS_LINE.fullmatch(line)
    if start is None:
        raise MalformedResponseError("a malformed status line")
    headers = parse_headers(rest)
    if len(rest) > MAX_HEAD and head_size(headers) > MAX_HEAD:
        raise MalformedResponseError(f"a head of more than {MAX_HEAD} bytes")
    status = int(start[2])
    if status == _SWITCHING:
        raise MalformedResponseError("a switch of protocols that was not requested")
    if status < _FIRST_FINAL:
        return None
    framing, length = _framing(status, headers)
    return ResponseHead(start[1], status, start[3] or b"", headers, framing, length)


def parse_headers(lines: bytes) -> Headers:
    """Return the headers, names in lower case. Raises MalformedResponseError."""
    if lines.startswith((b" ", b"\t")):
        raise MalformedResponseError("a continuation line without a header")
    if b"\n " in lines or b"\n\t" in lines:
        lines = _FOLD.sub(b" ", lines)
    if _HEADERS.fullmatch(lines) is None:
        raise MalformedResponseError("a malformed header")
    headers = [(name.lower(), value.rstrip(b" \t")) for name, value in _NAME_AND_VALUE.findall(lines)]
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if codings and (len(codings) > 1 or codings[0].lower() != b"chunked"):
        raise MalformedResponseError("a transfer coding other than chunked")
    lengths = [value for name, value in headers if name == b"content-length"]
    if lengths and not _is_length({text.strip() for value in lengths for text in value.split(b",")}):
        raise MalformedResponseError("a malformed content-length")
    return headers


def _is_length(texts: set[bytes]) -> bool:
    """Return whether *texts*, all values of content-length, are one number."""
    text = texts.pop()
    return not texts and _LENGTH.fullmatch(text) is not None and len(text) <= _MAX_LENGTH_DIGITS


def _framing(status: int, headers: Headers) -> tuple[Framing, int]:
    if status in _WITHOUT_BODY:
        return "length", 0
    fields = dict(headers)
    if b"transfer-encoding" in fields:
        return "chunked", 0
    if b"content-length" in fields:
        return "length", int(fields[b"content-length"].split(b",")[0])
    return "until close", 0
