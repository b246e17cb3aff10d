"""The variants of a clause by the names that pytest gives them: what stands in the brackets."""

import itertools
from collections.abc import Iterable
from types import FunctionType

import pytest


def variants(clause: FunctionType) -> list[str]:
    """Return the names, as in ``drip-stream``; none where the clause has no parameters."""
    marks = [mark for mark in getattr(clause, "pytestmark", ()) if mark.name == "parametrize"]
    return ["-".join(names) for names in itertools.product(*map(_names, marks))] if marks else []


def _names(mark: pytest.Mark) -> list[str]:
    fields, choices = mark.args
    if told := mark.kwargs.get("ids"):
        return list(told)
    if isinstance(fields, str):
        return [_name(fields, place, value) for place, value in enumerate(choices)]
    return ["-".join(_each(fields, place, values)) for place, values in enumerate(choices)]


def _each(fields: Iterable[str], place: int, values: Iterable[object]) -> list[str]:
    return [_name(field, place, value) for field, value in zip(fields, values, strict=True)]


def _name(field: str, place: int, value: object) -> str:
    if isinstance(value, str):
        return value.encode("unicode_escape").decode("ascii")
    return str(value) if isinstance(value, int | None) else f"{field}{place}"
