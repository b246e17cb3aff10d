"""What the gateway itself loses, so that no adapter in front of it can keep the promise: each with its reason."""

from collections.abc import Sequence

import attrs

from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode

LOCKED, NEWEST = "1.106.2", "1.110.2"
_WHOLE: tuple[Mode, ...] = ("complete", "acomplete")


@attrs.frozen(kw_only=True)
class Loss:
    """A behaviour that the gateway does not keep, in some modes and versions, and what a caller sees instead."""

    behaviour: str
    seen: str
    reason: str
    modes: Sequence[Mode] = EVERY
    versions: Sequence[str] = (LOCKED, NEWEST)


LOSSES = (
    Loss(
        behaviour="clean end without a finish reason",
        modes=STREAMS,
        versions=(LOCKED,),
        seen="a whole answer with the finish reason `stop`, and usage that the gateway counted itself",
        reason="it invents both before 1.109.0; the adapter logs a warning once when such a gateway answers",
    ),
    Loss(
        behaviour="refusal",
        modes=STREAMS,
        seen="an empty answer with the finish reason `stop`",
        reason="it drops the deltas of a refusal",
    ),
    Loss(behaviour="no usage", modes=_WHOLE, seen="zero tokens", reason="it reports zero for what is not reported"),
    Loss(
        behaviour="no usage",
        modes=STREAMS,
        seen="an estimate",
        reason="it counts tokens itself where the provider reports none",
    ),
    Loss(
        behaviour="unknown finish reason",
        seen="`stop`",
        reason="it maps unknown words to `stop`; only whole answers hold the word too, in a field of its own",
    ),
    Loss(
        behaviour="cached answer",
        modes=STREAMS,
        versions=(LOCKED,),
        seen="the tokens of cache and reasoning are missing",
        reason="it makes the stream of a stored answer anew, and counts the price once more",
    ),
    Loss(
        behaviour="early close",
        modes=_WHOLE,
        seen="the call goes on at the provider, and is paid for",
        reason="it does not end a call that is no stream when its caller leaves",
    ),
)


def loss_of(behaviour: str, mode: Mode, version: str) -> Loss | None:
    """Return the loss that explains why *behaviour* is not as promised; None if it must be."""
    found = (
        loss
        for loss in LOSSES
        if (loss.behaviour, version in loss.versions, mode in loss.modes) == (behaviour, True, True)
    )
    return next(found, None)
