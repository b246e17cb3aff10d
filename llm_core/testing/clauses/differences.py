"""The differences between the request that a caller made and the one that the provider read, each with its path."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import TypeAlias

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ToolMessage
from llm_core.domain.requests import ChatRequest
from llm_core.serialization import to_json

_SHOWN = 5  # differences in one message
_WIDTH = 80  # characters of a value in one message
_CONTEXT = 12  # characters before the first one that differs
_UNORDERED = ("", "settings", "settings.extra")  # the wire orders the fields of the body itself

Names: TypeAlias = Mapping[str, str]


@attrs.frozen
class _Absent:
    def __repr__(self) -> str:
        return "nothing"


Value: TypeAlias = "JsonValue | _Absent"

_ABSENT = _Absent()


def request_differences(expected: ChatRequest, seen: ChatRequest, *, call_ids: str = r"(?s).+") -> list[str]:
    """Return the first differences: values by type and digits, keys in their order, text by its first difference.

    An id of a call that does not match *call_ids* may arrive as another one that does, for each pair of call and
    result alike. The JSON text of arguments counts where *expected* has it; the problem of an invalid call is not sent.
    """
    wanted = _with_ids(expected, _new_ids(expected, seen, re.compile(call_ids)))
    return document_differences(_document(wanted), _document(_without_unknown_texts(seen, wanted)))


def document_differences(expected: JsonValue, seen: JsonValue) -> list[str]:
    """Return the first differences between two JSON values, each with its path."""
    return [text for text, _ in zip(_differences("", expected, seen), range(_SHOWN), strict=False)]


def _new_ids(expected: ChatRequest, seen: ChatRequest, allowed: re.Pattern[str]) -> Names:
    """Return the ids that the wire does not allow, each with the one that arrived; empty if two of them became one."""
    sent, received = _ids(expected), _ids(seen)
    kept = {id for id in sent if allowed.fullmatch(id)}
    pairs = dict(zip(sent, received, strict=False))
    names = {old: new for old, new in pairs.items() if old not in kept and allowed.fullmatch(new) and new not in kept}
    return names if len({*names.values()}) == len(names) else {}


def _ids(request: ChatRequest) -> list[str]:
    answers = [message for message in request.messages if isinstance(message, AssistantMessage)]
    return [call.id for message in answers for call in message.all_tool_calls]


def _with_ids(request: ChatRequest, names: Names) -> ChatRequest:
    return attrs.evolve(request, messages=[_message_with_ids(message, names) for message in request.messages])


def _message_with_ids(message: Message, names: Names) -> Message:
    match message:
        case AssistantMessage():
            return attrs.evolve(
                message,
                tool_calls=[attrs.evolve(call, id=names.get(call.id, call.id)) for call in message.tool_calls],
                invalid_tool_calls=[
                    attrs.evolve(call, id=names.get(call.id, call.id), problem="")
                    for call in message.invalid_tool_calls
                ],
            )
        case ToolMessage(tool_call_id=id):
            return attrs.evolve(message, tool_call_id=names.get(id, id))
        case _:
            return message


def _without_unknown_texts(seen: ChatRequest, expected: ChatRequest) -> ChatRequest:
    """Return *seen* without the JSON text of a call that has none in *expected*, and without problems of calls."""
    messages = [
        _without_texts(message, original) if isinstance(message, AssistantMessage) else message
        for message, original in zip_longest(seen.messages, expected.messages[: len(seen.messages)])
    ]
    return attrs.evolve(seen, messages=messages)


def _without_texts(message: AssistantMessage, original: Message | None) -> AssistantMessage:
    texts = [call.arguments_text for call in original.tool_calls] if isinstance(original, AssistantMessage) else []
    calls = [
        call if text is not None else attrs.evolve(call, arguments_text=None)
        for call, text in zip_longest(message.tool_calls, texts[: len(message.tool_calls)])
    ]
    invalid = [attrs.evolve(call, problem="") for call in message.invalid_tool_calls]
    return attrs.evolve(message, tool_calls=calls, invalid_tool_calls=invalid)


def _document(request: ChatRequest) -> JsonValue:
    """Return *request* as JSON, with its settings even where none is set, so that a path names the setting."""
    document: dict[str, JsonValue] = json.loads(to_json(request))
    return {"settings": {}, **document}


def _differences(path: str, expected: Value, seen: Value) -> Iterator[str]:
    match expected, seen:
        case dict(), dict():
            if expected.keys() == seen.keys() and [*expected] != [*seen] and path not in _UNORDERED:
                yield f"{path}: the keys stand in another order: expected {[*expected]}, seen {[*seen]}"
            for key in dict.fromkeys([*expected, *seen]):
                yield from _differences(f"{path}.{key}".lstrip("."), expected.get(key, _ABSENT), seen.get(key, _ABSENT))
        case list(), list():
            if len(expected) != len(seen):
                yield f"{path}: expected {len(expected)} items, seen {len(seen)}"
            for index, (one, other) in enumerate(zip_longest(expected, seen, fillvalue=_ABSENT)):
                yield from _differences(f"{path}[{index}]", one, other)
        case str(), str() if expected != seen:
            yield f"{path}: {text_difference(expected, seen)}"
        case _ if not _is_same(path, expected, seen):
            yield f"{path}: expected {_short(expected)}, seen {_short(seen)}"


def _is_same(path: str, expected: Value, seen: Value) -> bool:
    """Return True for equal values of one type; a setting of 1.0 may arrive as 1, a number in a JSON value may not."""
    is_setting = path.startswith("settings.") and not path.startswith("settings.extra")
    return expected == seen and (type(expected) is type(seen) or (is_setting and not isinstance(seen, bool)))


def text_difference(expected: str, seen: str) -> str:
    """Return both texts; of long ones what is around the first difference, and their lengths."""
    if len(expected) <= _WIDTH >= len(seen):
        return f"expected {expected!r}, seen {seen!r}"
    position = next(
        (index for index, (one, other) in enumerate(zip(expected, seen, strict=False)) if one != other),
        min(len(expected), len(seen)),
    )
    begin = max(0, position - _CONTEXT)
    sizes = f"{len(expected)} and {len(seen)} characters"
    return f"from character {begin}, expected {_short(expected[begin:])}, seen {_short(seen[begin:])} ({sizes})"


def _short(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"
