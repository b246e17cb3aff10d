"""Compares values and named fields, and shows in words where they differ."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import TypeGuard

import attrs

from llm_core.domain.json_values import JsonValue

from .differences import text_difference

_MAX_SHOWN = 60  # characters of a value
_MAX_LINES = 5  # differences in one message


def require_equal(what: str, expected: Mapping[str, object], seen: Mapping[str, object]) -> None:
    """Raise AssertionError with a line for each field of *expected* that differs in *seen*."""
    _require_equal(f"{what} is not what the provider sent", expected, seen)


def require_unchanged(what: str, expected: Mapping[str, object], seen: Mapping[str, object]) -> None:
    """As `require_equal`, for what a wrapper passes on."""
    _require_equal(f"{what} was changed", expected, seen)


def require_same(what: str, expected: object, seen: object) -> None:
    """Raise AssertionError, which names *what* and the path within it, unless *seen* equals *expected*."""
    if expected != seen:
        raise AssertionError("\n".join(value_differences(what, expected, seen)))


def value_differences(what: str, expected: object, seen: object) -> list[str]:
    """Return the first differences between two values of any type, each with its path; empty if they are equal."""
    if expected == seen:
        return []
    return [*islice(_differences(what, expected, seen), _MAX_LINES)] or [_pair(what, repr(expected), repr(seen))]


def _require_equal(problem: str, expected: Mapping[str, object], seen: Mapping[str, object]) -> None:
    different = [line for name, value in expected.items() for line in value_differences(name, value, seen[name])]
    if different:
        raise AssertionError("\n".join([problem, *different]))


def counted(number: int, what: str) -> str:
    """Return *number* and *what*, in the plural where it is not 1."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def texts_in(*documents: JsonValue) -> set[str]:
    """Return all strings of JSON *documents*, but for the keys."""
    found, pending = set[str](), [*documents]
    while pending:
        match pending.pop():
            case str(text):
                found.add(text)
            case dict(fields):
                pending.extend(fields.values())
            case list(items):
                pending.extend(items)
    return found


def _differences(path: str, expected: object, seen: object) -> Iterator[str]:
    if expected == seen:
        return
    if isinstance(expected, str) and isinstance(seen, str) and not isinstance(expected, Enum):
        yield _text_pair(path, expected, seen)
    elif isinstance(expected, Mapping) and isinstance(seen, Mapping) and expected.keys() == seen.keys():
        for key, value in expected.items():
            yield from _differences(f"{path}.{key}", value, seen[key])
    elif _is_sequence(expected) and _is_sequence(seen):
        yield from _items(path, expected, seen)
    elif attrs.has(type(expected)) and type(expected) is type(seen):
        for field in _fields(expected):
            if field.eq:
                yield from _differences(
                    f"{path}.{field.name}", getattr(expected, field.name), getattr(seen, field.name)
                )
    else:
        yield _pair(path, shown(expected), shown(seen))


def _items(path: str, expected: Sequence[object], seen: Sequence[object]) -> Iterator[str]:
    if len(expected) != len(seen):
        yield f"{path}: expected {counted(len(expected), 'item')}, got {len(seen)}"
    for index, (one, other) in enumerate(zip(expected, seen, strict=False)):
        yield from _differences(f"{path}[{index}]", one, other)
    for index in range(len(seen), len(expected)):
        yield f"{path}[{index}]: expected {_cut(shown(expected[index]))}, got nothing"
    for index in range(len(expected), len(seen)):
        yield f"{path}[{index}]: expected nothing, got {_cut(shown(seen[index]))}"


def _fields(value: object) -> "tuple[attrs.Attribute[object], ...]":
    fields: tuple[attrs.Attribute[object], ...] = getattr(type(value), "__attrs_attrs__", ())
    return fields


def _is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)


def _text_pair(path: str, expected: str, seen: str) -> str:
    if max(len(expected), len(seen)) > _MAX_SHOWN:
        return f"{path}: {text_difference(expected, seen)}"
    return f"{path}: expected {expected!r}, got {seen!r}"


def _pair(path: str, expected: str, seen: str) -> str:
    """Return both values; of long ones what is around the first difference."""
    if max(len(expected), len(seen)) <= _MAX_SHOWN:
        return f"{path}: expected {expected}, got {seen}"
    same = next((at for at, pair in enumerate(zip(expected, seen, strict=False)) if pair[0] != pair[1]), 0)
    begin = max(0, same - _MAX_SHOWN // 3)
    ahead = "…" if begin else ""
    return f"{path}: expected {ahead}{_cut(expected[begin:])}, got {ahead}{_cut(seen[begin:])}"


def shown(value: object) -> str:
    """Return a class by its name, and values of ours without the fields that have their default."""
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    if not attrs.has(type(value)):
        return repr(value)
    fields = [
        f"{field.name}={shown(getattr(value, field.name))}"
        for field in _fields(value)
        if getattr(value, field.name) not in (field.default, None, ())
    ]
    return f"{type(value).__name__}({', '.join(fields)})"


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
