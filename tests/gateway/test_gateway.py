"""The short form of `make gateway`: one gateway, and the behaviours that need neither a second one nor much time."""

from collections.abc import Iterator

import pytest

from llm_core.testing.clauses.modes import EVERY, Mode

from .behaviours import ANSWERS, ERRORS, RESPONSES
from .fleets import FLEETS
from .installed import missing
from .losses import LOCKED, loss_of
from .measuring import groups
from .observing import Behaviour, Run
from .stack import Stack, running

_CROWD = 20  # calls at once
_SHORT = ("fallback", "cached answer", "early close", "many calls at once")
BEHAVIOURS = (*ANSWERS, *ERRORS, *RESPONSES, *(one for one in FLEETS if one.name in _SHORT))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Return what runs: a gateway of the locked version, Redis and fake providers."""
    if why := missing():
        pytest.skip(why)
    with running(groups, gateways=1) as started:
        yield started


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda one: one.name)
def test_a_behaviour_is_as_promised_through_the_gateway(behaviour: Behaviour, mode: Mode, stack: Stack) -> None:
    if loss_of(behaviour.name, mode, LOCKED) is not None:
        pytest.skip("the gateway does not keep it")

    seen = behaviour.observe(Run(stack=stack, mode=mode, model=behaviour.model(mode), crowd=_CROWD))

    assert behaviour.differences(mode, seen) == ""
