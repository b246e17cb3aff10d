"""A log record for each call."""

import logging
from decimal import Decimal

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.printable import printable
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.usage import NO_USAGE, Usage
from llm_core.ports.chat import ChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock
from llm_core.ports.describing import description_of

from .attempts import AttemptCount, counting
from .failures import total_usage
from .steps import Answer, Steps, begin, relay
from .wrapper import Wrapper

_LOG = logging.getLogger(__name__)
_MAX_NAME = 200  # characters
_ENDED_BY_CALLER = {"GeneratorExit": "closed", "CancelledError": "cancelled"}
_NO_FAILURES = {*_ENDED_BY_CALLER.values(), *FinishReason}


@attrs.frozen(kw_only=True)
class LoggedCall:
    """What the record of a call holds, as its attribute ``call``; a figure that was not reported is None."""

    model: str | None
    """The model that answered, or else the model that was called."""
    outcome: str
    """The finish reason, the class of the error, ``closed`` of a stream that was left early, or ``cancelled``."""
    input_tokens: int | None
    """The tokens of the prompt, those of failed attempts included."""
    output_tokens: int | None
    """The tokens of the answer, those of failed attempts included."""
    cost_usd: Decimal | None
    """The price in US dollars."""
    seconds: float
    """The time from the call to the end of the answer; of a stream, the reader's own time is included."""
    attempts: int
    """The calls that were made beneath: more than one where it was tried again, none where nothing was sent."""


class Logged(Wrapper):
    """A chat that writes one record to *logger* for each call, once the call has ended, in whichever way.

    The record has the fields of `LoggedCall`, in its text and as its attribute ``call``. It holds no content: no
    prompt, no answer, no `detail` of an error. Its level is INFO; that of a call that failed is WARNING.
    """

    def __init__(self, chat: ChatPort, logger: logging.Logger | None = None, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Wrap *chat*, which is closed with the wrapper; *logger* is by default that of this module."""
        super().__init__(chat, clock=clock)
        self._logger = _LOG if logger is None else logger

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Return the response of the chat, unchanged."""
        started = self.clock.now()
        answer, attempts = Answer(self.chats[0], request), AttemptCount()
        try:
            with counting() as attempts:
                yield from begin(answer)
            response = yield from relay(answer)
        except BaseException as error:
            model = error.model if isinstance(error, ChatError) else None
            usage = total_usage(error) if isinstance(error, ChatError) else answer.usage
            self._write(_outcome(error), self._name(model, request), usage, self.clock.now() - started, attempts.calls)
            raise
        model, outcome = self._name(response.model, request), str(response.finish_reason)
        self._write(outcome, model, response.usage, self.clock.now() - started, attempts.calls)
        return response

    def _name(self, model: str | None, request: ChatRequest) -> str | None:
        """Return the model in one printable line: the name may be that of a provider's answer."""
        name = model or request.model or description_of(self.chats[0]).model
        return None if name is None else " ".join(printable(name).split())[:_MAX_NAME]

    def _write(self, outcome: str, model: str | None, usage: Usage | None, seconds: float, attempts: int) -> None:
        usage = usage or NO_USAGE
        call = LoggedCall(
            model=model,
            outcome=outcome,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost_usd=usage.cost_usd,
            seconds=seconds,
            attempts=attempts,
        )
        self._logger.log(
            logging.INFO if outcome in _NO_FAILURES else logging.WARNING,
            "%s: %s, input tokens %s, output tokens %s, USD %s, %.3f seconds, attempts %d",
            model or "the model",
            outcome,
            _shown(call.input_tokens),
            _shown(call.output_tokens),
            _shown(call.cost_usd),
            seconds,
            attempts,
            extra={"call": call},
        )


def _outcome(error: BaseException) -> str:
    name = type(error).__name__
    return _ENDED_BY_CALLER.get(name, name)


def _shown(figure: int | Decimal | None) -> str:
    return "unknown" if figure is None else str(figure)
