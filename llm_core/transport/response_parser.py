"""Parses one HTTP/1.1 response, without I/O, for sync and async callers; as strict as h11."""

import re
from typing import Literal

import attrs

from .response_head import Framing, MalformedResponseError, ResponseHead, parse_head, parse_headers

_MAX_INCOMPLETE = 100 * 1024  # bytes that wait for the end of a head, a chunk's size or the trailers, as in httpcore
_MAX_INTERIM = 1000  # responses: parsing a flood of them would occupy the thread or the event loop
_CRLF = b"\r\n"
_HEAD_END = re.compile(rb"\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;.*)?[ \t]*\r\n")


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
    # At most a head, a line or trailers that are incomplete, and after the end the surplus.
    _buffer: bytes = attrs.field(default=b"", repr=False)
    _interim: int = 0  # responses so far
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
            self.head = parse_head(lines)
            self._interim += 1
            if self._interim > _MAX_INTERIM:
                raise MalformedResponseError(f"more than {_MAX_INTERIM} interim responses")
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
                parse_headers(lines)
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
