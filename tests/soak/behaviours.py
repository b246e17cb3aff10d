"""Behaviours of the soak's fake provider, chosen by the number of the call, so that caller and provider agree."""

import random
from enum import StrEnum

import attrs

from llm_core import (
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)


class Behaviour(StrEnum):
    """How the fake provider answers a call; the first two are valid answers."""

    ANSWER = "answer"
    SPLIT = "an answer in packets"
    FAILS = "500"
    BUSY = "429"
    RESET = "reset before the answer"
    RESET_WITHIN = "reset within the answer"
    CUT = "cut off"
    SILENT = "silence"
    SILENT_WITHIN = "silence within the answer"
    BROKEN = "broken JSON"
    PAGE = "HTML"
    DRIP = "slow drip"


EXPECTED: dict[Behaviour, type[ChatError] | None] = {
    Behaviour.ANSWER: None,
    Behaviour.SPLIT: None,
    Behaviour.FAILS: ServerError,
    Behaviour.BUSY: RateLimitError,
    Behaviour.RESET: ConnectionFailedError,
    Behaviour.RESET_WITHIN: StreamInterruptedError,
    Behaviour.CUT: StreamInterruptedError,
    Behaviour.SILENT: ChatTimeoutError,
    Behaviour.SILENT_WITHIN: ChatTimeoutError,
    Behaviour.BROKEN: BadResponseError,
    Behaviour.PAGE: BadResponseError,
    Behaviour.DRIP: ChatTimeoutError,
}
_FAULTS = tuple(behaviour for behaviour, error_class in EXPECTED.items() if error_class is not None)
TRIES = 6
"""The attempts of a call through the stack of wrappers: three at each of two chats."""
_TIMEOUT = 60.0  # seconds for calls that are answered: machines are shared
_SHORT_TIMEOUT = 0.4  # seconds for calls that must time out
_STACK_TIMEOUT = 300.0  # the same for all attempts at a call: with `Hedged` it is that of the whole answer
_SHORT_STACK_TIMEOUT = 2.0  # for calls through the stack that must time out, where a wait for a turn counts in it


def behaviour_of(number: int, seed: int) -> Behaviour:
    """Return the behaviour for the call *number*; one in ten is a fault."""
    generator = random.Random(f"{seed}/{number}")  # noqa: S311 -- a seed, not a secret
    if generator.random() < 0.1:
        return generator.choice(_FAULTS)
    return Behaviour.SPLIT if generator.random() < 0.1 else Behaviour.ANSWER


def timeout_of(behaviour: Behaviour) -> float:
    """Return the timeout of a call, in seconds."""
    return _SHORT_TIMEOUT if EXPECTED[behaviour] is ChatTimeoutError else _TIMEOUT


def behaviours_of_attempts(number: int, seed: int) -> list[Behaviour]:
    """Return the behaviours for the attempts at the call *number*, up to the first valid answer, of which more follow.

    One call in five begins with a fault.
    """
    generator = random.Random(f"attempts {seed}/{number}")  # noqa: S311 -- a seed, not a secret
    behaviours: list[Behaviour] = []
    while len(behaviours) < TRIES:
        if generator.random() >= (0.5 if behaviours else 0.2):
            return [*behaviours, Behaviour.SPLIT if generator.random() < 0.1 else Behaviour.ANSWER]
        behaviours.append(generator.choice(_FAULTS))
    return behaviours


def may_time_out(number: int, seed: int) -> bool:
    """Return whether an attempt at the call *number* ends by its timeout."""
    return any(EXPECTED[behaviour] is ChatTimeoutError for behaviour in behaviours_of_attempts(number, seed))


def timeout_of_attempts(number: int, seed: int) -> float:
    """Return the timeout of a call through the stack, in seconds."""
    return _SHORT_STACK_TIMEOUT if may_time_out(number, seed) else _STACK_TIMEOUT


@attrs.frozen
class Attempt:
    """An attempt that the fake provider has served."""

    model: str
    behaviour: Behaviour


SLOW_MODEL = "slow"
"""The model whose valid answers begin late in one call of four."""
SLOW_SECONDS = 1.5  # until such an answer begins


def is_slow(model: str, number: int) -> bool:
    """Return whether a valid answer of *model* to the call *number* begins late."""
    return model == SLOW_MODEL and number % 4 == 1


def text_for(number: int) -> str:
    """Return the text of call *number*, in its request and its answer."""
    return f"number {number};"
