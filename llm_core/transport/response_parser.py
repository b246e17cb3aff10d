"""Parses one HTTP/1.1 response, without I/O; as strict as h11, which reads those of sync callers."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import attrs

MAX_HEAD = 64 * 1024
"""Bytes of names and values in a head."""
_MAX_INCOMPLETE = 100 * 1024  # bytes that wait for the end of a head, a chunk's size or the trailers, as in httpcore
_MAX_LENGTH_DIGITS = 20
_CRLF = b"\r\n"

_STATUS_LINE = re.compile(rb"HTTP/([0-9]\.[0-9]) ([1-9][0-9]{2})(?: ([^\x00\n\x0b\x0c\r]*))?")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # a token, by RFC 9110
_FORBIDDEN = re.compile(rb"[\x00\n\x0b\x0c\r]")  # in the value of a header
_HEAD_END = re.compile(rb"\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;.*)?[ \t]*\r\n")
_LENGTH = re.compile(rb"[0-9]+")
_SWITCHING, _FIRST_FINAL, _WITHOUT_BODY = 101, 200, (204, 304)  # statuses

Headers: TypeAlias = "tuple[tuple[bytes, bytes], ...]"
Framing: TypeAlias = Literal["length", "chunked", "until close"]


class MalformedResponseError(ValueError):
    """The bytes are not a response of HTTP/1.1."""


def head_size(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the bytes of *headers* that count towards `MAX_HEAD`."""
    return sum(len(name) + len(value) + 4 for name, value in headers)  # with colon, space and line end


