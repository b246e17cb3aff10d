"""Retries of failed calls."""

import logging
import random
from collections.abc import Callable

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import ChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock
from llm_core.ports.describing import description_of

from .argument_checks import require_number
from .failures import last_of, total_usage
from .steps import Answer, Steps, call, relay, spend, wait
from .wrapper import Wrapper

LONGEST_WAIT = 600.0  # seconds; for a longer wait the caller gets the error at once
_FIRST_PAUSE, _LONGEST_PAUSE, _JITTER = 0.1, 5.0, 1.0  # seconds
_LOG = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class Retry:
    """A call that will be tried again."""

    error: ChatError
    """Why it failed."""
    model: str | None
    """The model that was called, if that is known."""
    attempt: int
    """The number of the attempt that failed, from 1."""
    seconds: float
    """The wait before the next one."""


class Retrying(Wrapper):
    """A chat that calls *chat* up to *attempts* times while it raises a `retryable` error.

    Between attempts it waits `retry_after` seconds, if the error has it, else 0.1 seconds, doubled each time, plus up
    to one second at random, 5 at most. An error with a `retry_after` beyond `LONGEST_WAIT` is raised at once. A stream
    is retried only before its first event. ``settings.timeout`` applies to each attempt. The last error is raised; its
    `previous` are the errors of the attempts before. What failed attempts had cost is in the response's `usage`.
    """

    def __init__(
        self,
        chat: ChatPort,
        *,
        attempts: int = 3,
        total_timeout: float | None = None,
        on_retry: Callable[[Retry], None] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Wrap *chat*, which is closed with the wrapper; *attempts* includes the first call.

        No attempt begins later than *total_timeout* seconds after the first. *on_retry* is called before each wait, in
        the thread or task of the call; a record at INFO is logged there too.

        Raises:
            ValueError: *attempts* is less than 1, or *total_timeout* negative.
        """
        require_number("attempts", attempts, least=1)
        require_number("total_timeout", total_timeout)
        super().__init__(chat, clock=clock)
        self._attempts = attempts
        self._total_timeout = total_timeout
        self._on_retry = on_retry

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Return the response of the first attempt that succeeds."""
        failed, started = list[ChatError](), self.clock.now()
        while True:
            answer: Answer | None = None
            try:
                answer = yield from call(self.chats[0], request)
                return (yield from relay(answer))
            except ChatError as error:
                failed.append(error)
            seconds = self._pause(failed, self.clock.now() - started)
            if answer is not None or seconds is None:
                raise last_of(failed)
            self._report(failed, request, seconds)
            yield from wait(seconds)
            yield from spend(total_usage(failed[-1]))

    def _pause(self, failed: list[ChatError], passed: float) -> float | None:
        """Return the seconds until the next attempt, *passed* seconds after the first; None if there is none."""
        error = failed[-1]
        if not error.retryable or len(failed) >= self._attempts:
            return None
        seconds = _scheduled(len(failed)) if error.retry_after is None else max(error.retry_after, 0.0)
        is_late = self._total_timeout is not None and passed + seconds > self._total_timeout
        return seconds if seconds <= LONGEST_WAIT and not is_late else None

    def _report(self, failed: list[ChatError], request: ChatRequest, seconds: float) -> None:
        error, attempt = failed[-1], len(failed)
        model = error.model or request.model or description_of(self.chats[0]).model
        _LOG.info(
            "attempt %d of %d of %s failed with %s, the next begins in %.3f seconds",
            attempt,
            self._attempts,
            model or "the model",
            type(error).__name__,
            seconds,
        )
        if self._on_retry is not None:
            self._on_retry(Retry(error=error, model=model, attempt=attempt, seconds=seconds))


def _scheduled(attempt: int) -> float:
    """Return the seconds to wait after *attempt* has failed, from 1."""
    jitter = random.uniform(0, _JITTER)  # noqa: S311 -- it spreads calls, and protects nothing
    return min(_FIRST_PAUSE * 2.0 ** min(attempt - 1, 20) + jitter, _LONGEST_PAUSE)
