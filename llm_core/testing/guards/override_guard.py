"""A promise is kept, or it is told with a reason that it is not: no clause goes missing in silence."""

import inspect
from collections.abc import Mapping
from types import FunctionType
from typing import NoReturn

import pytest

from .variants import variants

_SUITE = "llm_core.testing."
_GUARDS = ("pytest_generate_tests", "_around_each_clause")
_ADVICE = (
    'A promise that the adapter cannot keep stands in the table: xfails = {"%s": "the reason"}; or its test is '
    'overridden with @pytest.mark.xfail(strict=True, reason="...").'
)


def require_clauses(owner: type) -> None:
    """Raise TypeError where *owner* has something else in the place of a clause or a guard, or an unknown xfail.

    What pytest does not collect, it does not miss.
    """
    clauses = _clauses(owner)
    for name, clause in clauses.items():
        if not isinstance(inspect.getattr_static(owner, name), FunctionType):
            raise TypeError(f"{owner.__name__}.{name} takes a clause away. {_ADVICE % _id(clause)}")
    _require_keys(owner, {_id(clause): clause for clause in clauses.values()})
    for name in _GUARDS:
        if any(name in vars(kind) and not kind.__module__.startswith(_SUITE) for kind in owner.__mro__):
            raise TypeError(f"{owner.__name__}.{name} belongs to the contract: it watches over the clauses")


def require_reasons(item: pytest.Function, owner: type) -> None:
    """Fail where *item* is a clause that is skipped, may fail in silence, or is overridden, and says no reason."""
    clause = _clauses(owner).get(item.originalname)
    if clause is None:
        return
    for mark in item.iter_markers():
        if mark.name in ("skip", "skipif"):
            _refuse(item, clause, f"is marked {mark.name}")
        if mark.name == "xfail" and not _is_strict_with_reason(mark):
            _refuse(item, clause, "is marked xfail without strict=True or a reason, or is never run")
    if item.function is not clause and not any(item.iter_markers("xfail")):
        _refuse(item, clause, "overrides a clause")


def mark_xfails(item: pytest.Function, xfails: Mapping[str, str]) -> None:
    """Mark *item* where *xfails* says that its promise is not kept."""
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
            told = ", ".join(variants(known[name])) or "none"
            raise TypeError(f"{owner.__name__}.xfails: no variant is named {key!r}; there are: {told}")


def _clauses(owner: type) -> dict[str, FunctionType]:
    """Return the clauses that *owner* inherits or has, by the names of their tests: each as it was first promised."""
    found: dict[str, FunctionType] = {}
    for kind in reversed(owner.__mro__):
        for name, value in vars(kind).items():
            if isinstance(value, FunctionType) and hasattr(value, "clause_id"):
                found.setdefault(name, value)
    return found


def _id(clause: FunctionType) -> str:
    return str(vars(clause)["clause_id"])


def _is_strict_with_reason(mark: pytest.Mark) -> bool:
    told = mark.kwargs
    return told.get("strict") is True and bool(told.get("reason")) and told.get("run", True) is True


def _refuse(item: pytest.Function, clause: FunctionType, problem: str) -> NoReturn:
    pytest.fail(f"{item.nodeid} {problem}. {_ADVICE % _id(clause)}", pytrace=False)
