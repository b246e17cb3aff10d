"""A quick run of a contract: every clause, and each of its variants, in one mode instead of in all of them."""

import functools
from collections.abc import Mapping
from types import FunctionType

import pytest

from .variants import variants

OPTION = "--llm-core-quick"  # of pytest, see llm_core_pytest.py
SEED_OPTION = "--llm-core-seed"
EXAMPLES_OPTION = "--llm-core-examples"
_NAME = "llm-core-quick"


def deselect_modes(config: pytest.Config) -> None:
    """Register the plugin that deselects modes, once in a run."""
    if not config.pluginmanager.has_plugin(_NAME):
        config.pluginmanager.register(_DeselectingModes(), _NAME)


def is_quick(config: pytest.Config | None) -> bool:
    """Return whether `--llm-core-quick` is given."""
    return config is not None and bool(config.getoption(OPTION, default=False))


def is_in_quick_run(clause: FunctionType, variant: str, ids: list[str]) -> bool:
    """Return whether a quick run checks *variant* of *clause*; *ids* are the contract's clauses, sorted.

    The mode moves on by one with each clause and with each variant of a clause, so that all modes are used.
    """
    modes, places = _modes_and_places(clause)
    if not modes or variant not in places:
        return True
    row, mode = divmod(places[variant], modes)  # the mode is the last word of a variant, and changes first
    return mode == (ids.index(vars(clause)["clause_id"]) + row) % modes


class _DeselectingModes:
    """Pytest counts as deselected what a quick run leaves out."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        every_contract = is_quick(config)
        left_out = [item for item in items if _is_left_out(item, every_contract=every_contract)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            gone = set(left_out)
            items[:] = [item for item in items if item not in gone]


def _is_left_out(item: pytest.Item, *, every_contract: bool) -> bool:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec") or item.cls is None:
        return False
    is_quick = getattr(item.cls, "quick", None)  # None: no contract, or a live one
    clause = item.function
    if is_quick is None or not (is_quick or every_contract) or not hasattr(clause, "clause_id"):
        return False
    return not is_in_quick_run(clause, item.callspec.id, _clause_ids(item.cls))


@functools.cache
def _clause_ids(owner: type) -> list[str]:
    return sorted({getattr(getattr(owner, name), "clause_id", "") for name in dir(owner)} - {""})


@functools.cache  # pytest collects thousands of variants of each
def _modes_and_places(clause: FunctionType) -> tuple[int, Mapping[str, int]]:
    """Return in how many modes *clause* is checked, and the place of each of its variants."""
    return _modes(clause), {variant: place for place, variant in enumerate(variants(clause))}


def _modes(clause: FunctionType) -> int:
    """Return in how many modes each variant of *clause* is checked; 0 for a clause without modes."""
    marks = [mark for mark in getattr(clause, "pytestmark", ()) if mark.name == "parametrize"]
    for names, values in (mark.args for mark in marks):
        if names == "mode":
            return len(values)
        if names == ("name", "mode"):
            return len(values) // len({name for name, _ in values})
    return 0
