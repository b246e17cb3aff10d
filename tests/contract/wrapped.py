"""The wrappers of this project: each in its neutral form, and with what it claims beyond."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer

from llm_core import ChatPort
from llm_core.testing import WrapperClauses
from llm_core.wrappers import (
    Budget,
    Cached,
    Fallback,
    Hedged,
    Limited,
    Limiter,
    Logged,
    MemoryStore,
    Recorded,
    Retrying,
    Traced,
)


@attrs.frozen(kw_only=True)
class Wrapped:
    """A wrapper under test, as `WrapperClauses` has it."""

    wrap: Callable[[Sequence[ChatPort]], ChatPort]
    neutral: Callable[[ChatPort], ChatPort]
    chats: int = 1
    attempts_per_call: int = 1
    may_answer_without_request: bool = False
    begins_in_callers_thread: bool = True


_TAPES = TemporaryDirectory(prefix="llm-core-tapes-")
_NUMBERS = itertools.count()


class _Tracing:
    """A provider of OpenTelemetry's SDK whose tracer is there already: making one adds a filter of warnings."""

    def __init__(self) -> None:
        self._tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")

    def get_tracer(self, instrumenting_module_name: str, *_: object, **__: object) -> Tracer:
        del instrumenting_module_name
        return self._tracer


_TRACING = _Tracing()


def _recorded(chat: ChatPort) -> Recorded:
    return Recorded(chat, Path(_TAPES.name) / f"{next(_NUMBERS)}.jsonl", mode="record")


def _traced(chat: ChatPort) -> Traced:
    return Traced(chat, tracer_provider=_TRACING, content=True)


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
    "Logged": Wrapped(wrap=lambda chats: Logged(chats[0]), neutral=Logged),
    "Traced": Wrapped(wrap=lambda chats: _traced(chats[0]), neutral=_traced),
    "Recorded": Wrapped(wrap=lambda chats: _recorded(chats[0]), neutral=_recorded),
    "Cached": Wrapped(
        wrap=lambda chats: Cached(chats[0], MemoryStore(), namespace="n"),
        neutral=lambda chat: Cached(chat, MemoryStore(), namespace="n", ttl=0),
        may_answer_without_request=True,
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
