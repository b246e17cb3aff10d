"""Checks the framing of a stream's events: server-sent events, or lines of JSON."""

import json
import re

_FIELD = re.compile(rb"(data|event|id|retry)?:")


def framing_problem(event: bytes, stream_type: str) -> str | None:
    """Return what is wrong with *event* in a stream of that content type; None if nothing is, or it is unknown."""
    if "event-stream" in stream_type:
        return _event_problem(event)
    return _line_problem(event) if "json" in stream_type else None


def payload(event: bytes) -> bytes:
    """Return the data of a server-sent event; another event whole."""
    lines = event.splitlines()
    data = [line.partition(b":")[2].strip() for line in lines if line.startswith(b"data:")]
    return b"\n".join(data) if data else event


def is_json(text: bytes) -> bool:
    """Return True if *text* is JSON."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _event_problem(event: bytes) -> str | None:
    lines = event.removesuffix(b"\n\n").split(b"\n")
    if not event.endswith(b"\n\n"):
        return "a server-sent event ends with an empty line"
    if not all(_FIELD.match(line) for line in lines):
        return "a line of a server-sent event begins with a field, such as 'data:'"
    if not any(line.startswith(b"data:") for line in lines):
        return "a server-sent event has a line of data"
    return None


def _line_problem(event: bytes) -> str | None:
    if event.count(b"\n") != 1 or not event.endswith(b"\n"):
        return "an event is one line with its end"
    return None
