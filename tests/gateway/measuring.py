"""Runs the behaviours against a stack, in all modes, and says which facts are others than promised."""

from collections.abc import Callable, Iterator, Sequence

import attrs

from llm_core.testing.clauses.modes import EVERY, Mode

from .behaviours import ANSWERS, ERRORS, LOSSES, RESPONSES
from .fleets import FLEETS, KILLED, kill_one
from .observing import Backend, Behaviour, Facts, Run
from .stack import Group, Stack

BEHAVIOURS = (*ANSWERS, *ERRORS, *FLEETS, KILLED)
MORE = (*RESPONSES, *LOSSES)
_STAND_IN = "stand-in"


@attrs.frozen(kw_only=True)
class Result:
    """One behaviour in one mode: the facts that are others than promised; empty if none is."""

    behaviour: Behaviour
    mode: Mode
    differs: str


def groups(first: str, second: str, on_responses: str, dead: str) -> Sequence[Group]:
    """Return the models of the gateway: one for each run, so that no failure has an effect on another."""
    addresses: dict[Backend, str] = {"first": first, "second": second, "responses": on_responses, "dead": dead}

    def group(behaviour: Behaviour, mode: Mode) -> Group:
        backends = [(f"fake-{backend}", addresses[backend]) for backend in behaviour.behind]
        fallback = _STAND_IN if behaviour.has_fallback else ""
        return Group(name=behaviour.model(mode), backends=backends, fallback=fallback)

    own = [group(behaviour, mode) for behaviour in (*BEHAVIOURS, *MORE) for mode in EVERY]
    return [*own, Group(name=_STAND_IN, backends=[("fake-second", second)])]


def measure(
    stack: Stack, chosen: Sequence[Behaviour], crowd: int, began: Callable[[str], None] = lambda _: None
) -> Iterator[Result]:
    """Yield the result of each of *chosen* in each mode; *began* gets its name first. The killed gateway comes last."""
    for behaviour in chosen:
        if behaviour is KILLED:
            continue
        for mode in EVERY:
            began(f"{behaviour.name}, {mode}")
            seen = _observed(behaviour, Run(stack=stack, mode=mode, model=behaviour.model(mode), crowd=crowd))
            yield Result(behaviour=behaviour, mode=mode, differs=behaviour.differences(mode, seen))
    if KILLED in chosen:
        began(KILLED.name)
        for mode, seen in kill_one(stack, KILLED.model(EVERY[0])).items():
            yield Result(behaviour=KILLED, mode=mode, differs=KILLED.differences(mode, seen))


def _observed(behaviour: Behaviour, run: Run) -> Facts:
    """Return the facts of *run*; what it raises is the one fact, so that the others are still measured."""
    try:
        return behaviour.observe(run)
    except Exception as error:  # noqa: BLE001 -- it becomes the row's difference
        return {"error": f"{type(error).__name__}: {error}"}
