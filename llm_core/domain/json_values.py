"""JSON values: checked, and copied deeply, so that a caller cannot change them afterwards."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from . import validators

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, object]  # a JSON object that is being built, or not yet checked

_USUAL = 2**63  # a number below it is finite, and an int has few digits
MAX_NESTING = 100  # levels; deeper than any schema or call seen, and far from Python's own limit
_JSON_NAMES = {list: "array", str: "string", int: "number", float: "number", bool: "boolean"}
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode  # made once: a history has thousands of calls


def json_object(value: Mapping[str, object], path: str) -> dict[str, JsonValue]:
    """Return a deep copy of *value*, tuples as lists.

    Raises:
        ValueError: *value* is not a mapping, or holds what JSON cannot represent (NaN, a cycle, a key that is not
            a str, half a surrogate pair); the message begins with the path, as in ``arguments.city[0]: ...``.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{path}: expected a JSON object, got {type(value).__name__}")
    try:
        return _usual_object(value, MAX_NESTING)
    except (_UnusualError, TypeError, ValueError):  # a key that is not a str; half a surrogate pair
        return _object(value, path, ())


def json_value(value: object, path: str) -> JsonValue:
    """Return a deep copy of any JSON value; raises as `json_object` does."""
    return _value(value, path, ())


def parse_arguments(text: str) -> dict[str, JsonValue]:
    """Return the arguments of a tool call from their JSON *text*; empty text and ``null`` are ``{}``.

    Raises:
        ValueError: *text* is not a JSON object; the message does not quote it.
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError(f"arguments: nested deeper than {MAX_NESTING} levels") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"arguments: not JSON: {error.msg} at character {error.pos} of {len(text)}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"arguments: expected a JSON object, got a JSON {_JSON_NAMES[type(value)]}")
    return json_object(value, "arguments")


def json_text(value: object) -> str:
    """Return the JSON value *value* as JSON text, with the spaces that models write."""
    return _encode(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"arguments: {name} is not JSON")


class _UnusualError(Exception):
    """A value needs the full check, whose errors have a path."""


def _usual_object(value: Mapping[str, object], levels: int) -> dict[str, JsonValue]:
    """Return a deep copy of *value* if it needs no full check: without paths it takes a fraction of the time.

    Raises:
        _UnusualError: it holds a huge int, NaN, an object of another class, or is nested deeper than *levels*.
        TypeError: a key is not a str.
        ValueError: half a surrogate pair.
    """
    if levels == 0:
        raise _UnusualError
    validators.refuse_surrogates("", "".join(value))
    return {
        key: item if isinstance(item, str) and item.isascii() else _usual_value(item, levels - 1)
        for key, item in value.items()
    }


def _usual_value(value: object, levels: int) -> JsonValue:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return _usual_object(value, levels)
    if isinstance(value, list) and levels:
        return [item if isinstance(item, str) and item.isascii() else _usual_value(item, levels - 1) for item in value]
    if isinstance(value, str):
        validators.refuse_surrogates("", value)
        return value
    if isinstance(value, int | float) and -_USUAL < value < _USUAL:
        return value
    raise _UnusualError


def _object(value: Mapping[str, object], path: str, parents: tuple[int, ...]) -> dict[str, JsonValue]:
    inside = _inside(value, path, parents)
    copy: dict[str, JsonValue] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValueError(f"{path}: the key {key!r} is not a str")
        validators.refuse_surrogates(f"{path}: a key", key)
        copy[key] = _value(item, f"{path}.{key}", inside)
    return copy


def _value(value: object, path: str, parents: tuple[int, ...]) -> JsonValue:
    match value:
        case None | bool():
            return value
        case int():
            validators.check_int_digits(path, value)
            return value
        case str():
            validators.refuse_surrogates(path, value)
            return value
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{path}: {value} is not a JSON number")
            return value
        case Mapping():
            return _object(value, path, parents)
        case list() | tuple():
            return _array(value, path, parents)
        case _:
            raise ValueError(f"{path}: {type(value).__name__} is not a JSON value")


def _array(value: Sequence[object], path: str, parents: tuple[int, ...]) -> list[JsonValue]:
    inside = _inside(value, path, parents)
    return [_value(item, f"{path}[{index}]", inside) for index, item in enumerate(value)]


def _inside(value: object, path: str, parents: tuple[int, ...]) -> tuple[int, ...]:
    """Return *parents* and *value*, by id; refuse a cycle and nesting that is too deep."""
    if id(value) in parents:
        raise ValueError(f"{path}: the value contains itself")
    if len(parents) >= MAX_NESTING:
        raise ValueError(f"{path[:80]}: nested deeper than {MAX_NESTING} levels")
    return (*parents, id(value))
