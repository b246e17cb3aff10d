"""Another chat where one fails."""

from collections.abc import Callable, Collection, Sequence

import attrs

from llm_core.domain.errors import (
    AuthenticationError,
    ChatError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    QuotaExceededError,
    UnsupportedFeatureError,
)
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import ChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock
from llm_core.ports.describing import description_of

from .argument_checks import require_number
from .failures import last_of, total_usage
from .steps import Answer, Steps, call, relay, spend
from .wrapper import Wrapper, chats_of

_OTHERS = (
    AuthenticationError,
    ContextWindowExceededError,
    ModelNotFoundError,
    QuotaExceededError,
    UnsupportedFeatureError,
)


class Fallback(Wrapper):
    """A chat that calls the first of *chats*, and where that fails the next one, with the same request.

    By default it does so for every `retryable` error, and where a quota, a key, a model, a context window or a feature
    of one chat is the reason. A chat that failed rests: it is not called for *cooldown* seconds, or for the error's
    `retry_after`, unless all rest; after an error about the request (an InvalidRequestError) it does not. The state is
    shared by threads and tasks.

    In `complete` the next chat is called up to the whole answer; in `stream` up to the first event, after which a break
    is raised. When all fail, the last error is raised, with the others as its `previous`. What failed attempts had cost
    is in the response's `usage`. The response names the model that answered: the chat's own where the provider names
    none.
    """

    def __init__(
        self,
        chats: Sequence[ChatPort],
        *,
        on: Collection[type[ChatError]] | Callable[[ChatError], bool] | None = None,
        cooldown: float = 30.0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Wrap *chats*, in the order of preference; *on* are the errors after which the next one is called.

        Raises:
            ValueError: there is no chat, or *cooldown* is negative.
        """
        require_number("cooldown", cooldown)
        super().__init__(*chats_of(chats), clock=clock)
        self._passes_on = _decision(on)
        self._cooldown = cooldown
        self._rests_until: dict[int, float] = {}  # by the number of the chat, as are the models that they describe
        self._models: dict[int, str | None] = {}

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Return the response of the first chat that answers."""
        failed = list[ChatError]()
        for number in self._order():
            if failed:
                yield from spend(total_usage(failed[-1]))
            answer: Answer | None = None
            try:
                answer = yield from call(self.chats[number], request)
                response = yield from relay(answer)
            except ChatError as error:
                failed.append(error)
            else:
                self._rests_until.pop(number, None)
                return self._named(response, number, request)
            passes_on = self._passes_on(failed[-1])
            if passes_on:
                self._rest(number, failed[-1])
            if answer is not None or not passes_on:
                break
        raise last_of(failed)

    def _order(self) -> list[int]:
        """Return the numbers of the chats to call: those that do not rest; if all do, all, the longest rested first."""
        now = self.clock.now()
        awake = [number for number in range(len(self.chats)) if self._rests_until.get(number, now) <= now]
        return awake or sorted(range(len(self.chats)), key=lambda number: self._rests_until.get(number, now))

    def _rest(self, number: int, error: ChatError) -> None:
        if not isinstance(error, InvalidRequestError):
            seconds = self._cooldown if error.retry_after is None else error.retry_after
            self._rests_until[number] = self.clock.now() + seconds

    def _named(self, response: ChatResponse, number: int, request: ChatRequest) -> ChatResponse:
        if response.model is not None or len(self.chats) == 1:
            return response
        if number not in self._models:
            self._models[number] = description_of(self.chats[number]).model
        model = request.model or self._models[number]
        return response if model is None else attrs.evolve(response, model=model)


def _decision(on: Collection[type[ChatError]] | Callable[[ChatError], bool] | None) -> Callable[[ChatError], bool]:
    if on is None:
        return lambda error: error.retryable or isinstance(error, _OTHERS)
    if callable(on):
        return on
    classes = tuple(on)
    return lambda error: isinstance(error, classes)
