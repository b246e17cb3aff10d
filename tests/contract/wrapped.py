"""The wrappers of this project: each in its neutral form, and with what it claims beyond."""

from collections.abc import Callable, Sequence

import attrs

from llm_core import ChatPort
from llm_core.testing import WrapperClauses
from llm_core.wrappers import Budget, Fallback, Hedged, Limited, Limiter, Retrying


@attrs.frozen(kw_only=True)
class Wrapped:
    """A wrapper under test, as `WrapperClauses` has it."""

    wrap: Callable[[Sequence[ChatPort]], ChatPort]
    neutral: Callable[[ChatPort], ChatPort]
    chats: int = 1
    attempts_per_call: int = 1
    may_answer_without_request: bool = False
    begins_in_callers_thread: bool = True


WRAPPERS: dict[str, Wrapped] = {
    "Retrying": Wrapped(
        wrap=lambda chats: Retrying(chats[0]),
        neutral=lambda chat: Retrying(chat, attempts=1),
        attempts_per_call=3,
    ),
    "Fallback": Wrapped(wrap=Fallback, neutral=lambda chat: Fallback([chat]), chats=2, attempts_per_call=2),
    "Hedged": Wrapped(
        wrap=lambda chats: Hedged(chats, after=30),
        neutral=lambda chat: Hedged([chat], after=30),
        chats=2,
        attempts_per_call=2,
        begins_in_callers_thread=False,
    ),
    "Limited": Wrapped(
        wrap=lambda chats: Limited(chats[0], Limiter(concurrent=4, requests_per_minute=1_000)),
        neutral=lambda chat: Limited(chat, Limiter()),
    ),
    "Budget": Wrapped(
        wrap=lambda chats: Budget(chats[0], usd=100, tokens=10_000_000, unpriced="count"),
        neutral=Budget,
    ),
}


def declared(wrapped: Wrapped, bases: tuple[type[WrapperClauses], ...], **attributes: object) -> type[WrapperClauses]:
    """Return a contract class over *bases* for *wrapped*."""
    members: dict[str, object] = {
        "wrap": staticmethod(wrapped.wrap),
        "neutral": staticmethod(wrapped.neutral),
        "chats": wrapped.chats,
        "attempts_per_call": wrapped.attempts_per_call,
        "may_answer_without_request": wrapped.may_answer_without_request,
        "begins_in_callers_thread": wrapped.begins_in_callers_thread,
    }
    return type("Contract", bases, {**members, **attributes, "__module__": bases[0].__module__})
