"""A request as lines of text, and how it differs from the one before it: what a failed test shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

import attrs

from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import TextPart, UserPart
from llm_core.domain.printable import printable
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import Tool, ToolCall

_WIDTH = 100  # characters of a line; what is longer goes on in the next one
_MAX_LINES = 60
_COMPARED = 400  # lines of each request, from the first difference on: the comparison is quadratic
_CONTEXT = 2  # equal lines before and after a difference


def shown_request(request: ChatRequest) -> str:
    """Return *request*: its messages, its tools and the other fields that are set, texts in full and keys masked."""
    return _indented([f" {line}" for line in _lines(request)])


def shown_difference(before: ChatRequest, after: ChatRequest) -> str:
    """Return how *after* differs from *before*: ``+`` marks its own lines, ``-`` those that only *before* has."""
    if before == after:
        return f"{shown_request(after)}\n  (the same as before)"
    import difflib

    old, new = _lines(before), _lines(after)
    equal = next((index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), len(old))
    start = max(0, equal - _CONTEXT)
    old, new = old[start : start + _COMPARED], new[start : start + _COMPARED]
    diff = list(difflib.unified_diff(old, new, n=_CONTEXT, lineterm=""))[3:]  # without its header
    return _indented(["..." if line.startswith("@@") else line for line in diff])


def _indented(lines: Sequence[str]) -> str:
    more = len(lines) - _MAX_LINES
    shown = [*lines[:_MAX_LINES], f" ({more} more lines)"] if more > 0 else lines
    return "\n".join(f"  {line}" for line in shown)


def _lines(request: ChatRequest) -> list[str]:
    lines = [line for message in request.messages for line in _message(message)]
    for tool in request.tools:
        lines += _wrapped("tool: ", _set_fields(tool))
    for name, shown in _fields(request):
        lines += () if name in ("messages", "tools") else _wrapped(f"{name}: ", shown)
    return lines


def _message(message: Message) -> Iterator[str]:
    match message:
        case SystemMessage(content):
            yield from _wrapped("system: ", content)
        case UserMessage():
            yield from _wrapped("user: ", _content(message.parts))
        case AssistantMessage(content):
            yield from _wrapped("assistant: ", content)
            for call in message.all_tool_calls:
                arguments = call.arguments_json if isinstance(call, ToolCall) else f"{call.arguments_text} (invalid)"
                yield from _wrapped(f"  calls {call.name} [{call.id}] ", arguments)
        case ToolMessage():
            error = "error " if message.is_error else ""
            yield from _wrapped(f"{error}result [{message.tool_call_id}]: ", _content(message.parts))
        case _:
            assert_never(message)


def _content(parts: Sequence[UserPart]) -> str:
    return "\n".join(part.text if isinstance(part, TextPart) else repr(part) for part in parts)


def _wrapped(label: str, text: str) -> Iterator[str]:
    """Yield *text* after *label*, in lines of `_WIDTH` characters, the first at the margin."""
    lines = [printable(line) for line in f"{label}{text}".split("\n")]
    cut = [line[start : start + _WIDTH] for line in lines for start in range(0, len(line) or 1, _WIDTH)]
    yield from (line if index == 0 else f"    {line}" for index, line in enumerate(cut))


def _fields(value: ChatRequest | ChatSettings | Tool) -> Iterator[tuple[str, str]]:
    """Yield the fields of *value* that are not at their default, each as its own repr shows it."""
    for field in attrs.fields(type(value)):
        item: object = getattr(value, field.name)
        if item != field.default and item not in ((), {}):
            yield field.name, field.repr(item) if callable(field.repr) else _set_fields(item)


def _set_fields(value: object) -> str:
    if not isinstance(value, ChatSettings | Tool):
        return repr(value)
    return f"{type(value).__name__}({', '.join(f'{name}={shown}' for name, shown in _fields(value))})"
