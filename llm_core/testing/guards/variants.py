"""The variants of a parametrised clause, by the names that pytest puts in brackets."""

import itertools
from collections.abc import Iterable
from types import FunctionType

import pytest


def variants(clause: FunctionType) -> list[str]:
    """Return the names, such as ``drip-stream``; empty where the clause has no parameters."""
    marks = [mark for mark in getattr(clause, "pytestmark", ()) if mark.name == "parametrize"]
    return ["-".join(names) for names in itertools.product(*map(_names, marks))] if marks else []


def _names(mark: pytest.Mark) -> list[str]:
    fields, choices = mark.args
    if ids := mark.kwargs.get("ids"):
        return list(ids)
    if isinstance(fields, str):
        return [_name(fields, position, value) for position, value in enumerate(choices)]
    return ["-".join(_each(fields, position, values)) for position, values in enumerate(choices)]


def _each(fields: Iterable[str], position: int, values: Iterable[object]) -> list[str]:
    return [_name(field, position, value) for field, value in zip(fields, values, strict=True)]


def _name(field: str, position: int, value: object) -> str:
    if isinstance(value, str):
        return value.encode("unicode_escape").decode("ascii")
    return str(value) if isinstance(value, int | None) else f"{field}{position}"
