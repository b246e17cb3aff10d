"""Writes JSON bytes, server-sent events in several framings, and text in chunks."""

import json
from collections.abc import Iterator, Mapping
from typing import assert_never

from llm_core.testing.scenarios import Framing


def json_bytes(value: Mapping[str, object]) -> bytes:
    """Return *value* as providers write it: UTF-8, escaped only where it must be, as a lone surrogate must."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def server_sent_event(data: bytes, name: str | None = None) -> bytes:
    """Return a server-sent event with one line of *data*."""
    head = b"" if name is None else f"event: {name}\n".encode()
    return head + b"data: " + data + b"\n\n"


def chunks(text: str, size: int) -> Iterator[str]:
    """Yield *text* in chunks of at most *size* characters."""
    return (text[start : start + size] for start in range(0, len(text), size))


def reframe(events: tuple[bytes, ...], framing: Framing) -> tuple[bytes, ...]:
    """Return the server-sent *events* in another framing with the same meaning."""
    match framing:
        case "usual":
            return events
        case "tight":
            return tuple(event.replace(b"data: ", b"data:", 1) for event in events)
        case "crlf":
            return tuple(event.replace(b"\n", b"\r\n") for event in events)
        case "comments":
            return tuple(b": still there\n\n:\n" + event for event in events)
        case _:
            assert_never(framing)
