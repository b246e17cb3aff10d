"""What must be right in the attempts at a call through a stack with `Hedged`, where some attempts are left."""

from collections.abc import Iterator, Sequence

import attrs

from .behaviours import Behaviour
from .outcomes import ANSWER, WITHIN, ComparedCall, Outcome, answers_among, fits

_ATTEMPTS = 3  # at each chat


@attrs.frozen
class _OfChat:
    """The attempts at one of the chats."""

    model: str
    served: Sequence[Behaviour]
    taped: Sequence[str]

    @property
    def left(self) -> int:
        """How many attempts are not on the tape: `Hedged` has closed their streams, since the other chat was first."""
        return len(self.served) - len(self.taped)

    def is_in_order(self) -> bool:
        """Return whether the tape has what was served, in that order, except for what was left."""
        ends = iter(self.taped)
        end = next(ends, None)
        for behaviour in self.served:
            if end is not None and fits(behaviour, end):
                end = next(ends, None)
        return end is None

    def broke(self) -> bool:
        """Return whether the last attempt may have ended after its first event: such a chat has won."""
        return self.left == 0 and self.served[-1] in WITHIN


def hedged(call: ComparedCall) -> Iterator[str]:
    """Yield what is wrong in a call of which up to one attempt was left, by each hedge."""
    chats = [
        _OfChat(
            model,
            [one.behaviour for one in call.served if one.model == model],
            [one.end for one in call.taped if one.model == model],
        )
        for model in sorted({one.model for one in call.served} | {one.model for one in call.taped})
    ]
    for chat in chats:
        if not chat.is_in_order():
            yield f"the tape of {chat.model} differs from what was served"
    if sum(chat.left for chat in chats) > len(call.outcomes):
        yield "attempts are neither on the tape nor left by a hedge"
    answered = any(outcome.end == ANSWER for outcome in call.outcomes)
    if call.ends().count(ANSWER) != answered:
        yield f"{call.ends().count(ANSWER)} answers are on the tape"
    if len(call.outcomes) == 1 and chats:
        yield from _policy(call.outcomes[0], chats)


def _policy(outcome: Outcome, chats: Sequence[_OfChat]) -> Iterator[str]:
    """Yield what is wrong in the attempts at a call that was made once, and ended by itself."""
    if any(answers_among(chat.served[:-1]) for chat in chats):
        yield "another attempt after an answer"
    if any(chat.left and not all(map(fits, chat.served, chat.taped)) for chat in chats):
        yield "another attempt after one that was left"
    lasts = [chat.taped[-1] for chat in chats if chat.taped]
    if outcome.end not in lasts:
        yield "the end is not that of a last attempt"
    if outcome.end == ANSWER:
        return
    broken, total = [len(chat.taped) for chat in chats if chat.broke()], sum(len(chat.taped) for chat in chats)
    if outcome.attempts not in (total, *broken):
        yield f"{outcome.attempts} errors"
    if not broken and [len(chat.served) for chat in chats] != [_ATTEMPTS, _ATTEMPTS]:
        yield "attempts are missing"
    if not broken and any(chat.left for chat in chats):
        yield "an attempt was left, and no chat has won"
