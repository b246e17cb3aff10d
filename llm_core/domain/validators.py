"""Checks of a field at construction; every failure is a ValueError that begins with the field's name."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar, cast

Item = TypeVar("Item")

MAX_DIGITS = 4_300  # of an int: the default of `sys.set_int_max_str_digits`
_MAX_SHOWN = 40  # characters of a wrong value
_TOO_LARGE = 10**MAX_DIGITS


class Field(Protocol):
    """The part of an attrs attribute that a validator needs."""

    @property
    def name(self) -> str:
        """The field's name, as the constructor spells it."""


def text(_: object, field: Field, value: str) -> None:
    """Refuse anything but a str that UTF-8 can encode."""
    if type(value) is str and value.isascii():
        return
    if not isinstance(value, str):
        raise ValueError(f"{field.name}: expected str, got {type(value).__name__}")
    refuse_surrogates(field.name, value)


def non_empty_str(instance: object, field: Field, value: str) -> None:
    """Refuse what `text` refuses, and the empty str."""
    text(instance, field, value)
    if not value:
        raise ValueError(f"{field.name}: must not be empty")


def number(_: object, field: Field, value: float) -> None:
    """Refuse anything but a finite int or float; a bool is refused too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{field.name}: expected a number, got {type(value).__name__}")
    if not _is_finite(value):
        raise ValueError(f"{field.name}: must be finite")


def not_negative(instance: object, field: Field, value: float) -> None:
    """Refuse what `number` refuses, and a number below 0."""
    number(instance, field, value)
    if value < 0:
        raise ValueError(f"{field.name}: must not be negative, got {value}")


def integer(_: object, field: Field, value: int) -> None:
    """Refuse anything but an int; a bool is refused too."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{field.name}: expected int, got {type(value).__name__}")
    check_int_digits(field.name, value)


def instance(class_: type[Item]) -> Callable[[object, Field, Item], None]:
    """Return a validator that refuses anything but an instance of *class_*."""

    def check(_: object, field: Field, value: Item) -> None:
        if not isinstance(value, class_):
            raise ValueError(f"{field.name}: expected {class_.__name__}, got {type(value).__name__}")

    return check


def one_of(*values: str) -> Callable[[object, Field, str], None]:
    """Return a validator that refuses anything but one of *values*."""

    def check(_: object, field: Field, value: str) -> None:
        if value not in values:
            raise ValueError(f"{field.name}: must be one of {', '.join(values)}, got {_shown(value)}")

    return check


def tuple_of(name: str, values: Sequence[object], *classes: type[Item]) -> tuple[Item, ...]:
    """Return *values* as a tuple of instances of *classes*.

    Raises:
        ValueError: *values* is not a sequence, or a member has another class; the message names the field and index.
    """
    if type(values) in (tuple, list) and {*map(type, values)} <= {*classes}:
        return tuple(cast("Sequence[Item]", values))  # the usual case, without a check of each member
    expected = " or ".join(class_.__name__ for class_ in classes)
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ValueError(f"{name}: expected a sequence of {expected}, got {type(values).__name__}")
    items: list[Item] = []
    for index, value in enumerate(values):
        if not isinstance(value, classes):
            raise ValueError(f"{name}[{index}]: expected {expected}, got {type(value).__name__}")
        items.append(value)
    return tuple(items)


def refuse_surrogates(name: str, value: str) -> None:
    """Refuse a lone surrogate, which UTF-8 cannot encode."""
    if value.isascii():
        return
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name}: half a surrogate pair at character {error.start}") from None


def check_int_digits(name: str, value: int) -> None:
    """Refuse an int with more digits than Python converts to text."""
    if abs(value) >= _TOO_LARGE:
        raise ValueError(f"{name}: an int of more than {MAX_DIGITS:,} digits")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int that no float can hold
        return False


boolean: Callable[[object, Field, bool], None] = instance(bool)
bytes_: Callable[[object, Field, bytes], None] = instance(bytes)
