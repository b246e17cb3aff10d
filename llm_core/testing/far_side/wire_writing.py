"""How the far side writes: JSON as bytes, events of a stream, texts in pieces."""

import json
from collections.abc import Iterator, Mapping


def json_bytes(value: Mapping[str, object]) -> bytes:
    """Return *value* as providers write it: UTF-8, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False).encode()


def server_sent_event(data: bytes, name: str | None = None) -> bytes:
    """Return a server-sent event of one line of *data*."""
    head = b"" if name is None else f"event: {name}\n".encode()
    return head + b"data: " + data + b"\n\n"


def pieces(text: str, size: int) -> Iterator[str]:
    """Yield *text*, at most *size* characters at a time."""
    return (text[start : start + size] for start in range(0, len(text), size))
