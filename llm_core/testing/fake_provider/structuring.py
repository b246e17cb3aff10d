"""Scenarios from JSON values: checked against the annotations of their classes, so that no wrong value is played."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

Value = TypeVar("Value")


def build(class_: type[Value], fields: Mapping[str, object], path: str) -> Value:
    """Return an instance of *class_* with these *fields*.

    Raises:
        ValueError: an unknown or missing field, or a value of another type; it names the place.
    """
    hints = get_type_hints(class_)
    known = [field.name for field in attrs.fields(_attrs_class(class_))]
    for name in fields:
        if name not in known:
            raise ValueError(f"{path}.{name}: unknown; there are {', '.join(known) or 'no fields'}")
    values = {name: structured(hints[name], value, f"{path}.{name}") for name, value in fields.items()}
    try:
        return class_(**values)
    except TypeError:
        pass
    missing = [field.name for field in attrs.fields(_attrs_class(class_)) if field.default is attrs.NOTHING]
    raise ValueError(f"{path}.{missing[0]}: is missing")


def structured(hint: object, value: object, path: str) -> object:
    """Return *value* as *hint*, a type of a scenario's field, wants it. ValueError if it cannot be one."""
    origin, members = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _one_of(members, value, path)
    if origin is Literal and isinstance(value, str) and value in members:
        return value
    if origin is tuple and isinstance(value, Sequence) and not isinstance(value, str):
        item = [members[0]] * len(value) if members[-1] is Ellipsis else members
        if len(item) == len(value):
            pairs = zip(item, value, strict=True)
            return tuple(structured(each, one, f"{path}[{at}]") for at, (each, one) in enumerate(pairs))
    if isinstance(hint, type) and attrs.has(hint) and isinstance(value, Mapping):
        return build(hint, value, path)
    return _plain(hint, value, path)


def _one_of(members: Sequence[object], value: object, path: str) -> object:
    problems = []
    for member in members:
        try:
            return structured(member, value, path)
        except ValueError as error:
            problems.append(str(error))
    raise ValueError(min(problems, key=lambda problem: problem.startswith(f"{path}: ")))


def _plain(hint: object, value: object, path: str) -> object:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is bytes and isinstance(value, str):
        return value.encode()
    if hint is Decimal and isinstance(value, str):
        try:
            return Decimal(value)
        except InvalidOperation:
            pass
    if isinstance(hint, type) and type(value) is hint and hint in (str, int, float, bool, NoneType):
        return value
    raise ValueError(f"{path}: expected {_named(hint)}, got {value!r}")


def _named(hint: object) -> str:
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    return "a list" if get_origin(hint) is tuple else hint.__name__ if isinstance(hint, type) else str(hint)


def _attrs_class(class_: type[Value]) -> type[attrs.AttrsInstance]:
    return class_  # type: ignore[return-value]  # every class of a scenario is one of attrs
