"""From the bytes of a body to its events, however the network has split them; all that is held has a bound."""

import json
from collections.abc import Mapping
from typing import NoReturn, Protocol

import attrs

from llm_core.domain.errors import BadResponseError

MAX_EVENT = 16 * 1024 * 1024  # bytes of one event or line
_END = b"[DONE]"  # OpenAI's last event, which is no JSON
_MARK = b"\xef\xbb\xbf"  # what some servers begin a body with, and the standards have readers pass over


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse)  # made once: to make one takes as long as to read an event


class StreamFramer(Protocol):
    """Splits the body of a stream."""

    def feed(self, data: bytes, /) -> list[bytes]:
        """Return the events that *data* completes, each the text of a JSON object.

        Raises:
            BadResponseError: one is larger than `MAX_EVENT`.
        """

    def end(self) -> list[bytes]:
        """Return what stood after the last line end, if it is whole."""

    @property
    def done(self) -> bool:
        """Whether the last event has said that it is the last."""

    @property
    def has_begun(self) -> bool:
        """Whether anything but white space has come."""


@attrs.define
class Lines:
    """The lines of a body; what ends them is a line feed, a carriage return or both, and nothing else."""

    rest: bytearray = attrs.field(factory=bytearray)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that *data* completes, without their ends."""
        returned = self.rest.endswith(b"\r")
        self.rest += data  # in place: a long line comes in many packets
        lines = self._ended() if returned or b"\n" in data or b"\r" in data else ()
        if len(self.rest) > MAX_EVENT:
            raise BadResponseError(detail=f"an event of more than {MAX_EVENT} bytes")
        return [line.rstrip(b"\r\n") for line in lines]

    def end(self) -> bytes:
        """Return what stood after the last line end."""
        rest, self.rest = bytes(self.rest), bytearray()
        return rest.rstrip(b"\r")

    def _ended(self) -> list[bytes]:
        lines = bytes(self.rest).splitlines(keepends=True)
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""  # after \r there may come a \n
        self.rest = bytearray(rest)
        return lines


@attrs.define
class SSEDecoder:
    """``text/event-stream``: each event's data is a JSON object. What is no data (comments, names) is passed over."""

    done: bool = False
    has_begun: bool = False
    _lines: Lines = attrs.field(factory=Lines)
    _data: list[bytes] = attrs.field(factory=list)
    _size: int = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the events that *data* completes."""
        self.has_begun = self.has_begun or bool(data.strip())
        if data.endswith(b"}\n\n") and data.startswith(b"data: {") and data.count(b"\n") == 2 and not self._holds:  # noqa: PLR2004 -- one event, as most come
            return [data[6:-2]]
        return [event for line in self._lines.feed(data) for event in self._take(line)]

    def end(self) -> list[bytes]:
        """Return the last event, if all that it lacks is the line after it."""
        events = [event for line in (self._lines.end(), b"") for event in self._take(line)]
        return [event for event in events if is_json(event)]

    @property
    def _holds(self) -> bool:
        return bool(self._lines.rest or self._data)

    def _take(self, line: bytes) -> list[bytes]:
        line = line.removeprefix(_MARK)
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            self._size += len(line)
            if self._size > MAX_EVENT:
                raise BadResponseError(detail=f"an event of more than {MAX_EVENT} bytes")
        if line or not self._data:
            return []
        data, self._data, self._size = b"\n".join(self._data), [], 0
        self.done = self.done or data.strip() == _END
        return [data] if data.strip() and not self.done else []


@attrs.define
class NDJSONDecoder:
    """One JSON object a line."""

    done: bool = False
    has_begun: bool = False
    _lines: Lines = attrs.field(factory=Lines)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the objects that *data* completes."""
        self.has_begun = True
        return [line for line in self._lines.feed(data) if line.strip()]

    def end(self) -> list[bytes]:
        """Return the last object, if all that it lacks is its line end."""
        line = self._lines.end()
        return [line] if is_json(line) else []


def json_object(data: bytes) -> Mapping[str, object]:
    """Return the JSON object that *data* is.

    Raises:
        BadResponseError: it is none, or nested beyond what can be read.
    """
    try:
        value: object = _JSON.decode(data.removeprefix(_MARK).decode())
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        value = None
    if isinstance(value, dict):
        return value
    raise BadResponseError(detail=data[:2000].decode(errors="replace") or "an empty body")


def is_json(data: bytes) -> bool:
    """Return whether *data* is a JSON object."""
    try:
        json_object(data)
    except BadResponseError:
        return False
    return True
