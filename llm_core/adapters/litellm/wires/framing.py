"""From the bytes of a body to JSON objects, however the network has split them; all that is held has a bound."""

import json
from collections.abc import Iterator, Mapping
from typing import NoReturn, Protocol

import attrs

from llm_core.domain.errors import BadResponseError

MOST_EVENT = 16 * 1024 * 1024  # bytes of one event or line
MOST_BODY = 64 * 1024 * 1024  # bytes of one whole answer
_END = b"[DONE]"  # OpenAI's last event, which is no JSON


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse)  # made once: to make one takes as long as to read an event


class Framing(Protocol):
    """Splits the body of a stream."""

    def feed(self, data: bytes, /) -> Iterator[Mapping[str, object]]:
        """Yield the events that *data* completes.

        Raises:
            BadResponseError: one is no JSON object, or larger than `MOST_EVENT`.
        """

    def end(self) -> Iterator[Mapping[str, object]]:
        """Yield what stood after the last line end, if it is whole."""

    @property
    def is_over(self) -> bool:
        """Whether the last event has said that it is the last."""

    @property
    def has_begun(self) -> bool:
        """Whether anything but white space has come."""


@attrs.define
class Lines:
    """The lines of a body; what ends them is a line feed, a carriage return or both, and nothing else."""

    _rest: bytes = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that *data* completes, without their ends."""
        lines = (self._rest + data).splitlines(keepends=True)
        self._rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""  # after \r there may come a \n
        if len(self._rest) > MOST_EVENT:
            raise BadResponseError(detail=f"an event of more than {MOST_EVENT} bytes")
        return [line.rstrip(b"\r\n") for line in lines]

    def end(self) -> bytes:
        """Return what stood after the last line end."""
        rest, self._rest = self._rest, b""
        return rest.rstrip(b"\r")


@attrs.define
class ServerSentEvents:
    """``text/event-stream``: each event's data is a JSON object. What is no data (comments, names) is passed over."""

    is_over: bool = False
    has_begun: bool = False
    _lines: Lines = attrs.field(factory=Lines)
    _data: list[bytes] = attrs.field(factory=list)
    _size: int = 0

    def feed(self, data: bytes) -> Iterator[Mapping[str, object]]:
        """Yield the events that *data* completes."""
        self.has_begun = self.has_begun or bool(data.strip())
        for line in self._lines.feed(data):
            if line.startswith(b"data:"):
                self._take(line)
            elif not line and self._data:
                event = self._event()
                if event is not None:
                    yield event

    def end(self) -> Iterator[Mapping[str, object]]:
        """Yield the last event, if all that it lacks is the line after it."""
        for line in (self._lines.end(), b""):
            if line.startswith(b"data:"):
                self._take(line)
        if self._data and _is_whole(b"\n".join(self._data)):
            event = self._event()
            if event is not None:
                yield event

    def _take(self, line: bytes) -> None:
        self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        self._size += len(line)
        if self._size > MOST_EVENT:
            raise BadResponseError(detail=f"an event of more than {MOST_EVENT} bytes")

    def _event(self) -> Mapping[str, object] | None:
        data, self._data, self._size = b"\n".join(self._data), [], 0
        if data.strip() == _END:
            self.is_over = True
            return None
        return json_object(data) if data else None


@attrs.define
class JsonLines:
    """One JSON object a line."""

    is_over: bool = False
    has_begun: bool = False
    _lines: Lines = attrs.field(factory=Lines)

    def feed(self, data: bytes) -> Iterator[Mapping[str, object]]:
        """Yield the objects that *data* completes."""
        self.has_begun = True
        for line in self._lines.feed(data):
            if line.strip():
                yield json_object(line)

    def end(self) -> Iterator[Mapping[str, object]]:
        """Yield the last object, if all that it lacks is its line end."""
        line = self._lines.end()
        if _is_whole(line):
            yield json_object(line)


def json_object(data: bytes) -> Mapping[str, object]:
    """Return the JSON object that *data* is.

    Raises:
        BadResponseError: it is none, or nested beyond what can be read.
    """
    try:
        value: object = _JSON.decode(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        value = None
    if isinstance(value, dict):
        return value
    raise BadResponseError(detail=data[:2000].decode(errors="replace") or "an empty body")


def _is_whole(data: bytes) -> bool:
    try:
        json_object(data)
    except BadResponseError:
        return data.strip() == _END
    return True
