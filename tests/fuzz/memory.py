"""Prints the memory that a call takes while it reads the largest answers: ``python -m tests.fuzz.memory``.

It is the peak of what Python allocates during the call, the 64 KiB packets of the server in the same process included.
"""

import sys
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat

from llm_core import ChatError, ChatResponse
from llm_core.wires.body_buffer import MAX_BODY, MAX_STREAM

from .sockets import call, serving

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\nconnection: close\r\n\r\n"
_PACKET = 65_536  # bytes
_BEGIN, _END = b'{"choices": [{"finish_reason": "stop", "message": {"content": "', b'"}}]}'
_DELTA, _DELTA_END = b'data: {"choices": [{"finish_reason": null, "delta": {"content": "', b'"}}]}\n\n'
_STOP = b'data: {"choices": [{"finish_reason": "stop", "delta": {}}]}\n\ndata: [DONE]\n\n'
_ROOM = 1024  # bytes for what is beside the text


def whole(unit: str) -> Iterator[bytes]:
    """Yield the longest answer in one body; its text repeats *unit*."""
    yield _HEAD % b"application/json" + _BEGIN
    yield from _text(unit, MAX_BODY - _ROOM)
    yield _END


def event(unit: str) -> Iterator[bytes]:
    """Yield a stream of one event, the longest; its text repeats *unit*."""
    yield _HEAD % b"text/event-stream" + _DELTA
    yield from _text(unit, MAX_BODY - _ROOM)
    yield _DELTA_END + _STOP


def stream(unit: str) -> Iterator[bytes]:
    """Yield the longest stream, of events of 64 KiB; their texts repeat *unit*."""
    one = _DELTA + b"".join(_text(unit, _PACKET)) + _DELTA_END
    yield _HEAD % b"text/event-stream"
    yield from repeat(one, (MAX_STREAM - _ROOM) // len(one))
    yield _STOP


def _text(unit: str, size: int) -> Iterator[bytes]:
    packet = unit.encode() * (_PACKET // len(unit.encode()))
    return repeat(packet, size // len(packet))


CASES: dict[str, tuple[tuple[str, ...], Callable[[str], Iterator[bytes]]]] = {
    "a whole answer": (("complete", "acomplete"), whole),
    "one event": (("stream", "astream"), event),
    "a stream": (("stream",), stream),
}
UNITS = {"Latin letters": "a", "Greek letters": "λ", "emoji": "🎉"}


def peak(mode: str, packets: Callable[[], Iterator[bytes]]) -> tuple[ChatResponse | ChatError, int]:
    """Return the outcome of a call in *mode*, and its peak memory in bytes."""
    with serving(packets) as url:
        tracemalloc.start(1)
        try:
            return call(mode, "openai/x", url), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def main() -> None:
    """Print a line for each case."""
    with serving(lambda: (_HEAD % b"application/json" + _BEGIN + _END,)) as url:
        for modes, _ in CASES.values():
            for mode in modes:
                call(mode, "openai/x", url)  # imports
    for name, (modes, packets) in CASES.items():
        for text, unit in UNITS.items():
            for mode in modes:
                end, size = peak(mode, partial(packets, unit))
                outcome = f"{len(end.text):,} characters" if isinstance(end, ChatResponse) else repr(end)
                sys.stdout.write(f"{name:<26} {text:<14} {mode:<10} {size / 1e6:6.0f} MB  {outcome}\n")


if __name__ == "__main__":
    main()