@attrs.frozen(kw_only=True)
class ResponseHead:
    """Status line and headers."""

    version: bytes
    """As in ``1.1``."""
    status: int
    """The status, from 200 on."""
    reason: bytes
    headers: Headers
    framing: Framing
    """How the end of the body is known."""
    length: int = 0
    """The bytes of a body with the framing "length"."""

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection can serve another request after this response."""
        tokens = (token.strip() for name, value in self.headers if name == b"connection" for token in value.split(b","))
        closes = self.version < b"1.1" or b"close" in (token.lower() for token in tokens)
        return not closes and self.framing != "until close"


@attrs.define(eq=False, repr=False)
class ResponseParser:
    """Takes the bytes of one response as they arrive; interim responses (1xx) before it are skipped."""

    head: ResponseHead | None = None
    """The head, once it has been read."""
    done: bool = False
    """Whether the response has ended, also if it is broken: no more bytes belong to it."""
    failure: str = ""
    """Why the body is broken; empty if it is not."""
    surplus: bool = False
    """Whether bytes came after the end of the response."""
    _buffer: bytearray = attrs.field(factory=bytearray, init=False)
    _missing: int = attrs.field(default=0, init=False)  # bytes of the body, or of the current chunk
    _searched: int = attrs.field(default=0, init=False)  # bytes of the buffer that hold no line end
    _state: Literal["size", "data", "data end", "trailers"] = attrs.field(default="size", init=False)

    def feed(self, data: bytes) -> bytes:
        """Take *data*, and return the bytes of the body in it.

        Raises:
            MalformedResponseError: the head is malformed, or longer than `MAX_HEAD`. A broken body is a `failure`.
        """
        if self.head is not None and not self.done and not self._buffer and self.head.framing == "until close":
            return data
        self._buffer += data
        if self.head is None and not self._read_head():
            return b""
        body = b"" if self.done else self._read_body()
        self.surplus = self.surplus or (self.done and bool(self._buffer))
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
            if self.head is not None:
                self._missing = self.head.length
                self.done = self.head.framing == "length" and not self._missing
        return True

    def _read_body(self) -> bytes:
        framing = "until close" if self.head is None else self.head.framing
        if framing == "chunked":
            return b"".join(self._read_chunks())
        if framing == "until close":
            return self._take(len(self._buffer))
        data = self._take(self._missing)
        self._missing -= len(data)
        self.done = self._missing == 0
        return data

    def _read_chunks(self) -> Iterator[bytes]:
        """Yield the data of chunks; a malformed one ends the response."""
        step = self._read_chunk()
        while step is not None and not self.done:
            yield step
            step = self._read_chunk()

    def _read_chunk(self) -> bytes | None:
        """Return the data of the next step, often empty; None if more bytes are needed."""
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
            case "trailers":
                return self._read_trailers()

    def _read_size(self) -> bytes | None:
        end = self._buffer.find(_CRLF, max(0, self._searched - 1))
        if end < 0:
            return self._wait_for_line()
        line = self._take(end + 2)
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            return self._break_off("a chunk with a malformed size")
        self._missing = int(size[1], 16)
        self._state = "data" if self._missing else "trailers"
        return b""

    def _read_data_end(self) -> bytes | None:
        if not _CRLF.startswith(self._buffer[:2]):
            return self._break_off("a chunk that is longer than its size")
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
            return self._break_off(f"trailers: {error}")
        return None

    def _wait_for_line(self) -> bytes | None:
        self._searched = len(self._buffer)
        if self._searched > _MAX_INCOMPLETE:
            return self._break_off(f"more than {_MAX_INCOMPLETE} bytes without a line end")
        return None

    def _break_off(self, reason: str) -> None:
        self.failure, self.done = reason, True

    def _take_lines(self) -> list[bytes] | None:
        """Return the lines before the next empty line, which is removed too; None if it has not arrived."""
        if self._buffer.startswith((b"\n", _CRLF)):
            self._take(1 if self._buffer.startswith(b"\n") else 2)
            return []
        end = _HEAD_END.search(self._buffer, max(0, self._searched - 2))
        if end is None:
            self._searched = len(self._buffer)
            if self._searched > _MAX_INCOMPLETE:
                raise MalformedResponseError(f"more than {_MAX_INCOMPLETE} bytes without an empty line")
            return None
        lines = self._take(end.end())[: end.start()].split(b"\n")
        return [line.removesuffix(b"\r") for line in lines]

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._searched = 0
        return taken


def _parse_head(lines: list[bytes]) -> ResponseHead | None:
    """Return the head; None for an interim response (1xx). Raises MalformedResponseError."""
    start = _STATUS_LINE.fullmatch(lines[0]) if lines else None
    if start is None:
        raise MalformedResponseError("a malformed status line")
    headers = _parse_headers(lines[1:])
    if head_size(headers) > MAX_HEAD:
        raise MalformedResponseError(f"a head of more than {MAX_HEAD} bytes")
    version, status, reason = start[1], int(start[2]), start[3] or b""
    if status == _SWITCHING:
        raise MalformedResponseError("a switch of protocols that was not requested")
    if status < _FIRST_FINAL:
        return None
    framing, length = _framing(status, headers)
    return ResponseHead(version=version, status=status, reason=reason, headers=headers, framing=framing, length=length)


def _parse_headers(lines: list[bytes]) -> Headers:
    """Return the headers, names in lower case. Raises MalformedResponseError."""
    headers = tuple(map(_parse_header, _unfolded(lines)))
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if codings and (len(codings) > 1 or codings[0].lower() != b"chunked"):
        raise MalformedResponseError("a transfer coding other than chunked")
    lengths = {text.strip() for name, value in headers if name == b"content-length" for text in value.split(b",")}
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(text) and len(text) <= _MAX_LENGTH_DIGITS for text in lengths):
        raise MalformedResponseError("a malformed content-length")
    return headers


def _parse_header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    value = value.strip(b" \t")
    if b":" not in line or not _NAME.fullmatch(name) or _FORBIDDEN.search(value):
        raise MalformedResponseError("a malformed header")
    return name.lower(), value


def _unfolded(lines: list[bytes]) -> list[bytes]:
    """Return *lines* with those that continue a header joined to it (an obsolete form, which httpx reads too)."""
    unfolded: list[list[bytes]] = []
    for line in lines:
        if not line.startswith((b" ", b"\t")):
            unfolded.append([line])
        elif unfolded:
            unfolded[-1].append(line.lstrip(b" \t"))
        else:
            raise MalformedResponseError("a continuation line without a header")
    return [b" ".join(parts) for parts in unfolded]


def _framing(status: int, headers: Headers) -> tuple[Framing, int]:
    if status in _WITHOUT_BODY:
        return "length", 0
    fields = dict(headers)
    if b"transfer-encoding" in fields:
        return "chunked", 0
    if b"content-length" in fields:
        return "length", int(fields[b"content-length"].split(b",")[0])
    return "until close", 0
