"""One call through a wrapper: its steps, its open answers and its usage. Both drivers share it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from weakref import ref

import attrs

from llm_core.domain.errors import ChatError, ConnectionFailedError
from llm_core.domain.provider_fault import ProviderFault, detached
from llm_core.domain.requests import ChatRequest, require_request
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.clock import Clock

from .attempts import count_attempt
from .steps import Answer, Begin, Relay, Step, Steps

NO_LOOP = 0
"""Stands for the event loop of sync verbs, which have none."""


class Closings:
    """The moments at which a wrapper was closed, and the exchanges that wait meanwhile."""

    def __init__(self) -> None:
        """Start without any."""
        self._loops: list[int] = []
        self._waiting: set[ref[Exchange]] = set()  # weak: an interrupt may come before `end_wait`

    def __len__(self) -> int:
        """Return how often the wrapper was closed."""
        return len(self._loops)

    def since(self, count: int, loop: int) -> bool:
        """Return whether, after the first *count* times, it was closed for the calls of *loop*."""
        return loop in self._loops[count:]

    def close(self, loop: int) -> None:
        """Keep that the wrapper is being closed for the calls of *loop*, and end their waits."""
        self._loops.append(loop)
        for exchange in [one() for one in tuple(self._waiting)]:
            if exchange is not None and exchange.loop == loop:
                exchange.wake()

    def begin_wait(self, exchange: Exchange) -> None:
        """Let `close` wake *exchange*."""
        self._waiting.add(ref(exchange, self._waiting.discard))

    def end_wait(self, exchange: Exchange) -> None:
        """Let `close` no longer wake *exchange*."""
        self._waiting.discard(ref(exchange))


class Exchange:
    """The state of one call through a wrapper."""

    def __init__(
        self,
        steps: Callable[[ChatRequest], Steps[ChatResponse]],
        request: ChatRequest,
        clock: Clock,
        closings: Closings,
        *,
        whole: bool,
    ) -> None:
        """Prepare *steps*, which begin with the first `advance`; *whole*: the whole response is wanted (`complete`)."""
        require_request(request)
        self.clock = clock
        self.whole = whole
        self.loop = NO_LOOP
        """The id of the event loop of an async verb."""
        self.response: ChatResponse | None = None
        self.open: list[Answer] = []
        """The answers whose streams are open."""
        self.aborted: bool = False
        """Whether `abort` was called."""
        self._make_steps = steps
        self._request = request
        self._closings = closings
        self._closings_before = 0
        self._steps: Steps[ChatResponse] | None = None
        self._waker: Callable[[], None] | None = None
        self._spent: Usage | None = None
        self._latest: Answer | None = None

    def advance(self, error: Exception | None) -> Step | None:
        """Return the next step, after the current one has failed with *error*; None once `response` is known.

        Call it outside any ``except``, where *error* would get a second context.
        """
        if self._steps is None:
            self._closings_before = len(self._closings)
            self._steps = self._make_steps(self._request)
        try:
            return next(self._steps) if error is None else self._steps.throw(error)
        except StopIteration as end:
            self.response = self._complete(end.value)
            return None
        except ChatError as failed:
            raised = failed
        raised.__context__ = None  # an ``except`` of the steps left the error of an earlier attempt there
        try:
            raise raised
        finally:
            del raised, error  # an error refers to this frame, which would keep both alive

    def whole_response(self) -> ChatResponse:
        """Return the response, once the driver has performed all steps."""
        if self.response is None:
            raise RuntimeError("the steps have not ended")
        return self.response

    def must_end(self, error: Exception | None) -> bool:
        """Return whether the steps may not decide about *error*: the stream or the wrapper was closed meanwhile."""
        return self.aborted or (error is not None and self.is_closed())

    def hides(self, reason: BaseException) -> bool:
        """Return whether *reason* is the consequence of `abort` alone, and the reader gets the end of the iteration."""
        return self.aborted and isinstance(reason, Exception | GeneratorExit)

    def end(self, reason: BaseException) -> BaseException:
        """End the steps with *reason*, and return what the caller gets. The answers have been closed before."""
        if self._steps is None:
            return reason
        raised = reason
        try:
            self._steps.throw(reason)
        except StopIteration:
            return reason
        except BaseException as other:  # noqa: BLE001 -- it is returned; an interrupt is never replaced
            both_errors = isinstance(reason, ChatError) and isinstance(other, ChatError)
            raised = other if both_errors or _is_interrupt(other) else reason
        else:
            with suppress(RuntimeError):  # steps that go on all the same, also after GeneratorExit
                self._steps.close()
        if isinstance(raised, ChatError):
            raised.__context__ = None
        try:
            return raised
        finally:
            del raised, reason  # as in `advance`

    def began(self, answer: Answer) -> None:
        """Take the usage of *answer*, which was begun last, for that of the exchange."""
        self._latest = answer
        if not hasattr(answer.chat, "exchange"):  # that of a wrapper counts the calls that it makes itself
            count_attempt()
        if not self.whole:
            self.open.append(answer)

    def answers_with(self, answer: Answer) -> None:
        """Take the usage of *answer*, the winner of a race, for that of the exchange."""
        self._latest = answer

    def ended(self, step: Step, error: Exception | None) -> Answer | None:
        """Return the open answer that has nothing more to read after *step*, which failed with *error* or succeeded."""
        if not self.open or not isinstance(step, Begin | Relay):
            return None
        return step.answer if error is not None or step.answer.response is not None else None

    def freed(self, answer: Answer) -> None:
        """Forget that *answer* is open."""
        self.open.remove(answer)

    def spend(self, usage: Usage | None) -> None:
        """Add *usage* to that of the response."""
        self._spent = _sum(self._spent, usage)

    def usage(self) -> Usage | None:
        """Return what has been reported so far."""
        return _sum(self._spent, None if self._latest is None else self._latest.usage)

    def abort(self) -> None:
        """End the exchange while another thread waits in it: its streams are closed, and its wait ends."""
        self.aborted = True
        self.wake()
        for answer in tuple(self.open):
            answer.close()

    def is_closed(self) -> bool:
        """Return whether the wrapper was closed since the exchange began, so that it begins no other call."""
        return self._closings.since(self._closings_before, self.loop)

    def require_open(self) -> None:
        """Raise ConnectionFailedError if the wrapper was closed meanwhile."""
        if self.is_closed():
            error = ConnectionFailedError(detail="the chat was closed while the call was in progress")
            raise detached(error, ProviderFault("llm_core", "closed"))

    def begin_wait(self, waker: Callable[[], None]) -> bool:
        """Let `abort` and a closing of the wrapper call *waker*; return whether to wait at all."""
        self._waker = waker
        self._closings.begin_wait(self)
        return not (self.aborted or self.is_closed())

    def end_wait(self) -> None:
        """Forget the waker."""
        self._waker = None
        self._closings.end_wait(self)

    def wake(self) -> None:
        """End the wait in progress, if there is one."""
        waker = self._waker
        if waker is not None:
            waker()

    def _complete(self, response: object) -> ChatResponse:
        if not isinstance(response, ChatResponse):
            raise TypeError(f"exchange must return the response, and returned {type(response).__name__}")
        return response if self._spent is None else attrs.evolve(response, usage=_sum(self._spent, response.usage))


def graver(ended: BaseException | None, error: BaseException) -> BaseException:
    """Return which of the two the caller gets: an interrupt before an error, and the later one of two errors."""
    if ended is None or isinstance(ended, GeneratorExit):
        return error
    return error if isinstance(ended, Exception) else ended


def _is_interrupt(error: BaseException) -> bool:
    return not isinstance(error, Exception | GeneratorExit)


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    if one is None or other is None:
        return one or other
    return one + other
