"""The short form of `make gateway`: one gateway, what needs neither a second one nor much time, in two modes each."""

from collections.abc import Iterator

import pytest

from llm_core.testing.clauses.modes import Mode, in_two_modes

from .behaviours import ANSWERS, ERRORS, RESPONSES
from .fleets import FLEETS
from .installed import missing
from .losses import LOCKED, loss_of
from .measuring import groups
from .observing import Run
from .stack import Stack, running

_CROWD = 20  # calls at once
_SHORT = ("fallback", "cached answer", "early close", "many calls at once")
_LONG = ("silence",)
_CHOSEN = (*ANSWERS, *(one for one in ERRORS if one.name not in _LONG), *(one for one in FLEETS if one.name in _SHORT))
BEHAVIOURS = {behaviour.name: behaviour for behaviour in (*_CHOSEN, *RESPONSES)}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Return what runs: a gateway of the locked version, Redis and fake providers."""
    if why := missing():
        pytest.skip(why)
    with running(groups, gateways=1) as started:
        yield started


@pytest.mark.parametrize(("name", "mode"), in_two_modes(BEHAVIOURS))
def test_a_behaviour_is_as_promised_through_the_gateway(name: str, mode: Mode, stack: Stack) -> None:
    if loss_of(name, mode, LOCKED) is not None:
        pytest.skip("the gateway does not keep it")
    behaviour = BEHAVIOURS[name]

    seen = behaviour.observe(Run(stack=stack, mode=mode, model=behaviour.model(mode), crowd=_CROWD))

    assert behaviour.differences(mode, seen) == ""
