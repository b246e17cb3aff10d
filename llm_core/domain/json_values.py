"""JSON values: checked, and copied deeply, so that a caller cannot change them afterwards."""

import json
import math
from collections.abc import Collection, Mapping
from typing import NoReturn, TypeAlias, cast

from . import validators
from .json_bounds import MAX_NESTING, SCANNED_FROM, size_problem
from .json_check import checked_copy

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, object]  # a JSON object that is being built, or not yet checked

_USUAL = 2**63  # an int below it has few digits
_MANY = 8  # items, from which on one check of all costs less than one of each
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
    except (ValueError, OverflowError):
        return cast("dict[str, JsonValue]", checked_copy(value, path))


def json_value(value: object, path: str) -> JsonValue:
    """Return a deep copy of any JSON value; raises as `json_object` does."""
    try:
        return _usual_value(value, MAX_NESTING)
    except (ValueError, OverflowError):
        return checked_copy(value, path)


def parse_arguments(text: str) -> dict[str, JsonValue]:
    """Return the arguments of a tool call from their JSON *text*; empty text and ``null`` are ``{}``.

    Raises:
        ValueError: *text* is not a JSON object, or is beyond a bound of `json_bounds`; the message does not quote it.
    """
    if not text.strip():
        return {}
    problem = size_problem(text.encode(errors="replace"), MAX_NESTING)
    if problem:
        raise ValueError(f"arguments: {problem}")
    try:
        value: object = _DECODER.decode(text)
    except RecursionError:  # a short text, which is not scanned
        raise ValueError(f"arguments: nested deeper than {MAX_NESTING} levels") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"arguments: not JSON: {error.msg} at character {error.pos} of {len(text)}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"arguments: expected a JSON object, got a JSON {_JSON_NAMES[type(value)]}")
    return value if len(text) > SCANNED_FROM and _can_be_written(value) else json_object(value, "arguments")


def json_text(value: object) -> str:
    """Return the JSON value *value* as JSON text, with the spaces that models write."""
    return _encode(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"arguments: {name} is not JSON")


def _can_be_written(value: object) -> bool:
    """Return whether *value*, which was parsed and whose levels are bounded, is JSON: without inf, surrogate halves.

    It takes a fraction of the time of a check with a path.
    """
    try:
        _encode(value).encode()
    except ValueError:  # UnicodeEncodeError is one
        return False
    return True


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


class _UnusualError(ValueError):
    """A value needs the full check, whose errors have a path."""


def _usual_object(value: Mapping[str, object], levels: int) -> dict[str, JsonValue]:
    """Return a deep copy of *value* if it needs no full check, which takes several times as long.

    Raises:
        _UnusualError: it holds an object of another class than those of parsed JSON, a key that is not a str, or is
            nested deeper than *levels*.
        ValueError: half a surrogate pair; an int with too many digits.
        OverflowError: an int that no float can hold.
    """
    if levels == 0:
        raise _UnusualError
    try:
        keys = "".join(value)
    except TypeError:
        raise _UnusualError from None
    if not keys.isascii():
        validators.refuse_surrogates("", keys)
    if len(value) >= _MANY and _are_usual(value.values()):
        return cast("dict[str, JsonValue]", dict(value))
    return {
        key: item
        if (type(item) is str and item.isascii()) or (type(item) is int and -_USUAL < item < _USUAL)
        else _usual_value(item, levels - 1)
        for key, item in value.items()
    }


def _usual_value(value: object, levels: int) -> JsonValue:
    if isinstance(value, dict):
        return _usual_object(value, levels)
    if isinstance(value, list) and levels:
        if len(value) >= _MANY and _are_usual(value):
            return list(value)
        return [item if isinstance(item, str) and item.isascii() else _usual_value(item, levels - 1) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        validators.refuse_surrogates("", value)
        return value
    if isinstance(value, int):
        validators.check_int_digits("", value)
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise _UnusualError


def _are_usual(values: Collection[object]) -> bool:
    """Return whether *values* are numbers, or texts, that JSON can represent; errors as in `_usual_object`."""
    types = {*map(type, values)}
    if types == {str}:
        validators.refuse_surrogates("", "".join(cast("Collection[str]", values)))
        return True
    return types <= {int, float} and all(map(math.isfinite, cast("Collection[float]", values)))
