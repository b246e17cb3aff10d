"""A promise is kept, or it is told with a reason that it is not: clauses cannot be overridden or skipped in silence."""

from collections.abc import Mapping

import pytest


def require_honesty(item: pytest.Function, xfails: Mapping[str, str]) -> None:
    """Mark *item* where *xfails* says so; fail where a clause is overridden without a strict xfail and its reason."""
    clause_id = getattr(item.function, "clause_id", None)
    if clause_id is None:
        _require_reason(item)
        return
    variant = f"[{item.callspec.id}]" if hasattr(item, "callspec") else ""
    reason = xfails.get(clause_id) or xfails.get(clause_id + variant)
    if reason:
        item.add_marker(pytest.mark.xfail(strict=True, reason=reason))


def _require_reason(item: pytest.Function) -> None:
    """Fail if *item* stands in for a clause, and does not say that it must fail, and why."""
    owners = type(item.instance).__mro__[1:]
    overrides = any(hasattr(vars(owner).get(item.originalname), "clause_id") for owner in owners)
    marks = [mark for mark in item.iter_markers("xfail") if mark.kwargs.get("strict") and mark.kwargs.get("reason")]
    if overrides and not marks:
        pytest.fail(f"{item.originalname} overrides a clause without xfail(strict=True, reason=...)")
