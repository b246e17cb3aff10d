"""The stack of wrappers under the soak, and what may be left of it after thousands of calls: right sums alone."""

import gc
import logging
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import attrs
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

from llm_core import ManagedChatPort, Usage
from llm_core.adapters.direct import DirectChat
from llm_core.ports.streams import AsyncEventStream, EventStream
from llm_core.wrappers import (
    Answer,
    Budget,
    Cached,
    Fallback,
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

CONCURRENT = 24
NAMESPACES = ("first", "second")
_PRICE = Decimal("0.001")  # US dollars of a token
_OF_CALLS = (Exchange, Answer, Turn, Flight, EventStream, AsyncEventStream)


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
        gc.collect()
        alive = Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, _OF_CALLS))
        lines = [f"{count} of {name} are alive" for name, count in alive.items()]
        if self.spans.open:
            lines.append(f"{len(self.spans.open)} spans are open")
        if self.limiter.in_progress or self.limiter.waiting:
            lines.append(f"the limiter has {self.limiter.in_progress} in progress, {self.limiter.waiting} waiting")
        return lines

    def spent_tokens(self) -> int:
        """Return the tokens that the budget and the cache have counted together."""
        saved = self.cached.saved
        return self.budget.spent_tokens + (saved.input_tokens or 0) + (saved.output_tokens or 0)

    def wrong_sums(self) -> Iterator[str]:
        """Yield a line for each sum in US dollars that is not that of the tokens."""
        dollars = self.budget.spent_usd + self.cached.saved_usd
        if dollars != self.spent_tokens() * _PRICE:
            yield f"{dollars} USD for {self.spent_tokens()} tokens"


def stack_over(url: str, folder: Path) -> Stack:
    """Return the stack over the provider at *url*; its files are in *folder*."""
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
        for name in NAMESPACES
    ]
    budget = Budget(Fallback(chats, cooldown=0.2), usd=10**12, tokens=10**12, unpriced="count")
    cached = Cached(budget, SqliteStore(folder / "answers.db"), namespace="soak")
    chat = Logged(cached, logger)
    return Stack(chat=chat, limiter=limiter, budget=budget, cached=cached, records=records, spans=spans, tape=tape)


def _direct(url: str, name: str) -> DirectChat:
    return DirectChat(f"openai/{name}", api_key="none", api_base=f"{url}/v1", price=_price)


def _price(_: str, usage: Usage) -> Decimal:
    return ((usage.input_tokens or 0) + (usage.output_tokens or 0)) * _PRICE
