"""What the fake provider of the soak does to a call: chosen by the call's own number, so that both sides know it."""

import random
from enum import StrEnum

from llm_core import (
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)


class Act(StrEnum):
    """The first two are right answers."""

    ANSWER = "answer"
    PIECES = "an answer in pieces"
    FAILS = "500"
    BUSY = "429"
    RESET = "reset before the answer"
    RESET_WITHIN = "reset within it"
    CUT = "cut off"
    SILENT = "silence"
    SILENT_WITHIN = "silence within it"
    BROKEN = "broken JSON"
    PAGE = "HTML"
    DRIP = "slow drip"


EXPECTED: dict[Act, type[ChatError] | None] = {
    Act.ANSWER: None,
    Act.PIECES: None,
    Act.FAILS: ServerError,
    Act.BUSY: RateLimitError,
    Act.RESET: ConnectionFailedError,
    Act.RESET_WITHIN: StreamInterruptedError,
    Act.CUT: StreamInterruptedError,
    Act.SILENT: ChatTimeoutError,
    Act.SILENT_WITHIN: ChatTimeoutError,
    Act.BROKEN: BadResponseError,
    Act.PAGE: BadResponseError,
    Act.DRIP: ChatTimeoutError,
}
_FAULTS = tuple(act for act, kind in EXPECTED.items() if kind is not None)
_PATIENCE = 60.0  # seconds for an answer that comes: machines are shared
_IMPATIENCE = 0.4  # seconds for one that never does


def act_of(number: int, seed: int) -> Act:
    """Return what is done to the call: one in ten fails."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 -- to be repeated, not to be secret
    if chance.random() < 0.1:
        return chance.choice(_FAULTS)
    return Act.PIECES if chance.random() < 0.1 else Act.ANSWER


def patience(act: Act) -> float:
    """Return the timeout of a call, in seconds."""
    return _IMPATIENCE if EXPECTED[act] is ChatTimeoutError else _PATIENCE


def require_text(number: int) -> str:
    """Return what is said, and answered: nobody else's."""
    return f"number {number};"
