"""Answers with a 200 that hold an error: beside the answer, within it, or as its finish reason."""

import json
from collections.abc import Callable, Iterator
from typing import TypeAlias

from llm_core.testing.dialects.dialect import Dialect

from .fault_bodies import ANSWER, head

Json: TypeAlias = dict[str, object]
Change: TypeAlias = Callable[[Dialect, Json], None]

_FAILED = {"code": 500, "message": "it went wrong"}
_PATHS: dict[str, tuple[str, ...]] = {  # to the innermost part of an answer, or of the last event of a stream
    "openai_chat": ("choices",),
    "gemini": ("candidates",),
    "ollama_chat": ("message",),
    "anthropic_messages": ("delta",),
}
_FINISH_REASONS = {
    "openai_chat": "finish_reason",
    "gemini": "finishReason",
    "ollama_chat": "done_reason",
    "anthropic_messages": "stop_reason",
}


def error_beside(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    """Yield an answer with an ``error`` at the top level of its body, or of the event with the finish reason."""
    yield from _changed(dialect, stream, lambda _, answer: answer.update(error=_FAILED))


def error_within(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    """Yield an answer with an ``error`` in its choice, candidate, message or delta."""

    def change(dialect: Dialect, answer: Json) -> None:
        _innermost(dialect, answer)["error"] = _FAILED

    yield from _changed(dialect, stream, change)


def failed_finish(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    """Yield an answer whose finish reason is ``error``."""

    def change(dialect: Dialect, answer: Json) -> None:
        name = _FINISH_REASONS[dialect.name]
        (answer if name in answer else _innermost(dialect, answer))[name] = "error"

    yield from _changed(dialect, stream, change)


def _changed(dialect: Dialect, stream: bool, change: Change) -> Iterator[bytes]:
    events = dialect.events(ANSWER) if stream else (dialect.body(ANSWER),)
    is_changed = [_is_last(dialect, event) or not stream for event in events]
    answer = (_with(event, dialect, change) if at else event for event, at in zip(events, is_changed, strict=True))
    yield head(dialect, stream=stream) + b"".join(answer)


def _is_last(dialect: Dialect, event: bytes) -> bool:
    return f'"{_FINISH_REASONS[dialect.name]}": "'.encode() in event


def _with(event: bytes, dialect: Dialect, change: Change) -> bytes:
    start, end = event.index(b"{"), event.rindex(b"}") + 1
    answer: Json = json.loads(event[start:end])
    change(dialect, answer)
    return event[:start] + json.dumps(answer).encode() + event[end:]


def _innermost(dialect: Dialect, answer: Json) -> Json:
    for key in _PATHS[dialect.name]:
        found = answer.get(key)
        part = found[0] if isinstance(found, list) else found
        answer = part if isinstance(part, dict) else answer
    return answer
