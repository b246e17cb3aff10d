"""What a field is checked for at construction: every failure is a ValueError that names the field."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")

MAX_DIGITS = 4_300  # of an int: what Python reads and writes unless it is told otherwise
_ENDLESS = 10**MAX_DIGITS


class Field(Protocol):
    """What a check needs to know of the field: its name."""

    @property
    def name(self) -> str:
        """As the constructor spells it."""


def text(_: object, field: Field, value: str) -> None:
    """Refuse what is no str, and text that UTF-8 cannot carry (half a surrogate pair)."""
    if not isinstance(value, str):
        raise ValueError(f"{field.name}: expected str, got {type(value).__name__}")
    refuse_surrogates(field.name, value)


def non_empty_str(instance: object, field: Field, value: str) -> None:
    """Refuse the empty text as well."""
    text(instance, field, value)
    if not value:
        raise ValueError(f"{field.name}: must not be empty")


def number(_: object, field: Field, value: float) -> None:
    """Refuse what is no finite number; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{field.name}: expected a number, got {type(value).__name__}")
    if not _finite(value):
        raise ValueError(f"{field.name}: must be finite")


def integer(_: object, field: Field, value: int) -> None:
    """Refuse what is no int; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{field.name}: expected int, got {type(value).__name__}")
    check_int_digits(field.name, value)


def instance(kind: type[Item]) -> Callable[[object, Field, Item], None]:
    """Return a validator that refuses what is none."""

    def check(_: object, field: Field, value: Item) -> None:
        if not isinstance(value, kind):
            raise ValueError(f"{field.name}: expected {kind.__name__}, got {type(value).__name__}")

    return check


def one_of(*words: str) -> Callable[[object, Field, str], None]:
    """Return a validator that refuses any other word."""

    def check(_: object, field: Field, value: str) -> None:
        if value not in words:
            raise ValueError(f"{field.name}: must be one of {', '.join(words)}")

    return check


def tuple_of(name: str, values: Sequence[Item], *kinds: type[Item]) -> tuple[Item, ...]:
    """Return *values* as a tuple, each checked; the message of a failure names the index."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise ValueError(f"{name}: expected a sequence, got {type(values).__name__}")
    items = tuple(values)
    for index, value in enumerate(items):
        if not isinstance(value, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise ValueError(f"{name}[{index}]: expected {wanted}, got {type(value).__name__}")
    return items


def refuse_surrogates(name: str, value: str) -> None:
    """Refuse half a surrogate pair, which UTF-8 cannot carry."""
    if value.isascii():
        return
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name}: half a surrogate pair at character {error.start}") from None


def check_int_digits(name: str, value: int) -> None:
    """Refuse an int that Python itself would not write in digits."""
    if abs(value) >= _ENDLESS:
        raise ValueError(f"{name}: an int of more than {MAX_DIGITS:,} digits")


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond every float
        return False


boolean = instance(bool)
bytes_ = instance(bytes)
