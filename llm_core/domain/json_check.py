"""The check of a JSON value that names the place of an error: a path is built only where there is one to report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import validators
from .json_bounds import MAX_NESTING
from .reprs import shortened

if TYPE_CHECKING:
    from .json_values import JsonValue

_MAX_PATH = 1_000  # characters of a path in an error


def checked_copy(value: object, path: str) -> JsonValue:
    """Return a deep copy of *value*, tuples as lists.

    Raises:
        ValueError: *value* is not JSON; the message begins with *path* and the steps from there to the place.
    """
    steps: list[str] = []
    try:
        return _value(value, steps, set())
    except ValueError as error:
        problem = str(error)
    raise ValueError(f"{shortened(path + ''.join(reversed(steps)), _MAX_PATH)}{problem}")


def _value(value: object, steps: list[str], parents: set[int]) -> JsonValue:
    """Return a deep copy of *value*; *steps* lead to the place of an error, the last first, *parents* are ids."""
    match value:
        case None | bool():
            return value
        case int():
            validators.check_int_digits("", value)
            return value
        case str():
            validators.refuse_surrogates("", value)
            return value
        case float():
            if not math.isfinite(value):
                raise ValueError(f": {value} is not a JSON number")
            return value
        case Mapping() | list() | tuple():
            return _container(value, steps, parents)
        case _:
            raise ValueError(f": {type(value).__name__} is not a JSON value")


def _container(
    value: Mapping[str, object] | Sequence[object], steps: list[str], parents: set[int]
) -> dict[str, JsonValue] | list[JsonValue]:
    if id(value) in parents:
        raise ValueError(": the value contains itself")
    if len(parents) >= MAX_NESTING:
        raise ValueError(f": nested deeper than {MAX_NESTING} levels")
    parents.add(id(value))
    copy: dict[str, JsonValue] | list[JsonValue]
    copy = _object(value, steps, parents) if isinstance(value, Mapping) else _array(value, steps, parents)
    parents.remove(id(value))
    return copy


def _object(value: Mapping[str, object], steps: list[str], parents: set[int]) -> dict[str, JsonValue]:
    copy: dict[str, JsonValue] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValueError(f": the key {shortened(repr(key))} is not a str")
        validators.refuse_surrogates(": a key", key)
        try:
            copy[key] = _value(item, steps, parents)
        except ValueError:
            steps.append(f".{shortened(key)}")
            raise
    return copy


def _array(value: Sequence[object], steps: list[str], parents: set[int]) -> list[JsonValue]:
    copy: list[JsonValue] = []
    for index, item in enumerate(value):
        try:
            copy.append(_value(item, steps, parents))
        except ValueError:
            steps.append(f"[{index}]")
            raise
    return copy
