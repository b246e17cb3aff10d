"""Refuses a contract class that drops a clause without a reason."""

import functools
import inspect
from collections.abc import Mapping
from types import FunctionType
from typing import NoReturn

import pytest

from .variants import variants

_SUITE = "llm_core.testing."
_GUARDS = ("pytest_generate_tests", "_around_each_clause")
_ADVICE = (
    'Declare a promise that the adapter cannot keep: xfails = {"%s": "the reason"}; or override its test '
    'with @pytest.mark.xfail(strict=True, reason="...").'
)


def require_clauses(owner: type) -> None:
    """Raise TypeError if *owner* replaces a clause or a guard by something else, or has an unknown key in `xfails`.

    pytest would not collect such a clause, and would not miss it.
    """
    clauses = _clauses(owner)
    for name, clause in clauses.items():
        if not isinstance(inspect.getattr_static(owner, name), FunctionType):
            raise TypeError(f"{owner.__name__}.{name} removes a clause. {_ADVICE % _id(clause)}")
    _require_keys(owner, {_id(clause): clause for clause in clauses.values()})
    for name in _GUARDS:
        if any(name in vars(base) and not base.__module__.startswith(_SUITE) for base in owner.__mro__):
            raise TypeError(f"{owner.__name__}.{name} belongs to the contract: it guards the clauses")


def require_reasons(item: pytest.Function, owner: type) -> None:
    """Fail if *item* is a clause that is skipped, may fail unnoticed, or is overridden, without a reason."""
    clause = _clauses(owner).get(item.originalname)
    if clause is None:
        return
    for mark in item.iter_markers():
        if mark.name in ("skip", "skipif"):
            _refuse(item, clause, f"is marked {mark.name}")
        if mark.name == "xfail" and not _is_strict_with_reason(mark):
            _refuse(item, clause, "is marked xfail without strict=True, without a reason, or with run=False")
    if item.function is not clause and not any(item.iter_markers("xfail")):
        _refuse(item, clause, "overrides a clause")


def mark_xfails(item: pytest.Function, xfails: Mapping[str, str]) -> None:
    """Mark *item* as a strict xfail if *xfails* names its clause."""
    clause_id = getattr(item.function, "clause_id", "")
    variant = f"[{item.callspec.id}]" if hasattr(item, "callspec") else ""
    reason = xfails.get(clause_id) or xfails.get(clause_id + variant)
    if reason:
        item.add_marker(pytest.mark.xfail(strict=True, reason=reason))


def _require_keys(owner: type, known: Mapping[str, FunctionType]) -> None:
    for key in getattr(owner, "xfails", ()):
        name, bracket, variant = key.partition("[")
        if name not in known:
            raise TypeError(f"{owner.__name__}.xfails: no clause is named {key!r}")
        if bracket and variant.removesuffix("]") not in variants(known[name]):
            names = ", ".join(variants(known[name])) or "none"
            raise TypeError(f"{owner.__name__}.xfails: no variant is named {key!r}; there are: {names}")


@functools.cache
def _clauses(owner: type) -> Mapping[str, FunctionType]:
    """Return the clauses of *owner* and its bases by test name, each as its first definition has it."""
    found: dict[str, FunctionType] = {}
    for base in reversed(owner.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, FunctionType) and hasattr(value, "clause_id"):
                found.setdefault(name, value)
    return found


def _id(clause: FunctionType) -> str:
    return str(vars(clause)["clause_id"])


def _is_strict_with_reason(mark: pytest.Mark) -> bool:
    options = mark.kwargs
    return options.get("strict") is True and bool(options.get("reason")) and options.get("run", True) is True


def _refuse(item: pytest.Function, clause: FunctionType, problem: str) -> NoReturn:
    pytest.fail(f"{item.nodeid} {problem}. {_ADVICE % _id(clause)}", pytrace=False)
