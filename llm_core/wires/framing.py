"""From the bytes of a body to its events, however the network splits them; every buffer has a bound."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.json_bounds import size_problem

from .json_codec import decode_json, encode_json

MAX_EVENT = 16 * 1024 * 1024  # bytes of one event or line
_BLANK = b"\n\n"  # the line end of an event and the empty line after it
_ERROR = b"error"  # the name of an event, and llama.cpp's name of the field in the place of its data
_END = b"[DONE]"  # OpenAI's last event, which is not JSON
_BOM = b"\xef\xbb\xbf"  # some servers send a byte order mark; the SSE standard lets readers skip it


class StreamFramer(Protocol):
    """Splits the body of a stream into events."""

    def feed(self, data: bytes, /) -> list[bytes]:
        """Return the events that *data* completes, each a JSON text.

        Raises:
            BadResponseError: an event is larger than `MAX_EVENT`.
        """

    def end(self) -> list[bytes]:
        """Return the text after the last line end, if it is a complete event."""

    @property
    def done(self) -> bool:
        """Whether the end marker of the format has arrived."""

    @property
    def has_begun(self) -> bool:
        """Whether any bytes but white space have arrived."""


@attrs.define(eq=False, repr=False)
class Lines:
    """Splits a body into lines, which end at a line feed, a carriage return or both, and nowhere else."""

    buffered: bytearray = attrs.field(factory=bytearray)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that *data* completes, without their line ends."""
        has_return = self.buffered.endswith(b"\r")
        self.buffered += data  # in place: a long line arrives in many packets
        lines = self._ended() if has_return or b"\n" in data or b"\r" in data else ()
        if len(self.buffered) > MAX_EVENT:
            raise BadResponseError(detail=f"an event of more than {MAX_EVENT} bytes")
        return [line.rstrip(b"\r\n") for line in lines]

    def end(self) -> bytes:
        """Return the text after the last line end."""
        last, self.buffered = bytes(self.buffered), bytearray()
        return last.rstrip(b"\r")

    def _ended(self) -> list[bytes]:
        lines = bytes(self.buffered).splitlines(keepends=True)
        last = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""  # a \n may follow a last \r
        self.buffered = bytearray(last)
        return lines


@attrs.define(eq=False, repr=False)
class SSEDecoder:
    """Splits ``text/event-stream``; an event's data is a JSON object. Comments and other fields are ignored."""

    done: bool = False
    has_begun: bool = False
    _lines: Lines = attrs.field(factory=Lines)
    _data: list[bytes] = attrs.field(factory=list)
    _size: int = 0
    _is_error: bool = False  # the event is named ``error``

    def feed(self, data: bytes) -> list[bytes]:
        """Return the events that *data* completes."""
        self.has_begun = self.has_begun or bool(data.strip())
        if (
            data.startswith(b"data: {")
            and data.endswith(b"}\n\n")
            and len(data) <= MAX_EVENT
            and data.find(b"\n") == len(data) - 2
            and b"\r" not in data
            and not (self.done or self._has_buffered)
        ):
            return [data[6:-2]]  # one event: the usual packet
        events: list[bytes] = []
        if b"\r" not in data and len(data) <= MAX_EVENT:
            if self._has_buffered:
                begun, data = _split_after(data, data.find(_BLANK))
                events += self._feed_lines(begun)
            if not self._has_buffered:
                whole, data = _split_after(data, data.rfind(_BLANK))
                events += self._feed_events(whole)
        return events + self._feed_lines(data) if data else events

    def end(self) -> list[bytes]:
        """Return the last event, if it only lacks the empty line after it."""
        events = [event for line in (self._lines.end(), b"") for event in self._feed_line(line)]
        return [event for event in events if is_json_object(event)]

    @property
    def _has_buffered(self) -> bool:
        return bool(self._lines.buffered or self._data or self._is_error)

    def _feed_events(self, data: bytes) -> list[bytes]:
        """Return the events of *data*, which are whole and end with an empty line."""
        events: list[bytes] = []
        for text in data[: -len(_BLANK)].split(_BLANK) if data else ():
            first, _, second = text.partition(b"\n")
            line = second if first.startswith(b"event:") and first[6:].strip() != _ERROR else text
            if line.startswith(b"data: {") and b"\n" not in line and not self.done:  # the usual form
                events.append(line[6:])
            else:
                events += self._feed_lines(text + _BLANK)
        return events

    def _feed_lines(self, data: bytes) -> list[bytes]:
        return [event for line in self._lines.feed(data) for event in self._feed_line(line)]

    def _feed_line(self, line: bytes) -> list[bytes]:
        line = line.removeprefix(_BOM)
        if line.startswith(b"event:"):
            self._is_error = line[6:].strip() == _ERROR
        self._is_error = self._is_error or line.startswith(b"error:")
        if line.startswith((b"data:", b"error:")):
            self._data.append(line.partition(b":")[2].removeprefix(b" "))
            self._size += len(line)
            if self._size > MAX_EVENT:
                raise BadResponseError(detail=f"an event of more than {MAX_EVENT} bytes")
        if line:
            return []
        data = b"\n".join(self._data)
        data = _error_object(data) if self._is_error and data.strip() else data
        self._data, self._size, self._is_error = [], 0, False
        self.done = self.done or data.strip() == _END
        return [data] if data.strip() and not self.done else []


def _error_object(data: bytes) -> bytes:
    """Return *data*, that of an event named ``error``, as an object with an ``error``, whatever it is."""
    try:
        value = decode_json(data)
    except (ValueError, RecursionError):
        value = data.decode(errors="replace")
    return data if isinstance(value, dict) and "error" in value else encode_json({"error": value})


def _split_after(data: bytes, blank: int) -> tuple[bytes, bytes]:
    """Return *data* up to the end of the empty line at *blank*, and the remainder; *blank* is -1 if there is none."""
    end = blank + len(_BLANK) if blank >= 0 else 0
    return data[:end], data[end:]


@attrs.define(eq=False, repr=False)
class NDJSONDecoder:
    """Splits newline-delimited JSON: one object a line."""

    done: bool = False
    has_begun: bool = False
    _lines: Lines = attrs.field(factory=Lines)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the objects that *data* completes."""
        self.has_begun = True
        return [line for line in self._lines.feed(data) if line.strip()]

    def end(self) -> list[bytes]:
        """Return the last object, if it only lacks its line end."""
        line = self._lines.end()
        return [line] if is_json_object(line) else []


def parse_json_object(data: bytes) -> Mapping[str, object]:
    """Decode *data*, a JSON object.

    Raises:
        BadResponseError: it is not a JSON object, or is beyond a bound of `json_bounds`.
    """
    problem = size_problem(data)
    if problem:
        raise BadResponseError(detail=f"JSON {problem}")
    try:
        value = decode_json(data)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        value = None
    if isinstance(value, dict):
        return value
    raise BadResponseError(detail=data[:2000].decode(errors="replace") or "an empty body")


def is_json_object(data: bytes) -> bool:
    """Return whether *data* is a JSON object."""
    try:
        parse_json_object(data)
    except BadResponseError:
        return False
    return True
