"""Parses one HTTP/1.1 response, without I/O, for sync and async callers; as strict as h11."""

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

import attrs

MAX_HEAD = 64 * 1024
"""Bytes of names and values in a head."""
_MAX_INCOMPLETE = 100 * 1024  # bytes that wait for the end of a head, a chunk's size or the trailers, as in httpcore
_MAX_LENGTH_DIGITS = 20
_CRLF = b"\r\n"

_STATUS_LINE = re.compile(rb"HTTP/([0-9]\.[0-9]) ([1-9][0-9]{2})(?: ([^\x00\n\x0b\x0c\r]*))?\r?")
_HEADER = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00\n\x0b\x0c\r]*\r?\n"  # the name is a token, by RFC 9110
_HEADERS = re.compile(rb"(?:" + _HEADER + rb")*")
_NAME_AND_VALUE = re.compile(rb"([^:]+):[ \t]*([^\r\n]*)\r?\n")  # of `_HEADERS`
_FOLD = re.compile(rb"\r?\n[ \t]+")  # an obsolete form, which httpx reads too
_HEAD_END = re.compile(rb"\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;.*)?[ \t]*\r\n")
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
    def keeps_alive(self) -> bool:
        """Whether the connection can serve another request after this response."""
        connection = [value.lower() for name, value in self.headers if name == b"connection"]
        closes = bool(connection) and b"close" in [token.strip() for token in b",".join(connection).split(b",")]
        return not closes and self.version >= b"1.1" and self.framing != "until close"


