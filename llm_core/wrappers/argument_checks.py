"""Checks of what a wrapper is made with: a wrong argument is named where it is given, not in the first call."""

from collections.abc import Sequence


def require_number(name: str, value: float | None, *, least: int = 0) -> None:
    """Raise TypeError unless *value* is a number or None, ValueError if it is less than *least* or not a number."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: expected a number, got {type(value).__name__}")
    if not value >= least:  # neither is NaN
        bound = f"must be at least {least}" if least else "must not be negative"
        raise ValueError(f"{name}: {bound}, got {value}")


def require_one_of(name: str, value: str, words: Sequence[str]) -> None:
    """Raise ValueError unless *value* is one of *words*."""
    if value not in words:
        *others, last = (repr(word) for word in words)
        raise ValueError(f"{name}: must be {', '.join(others)} or {last}, got {value!r}")


def require_instance(name: str, value: object, class_: type) -> None:
    """Raise TypeError unless *value* is a *class_*."""
    if not isinstance(value, class_):
        raise TypeError(f"{name}: expected a {class_.__name__}, got {type(value).__name__}")
