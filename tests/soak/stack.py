"""The stack of wrappers under the soak, and what may be left of it after thousands of calls: right sums alone."""

import gc
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import attrs
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

from llm_core import ChatPort, ManagedChatPort, Usage
from llm_core.adapters.direct import DirectChat
from llm_core.ports.streams import AsyncEventStream, EventStream
from llm_core.wrappers import (
    Answer,
    Budget,
    Cached,
    Fallback,
    Hedged,
    Limited,
    Limiter,
    Logged,
    LoggedCall,
    Recorded,
    Retrying,
    SqliteStore,
    Traced,
)
from llm_core.wrappers.exchange import Exchange
from llm_core.wrappers.flights import Flight
from llm_core.wrappers.limiter import Turn
from llm_core.wrappers.race import Runners

from .behaviours import SLOW_MODEL
from .hedged_outcomes import hedged
from .outcomes import Rules, one_after_another

CONCURRENT = 24
_HEDGED_AFTER = 0.1  # seconds
_PRICE = Decimal("0.001")  # US dollars of a token
_OF_CALLS = (Exchange, Answer, Turn, Flight, Runners, EventStream, AsyncEventStream)
_SETTLED_WITHIN = 1.0  # seconds, in which a thread of a hedge ends once its stream is closed


class Records(logging.Handler):
    """Counts the records that `Logged` writes, and keeps those of warnings of others."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes = Counter[str]()
        self.attempts = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count *record*."""
        call: object = getattr(record, "call", None)
        assert isinstance(call, LoggedCall), record.getMessage()
        self.outcomes[call.outcome] += 1
        self.attempts += call.attempts


class OpenSpans(SpanProcessor):
    """Knows the spans that have begun and not ended."""

    def __init__(self) -> None:
        self.open = set[int]()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 -- OpenTelemetry's
        """Note *span*."""
        self.open.add(_id_of(span))

    def on_end(self, span: ReadableSpan) -> None:
        """Forget *span*."""
        self.open.remove(_id_of(span))


def _id_of(span: ReadableSpan) -> int:
    context = span.get_span_context()
    assert context is not None
    return context.span_id


@attrs.frozen(kw_only=True)
class Stack:
    """All wrappers of a program in production over two chats of one provider, and what they share."""

    chat: ManagedChatPort
    limiter: Limiter
    budget: Budget
    cached: Cached
    records: Records
    spans: OpenSpans
    tape: Path

    def leftovers(self) -> list[str]:
        """Return a line for each thing that a call has left behind, once no call is in progress."""
        self._settle()
        gc.collect()
        alive = Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, _OF_CALLS))
        lines = [f"{count} of {name} are alive" for name, count in alive.items()]
        if self.spans.open:
            lines.append(f"{len(self.spans.open)} spans are open")
        if self.limiter.in_progress or self.limiter.waiting:
            lines.append(f"the limiter has {self.limiter.in_progress} in progress, {self.limiter.waiting} waiting")
        return lines

    def _settle(self) -> None:
        """Wait until the threads of hedges have ended, at most for a second."""
        deadline = time.monotonic() + _SETTLED_WITHIN
        while time.monotonic() < deadline and any(one.name == "llm_core" for one in threading.enumerate()):
            time.sleep(0.01)

    def spent_tokens(self) -> int:
        """Return the tokens that the budget and the cache have counted together."""
        saved = self.cached.saved
        return self.budget.spent_tokens + (saved.input_tokens or 0) + (saved.output_tokens or 0)

    def wrong_sums(self) -> Iterator[str]:
        """Yield a line for each sum in US dollars that is not that of the tokens."""
        dollars = self.budget.spent_usd + self.cached.saved_usd
        if dollars != self.spent_tokens() * _PRICE:
            yield f"{dollars} USD for {self.spent_tokens()} tokens"


@attrs.frozen
class Shape:
    """How a stack goes on to the next chat, and what must then be right."""

    models: tuple[str, str]
    join: Callable[[Sequence[ChatPort]], ChatPort]
    rules: Rules


SHAPES = {
    "Fallback": Shape(("first", "second"), lambda chats: Fallback(chats, cooldown=0.2), one_after_another),
    "Hedged": Shape((SLOW_MODEL, "fast"), lambda chats: Hedged(chats, after=_HEDGED_AFTER), hedged),
}
"""All wrappers but one or the other of these two."""


def stack_over(url: str, folder: Path, shape: Shape) -> Stack:
    """Return the stack of *shape* over the provider at *url*; its files are in *folder*."""
    limiter = Limiter(concurrent=CONCURRENT, requests_per_minute=10**6, tokens_per_minute=10**12)
    tape = folder / "tape.jsonl"
    logger, records = logging.Logger("soak"), Records()  # noqa: LOG001 -- a logger of its own, that none other writes to
    logger.addHandler(records)
    spans, provider = OpenSpans(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(spans)
    chats = [
        Retrying(
            Limited(
                Recorded(Traced(_direct(url, name), tracer_provider=provider), tape, mode="record", namespace=name),
                limiter,
            )
        )
        for name in shape.models
    ]
    budget = Budget(shape.join(chats), usd=10**12, tokens=10**12, unpriced="count")
    cached = Cached(budget, SqliteStore(folder / "answers.db"), namespace="soak")
    chat = Logged(cached, logger)
    return Stack(chat=chat, limiter=limiter, budget=budget, cached=cached, records=records, spans=spans, tape=tape)


def _direct(url: str, name: str) -> DirectChat:
    return DirectChat(f"openai/{name}", api_key="none", api_base=f"{url}/v1", price=_price)


def _price(_: str, usage: Usage) -> Decimal:
    return ((usage.input_tokens or 0) + (usage.output_tokens or 0)) * _PRICE