@attrs.define(eq=False, repr=False)
class ResponseParser:
    """Takes the bytes of one response as they arrive; interim responses (1xx) before it are skipped."""

    head: ResponseHead | None = attrs.field(default=None, repr=False)
    """The head, once it has been read."""
    done: bool = False
    """Whether the response has ended, also if it is broken: no more bytes belong to it."""
    failure: str = ""
    """Why the body is broken; empty if it is not."""
    surplus: bool = False
    """Whether bytes came after the end of the response."""
    _buffer: bytes = attrs.field(
        default=b"", repr=False
    )  # at most a head, a line or trailers that are incomplete, and after the end the surplus
    _searched: int = 0  # bytes of the buffer that hold no line end
    _missing: int = 0  # bytes of the body, or of the current chunk
    _state: Literal["size", "data", "data end", "trailers"] = "size"

    def feed(self, data: bytes) -> bytes:
        """Take *data*, and return the bytes of the body in it.

        Raises:
            MalformedResponseError: the head is malformed, or longer than `MAX_HEAD`. A broken body is a `failure`.
        """
        self._buffer = self._buffer + data if self._buffer else data
        if self.head is None and not self._read_head():
            return b""
        body = b"" if self.done or self.head is None else self._read_body(self.head.framing)
        self.surplus = self.done and bool(self._buffer)
        return body

    def feed_eof(self, reason: str = "the connection was closed within the body") -> None:
        """Take the end of the connection. *reason* is the failure of a body that has not ended."""
        if self.done:
            return
        self.done = True
        if self.head is None or self.head.framing != "until close":
            self.failure = reason

    def _read_head(self) -> bool:
        while self.head is None:
            lines = self._take_lines()
            if lines is None:
                if self._buffer and self._buffer[0] <= ord(" "):
                    raise MalformedResponseError("a response begins with HTTP/")
                return False
            self.head = _parse_head(lines)
        self._missing = self.head.length
        self.done = self.head.framing == "length" and not self._missing
        return True

    def _read_body(self, framing: Framing) -> bytes:
        if framing == "chunked":
            return self._read_chunks()
        data = self._take(len(self._buffer) if framing == "until close" else self._missing)
        if framing == "length":
            self._missing -= len(data)
            self.done = self._missing == 0
        return data

    def _read_chunks(self) -> bytes:
        """Return the data of chunks; a malformed one ends the response."""
        parts: list[bytes] = []
        while self._buffer and not self.done:
            if self._state == "size" and self._take_whole_chunks(parts):
                break
            step = self._read_chunk()
            if step is None:
                break
            parts.append(step)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _take_whole_chunks(self, parts: list[bytes]) -> bool:
        """Add the data of the chunks that are whole in the buffer to *parts*; return whether no byte is left."""
        buffer, place = self._buffer, 0
        while (size := _CHUNK_SIZE.match(buffer, place)) is not None:
            begin = size.end()
            end = begin + int(size[1], 16)
            if end == begin or buffer[end : end + 2] != _CRLF:
                break
            parts.append(buffer[begin:end])
            place = end + 2
        if place:
            self._take(place)
        return not self._buffer

    def _read_chunk(self) -> bytes | None:
        """Return the data of the next step, often empty; None if more bytes are needed, or the response has ended."""
        match self._state:
            case "size":
                return self._read_size()
            case "data":
                data = self._take(self._missing)
                self._missing -= len(data)
                self._state = "data" if self._missing else "data end"
                return data or None
            case "data end":
                return self._read_data_end()
            case _:
                return self._read_trailers()

    def _read_size(self) -> bytes | None:
        size = _CHUNK_SIZE.match(self._buffer)
        if size is not None:
            self._take(size.end())
            self._missing = int(size[1], 16)
            self._state = "data" if self._missing else "trailers"
            return b""
        if self._buffer.find(_CRLF, max(0, self._searched - 1)) >= 0:
            self._break_off("a chunk with a malformed size")
        elif len(self._buffer) > _MAX_INCOMPLETE:
            self._break_off(f"more than {_MAX_INCOMPLETE} bytes without a line end")
        self._searched = len(self._buffer)
        return None

    def _read_data_end(self) -> bytes | None:
        if not _CRLF.startswith(self._buffer[:2]):
            self._break_off("a chunk that is longer than its size")
            return None
        if len(self._buffer) < len(_CRLF):
            return None
        self._take(len(_CRLF))
        self._state = "size"
        return b""

    def _read_trailers(self) -> bytes | None:
        try:
            lines = self._take_lines()
            if lines is not None:
                _parse_headers(lines)
                self.done = True
        except MalformedResponseError as error:
            self._break_off(f"trailers: {error}")
        return None

    def _break_off(self, reason: str) -> None:
        self.failure, self.done = reason, True

    def _take_lines(self) -> bytes | None:
        """Return the lines before the next empty line, which is removed too; None if it has not arrived."""
        if self._buffer.startswith((b"\n", _CRLF)):
            self._take(1 if self._buffer.startswith(b"\n") else 2)
            return b""
        end = _HEAD_END.search(self._buffer, max(0, self._searched - 2))
        if end is None:
            self._searched = len(self._buffer)
            if self._searched > _MAX_INCOMPLETE:
                raise MalformedResponseError(f"more than {_MAX_INCOMPLETE} bytes without an empty line")
            return None
        return self._take(end.end())[: end.start() + 1]

    def _take(self, count: int) -> bytes:
        taken, self._buffer, self._searched = self._buffer[:count], self._buffer[count:], 0
        return taken


def _parse_head(lines: bytes) -> ResponseHead | None:
    """Return the head; None for an interim response (1xx). Raises MalformedResponseError."""
    line, _, rest = lines.partition(b"\n")
    start = _STATUS_LINE.fullmatch(line)
    if start is None:
        raise MalformedResponseError("a malformed status line")
    headers = _parse_headers(rest)
    if len(rest) > MAX_HEAD and head_size(headers) > MAX_HEAD:
        raise MalformedResponseError(f"a head of more than {MAX_HEAD} bytes")
    status = int(start[2])
    if status == _SWITCHING:
        raise MalformedResponseError("a switch of protocols that was not requested")
    if status < _FIRST_FINAL:
        return None
    framing, length = _framing(status, headers)
    return ResponseHead(start[1], status, start[3] or b"", headers, framing, length)


def _parse_headers(lines: bytes) -> Headers:
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
