"""The page about the gateway, and the table of losses, name every behaviour that is measured, and no other."""

import pytest

from llm_core.testing.clauses.modes import EVERY

from .losses import LOCKED, LOSSES, NEWEST, Loss
from .measuring import BEHAVIOURS, MORE, Result
from .page import PAGE, loss_row, no_longer_lost, page

NAMES = [behaviour.name for behaviour in (*BEHAVIOURS, *MORE)]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_a_row_for_each_behaviour(name: str) -> None:
    assert f"\n| {name} | " in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.behaviour)
def test_the_page_has_each_loss_with_its_reason(loss: Loss) -> None:
    assert f"\n{loss_row(loss)}\n" in PAGE.read_text(encoding="utf-8")


def test_every_loss_is_one_of_a_behaviour() -> None:
    assert set() == {loss.behaviour for loss in LOSSES} - set(NAMES)


def test_a_cell_that_differs_is_lost_if_the_table_explains_it_and_wrong_otherwise() -> None:
    behaviours = {behaviour.name: behaviour for behaviour in (*BEHAVIOURS, *MORE)}
    results = [
        Result(behaviour=behaviours[name], mode=mode, differs="text: ''")
        for name in ("text", "refusal")
        for mode in EVERY
    ]

    written = page({LOCKED: results, NEWEST: []})

    assert "0 of 8 cells are right**, 2 are lost by the gateway, 6 are wrong" in written
    assert "complete WRONG: text: ''; acomplete WRONG: text: ''; lost in `stream`, `astream`" in written


def test_a_loss_that_is_not_seen_any_more_is_named() -> None:
    refusal = next(behaviour for behaviour in MORE if behaviour.name == "refusal")
    lost, kept = (
        [Result(behaviour=refusal, mode=mode, differs=differs) for mode in EVERY] for differs in ("text: ''", "")
    )

    assert [f"refusal, {NEWEST}"] == no_longer_lost({LOCKED: lost, NEWEST: kept})
