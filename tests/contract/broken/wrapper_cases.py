"""All broken wrappers, by area, and the clauses about wrappers, by id."""

from collections.abc import Callable
from types import ModuleType

from llm_core.testing import WrapperClauses

from . import (
    ending_calls,
    of_budget,
    of_cached,
    of_fallback,
    of_hedged,
    of_limited,
    of_logged,
    of_recorded,
    of_retrying,
    passing_on,
)
from .broken_wrapper import BrokenWrapper

Check = Callable[..., None]

_AREAS: tuple[ModuleType, ...] = (
    passing_on,
    ending_calls,
    of_retrying,
    of_fallback,
    of_hedged,
    of_limited,
    of_budget,
    of_logged,
    of_recorded,
    of_cached,
)
BROKEN_WRAPPERS_BY_AREA: dict[str, list[BrokenWrapper]] = {
    area.__name__.rpartition(".")[2]: [broken for broken in vars(area).values() if isinstance(broken, BrokenWrapper)]
    for area in _AREAS
}
BROKEN_WRAPPERS = [broken for cases in BROKEN_WRAPPERS_BY_AREA.values() for broken in cases]
WRAPPER_CLAUSES: dict[str, Check] = {
    check.clause_id: check
    for check in (getattr(WrapperClauses, name) for name in dir(WrapperClauses))
    if hasattr(check, "clause_id")
}
