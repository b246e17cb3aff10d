"""A chat under a wrapper, which plays what a clause needs and records what the wrapper does with it."""

import asyncio
import copy
import threading
from collections.abc import AsyncGenerator, Generator, Iterator
from typing import TypeAlias

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.events import StreamEvent
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import events_from_response, response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.chat import AsyncChatStream, ChatStream, ManagedChatPort
from llm_core.ports.streams import AsyncEventStream, EventStream, UsageReport

_NOTHING = ChatResponse(message=AssistantMessage())


@attrs.frozen(kw_only=True)
class Plays:
    """What a probe does in a call: it sends the events of *response*, and then ends, raises *error*, or waits.

    It waits, or raises, after `after` events; None: after all deltas. `complete` raises or waits at once.
    """

    response: ChatResponse
    error: BaseException | None = None
    waits: bool = False
    after: int | None = None
    patience: float = 5.0
    """Seconds after which a wait that nothing ends fails the clause, so that no test hangs."""


@attrs.define(eq=False)
class ProbeCall:
    """A call that a probe received."""

    verb: str
    """The verb by which it was called."""
    request: ChatRequest
    """The request."""
    thread: int = attrs.field(factory=threading.get_ident)
    """The thread in which the work began."""
    sent: int = 0
    """How many events were read."""
    is_open: bool = False
    """Whether the call is in progress."""
    cancelled: bool = False
    """Whether its task was cancelled."""


Outcome: TypeAlias = Plays | ChatResponse | BaseException


class ProbeChat(ManagedChatPort):
    """An honest chat that plays *outcomes* in turn, the last one again and again, and records every call."""

    def __init__(self, *outcomes: Outcome, description: ModelDescription | None = None) -> None:
        """Play *outcomes*: a response, an error before any event, or `Plays`."""
        self._outcomes = outcomes
        self._description = description or ModelDescription()
        self._lock = threading.Lock()
        self.calls: list[ProbeCall] = []
        """The calls whose work has begun."""
        self.closed: list[str] = []
        """The names of the methods that closed it."""
        self.waiting: threading.Event = threading.Event()
        """Set while a call waits."""

    def describe(self) -> ModelDescription:
        """Return the description that it was given."""
        return self._description

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Play the next outcome."""
        call, plays = self._take("complete", request)
        stop = threading.Event()
        return response_from_events(self._events(call, _at_once(plays), stop))

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Play the next outcome, once the stream begins."""
        usage, stop = UsageReport(), threading.Event()

        def events() -> Generator[StreamEvent, None, None]:
            call, plays = self._take("stream", request)
            usage.read = lambda: _usage(plays)
            yield from self._events(call, plays, stop)

        return EventStream(events(), usage, stop.set)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Play the next outcome."""
        call, plays = self._take("acomplete", request)
        return response_from_events([event async for event in self._aevents(call, _at_once(plays))])

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Play the next outcome, once the stream begins."""
        usage = UsageReport()

        async def events() -> AsyncGenerator[StreamEvent, None]:
            call, plays = self._take("astream", request)
            usage.read = lambda: _usage(plays)
            inner = self._aevents(call, plays)
            try:
                async for event in inner:
                    yield event
            finally:
                await inner.aclose()

        return AsyncEventStream(events(), usage)

    def close(self) -> None:
        """Record it."""
        self.closed.append("close")

    async def aclose(self) -> None:
        """Record it."""
        self.closed.append("aclose")

    @property
    def is_idle(self) -> bool:
        """Whether no call is in progress."""
        return not any(call.is_open for call in self.calls)

    def _take(self, verb: str, request: ChatRequest) -> tuple[ProbeCall, Plays]:
        with self._lock:
            outcome = self._outcomes[min(len(self.calls), len(self._outcomes) - 1)]
            call = ProbeCall(verb, request)
            self.calls.append(call)
        return call, _as_plays(outcome)

    def _events(self, call: ProbeCall, plays: Plays, stop: threading.Event) -> Generator[StreamEvent, None, None]:
        call.is_open = True
        try:
            for event in _sent(plays):
                call.sent += 1
                yield event
            if plays.waits:
                self.waiting.set()
                stop.wait(plays.patience)
                raise TimeoutError("nothing ended the wait of the call beneath")
            if plays.error is not None:
                raise copy.copy(plays.error)
        finally:
            call.is_open = False

    async def _aevents(self, call: ProbeCall, plays: Plays) -> AsyncGenerator[StreamEvent, None]:
        call.is_open = True
        try:
            for event in _sent(plays):
                await asyncio.sleep(0)
                call.sent += 1
                yield event
            if plays.waits:
                self.waiting.set()
                await asyncio.sleep(plays.patience)
                raise TimeoutError("nothing ended the wait of the call beneath")
            if plays.error is not None:
                raise copy.copy(plays.error)
        except asyncio.CancelledError:
            call.cancelled = True
            raise
        finally:
            call.is_open = False


def _as_plays(outcome: Outcome) -> Plays:
    match outcome:
        case Plays():
            return outcome
        case ChatResponse():
            return Plays(response=outcome)
        case _:
            return Plays(response=_NOTHING, error=outcome, after=0)


def _at_once(plays: Plays) -> Plays:
    """Return *plays* as `complete` sees it: no event comes before an error or a wait."""
    return plays if plays.error is None and not plays.waits else attrs.evolve(plays, after=0)


def _sent(plays: Plays) -> Iterator[StreamEvent]:
    *deltas, end = events_from_response(plays.response, chunk_size=4)
    if plays.error is None and not plays.waits:
        return iter([*deltas, end])
    return iter(deltas[: plays.after])


def _usage(plays: Plays) -> Usage | None:
    return plays.error.usage if isinstance(plays.error, ChatError) else plays.response.usage
