"""Answers that are kept, and given again to equal requests."""

import json
import threading
from decimal import Decimal
from hashlib import sha256

import attrs

from llm_core.domain.errors import ChatTimeoutError, ConfigurationError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import events_from_response
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.usage import NO_USAGE, Usage
from llm_core.ports.chat import DEFAULT_TIMEOUT, ChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock
from llm_core.ports.describing import description_of

from .argument_checks import require_number
from .flights import Flights, this_caller
from .request_key import canonical, request_text
from .steps import Steps, emit, forward, run, spend, wait_for
from .stores import Store
from .wrapper import Wrapper

_CHUNK_SIZE = 32  # characters of a delta of an answer from the store
_FREE = Decimal(0)


class Cached(Wrapper):
    """A chat that answers a request as it answered an equal one before, without a call, if *store* has the answer.

    Requests are equal if their fields are, whatever their timeout. Kept are whole answers that stopped by themselves:
    no errors, no LENGTH, no invalid tool calls. Equal requests at once, of any threads and tasks, make one call; the
    others wait for it, within their timeout. A stream gets a stored answer as deltas.

    The `usage` of an answer from the store has a `cost_usd` of 0, and else the tokens of the call that was saved.
    """

    def __init__(
        self,
        chat: ChatPort,
        store: Store,
        *,
        namespace: str | None = None,
        ttl: float | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Wrap *chat*, which is closed with the wrapper; *store* may serve others too.

        Answers are kept apart by *namespace*; None: by the provider and the model that `describe` names. They are kept
        for *ttl* seconds; None: without limit. With 0 each request is a call of its own.

        Raises:
            ConfigurationError: there is no namespace, and the chat does not name its provider and model.
            ValueError: *ttl* is negative.
        """
        require_number("ttl", ttl)
        super().__init__(chat, clock=clock)
        self._store = store
        self._ttl = ttl
        self._namespace = _namespace_of(chat) if namespace is None else ["", namespace]
        self._flights = Flights()
        self._lock = threading.Lock()
        self._hits = 0
        self._saved = NO_USAGE

    @property
    def hits(self) -> int:
        """How many calls were answered without a call of the chat."""
        return self._hits

    @property
    def saved(self) -> Usage:
        """What these calls would have cost; None in a field that no answer reported."""
        return self._saved

    @property
    def saved_usd(self) -> Decimal:
        """What these calls would have cost, in US dollars."""
        return self._saved.cost_usd or _FREE

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Return the stored response, or that of the chat.

        Raises:
            ChatTimeoutError: an equal request was in progress, and had no answer within the timeout.
        """
        if self._ttl == 0:
            return (yield from forward(self.chats[0], request))
        key, started, waited = self._key(request), self.clock.now(), 0.0
        flight, turn = self._flights.join(key)
        while turn is None:
            if flight.caller == this_caller():  # it reads a stream that it began with an equal request
                return (yield from self._call(key, request))
            left = _timeout(request) - waited
            if left <= 0 or not (yield from wait_for(flight.ended, left)):
                raise ChatTimeoutError(detail="an equal request was in progress, and had no answer in time")
            if flight.response is not None:
                return (yield from self._hit(flight.response))
            waited = self.clock.now() - started
            flight, turn = self._flights.join(key)
        try:
            response = yield from self._stored(key)
            if response is not None:
                self._flights.end(key, flight, response)
                return (yield from self._hit(response))
            response = yield from self._call(key, _with_time_left(request, waited))
            self._flights.end(key, flight, response)
        finally:
            self._flights.end(key, flight)
        return response

    def _key(self, request: ChatRequest) -> str:
        document: object = json.loads(request_text(request))
        return sha256(canonical([self._namespace, document]).encode(errors="backslashreplace")).hexdigest()

    def _stored(self, key: str) -> Steps[ChatResponse | None]:
        from llm_core.serialization import InvalidDocumentError, from_json

        text = yield from run(lambda: self._store.get(key), lambda: self._store.aget(key))
        if text is None:
            return None
        try:
            return from_json(ChatResponse, text)
        except InvalidDocumentError:  # of another version
            return None

    def _call(self, key: str, request: ChatRequest) -> Steps[ChatResponse]:
        from llm_core.serialization import to_json

        response = yield from forward(self.chats[0], request)
        if _is_kept(response):
            text = to_json(response)
            yield from run(
                lambda: self._store.set(key, text, seconds=self._ttl),
                lambda: self._store.aset(key, text, seconds=self._ttl),
            )
        return response

    def _hit(self, response: ChatResponse) -> Steps[ChatResponse]:
        usage = response.usage or NO_USAGE
        with self._lock:
            self._hits += 1
            self._saved += usage
        yield from spend(attrs.evolve(usage, cost_usd=_FREE))  # so that a stream reports it too
        *deltas, _ = events_from_response(response, chunk_size=_CHUNK_SIZE)
        yield from emit(deltas)
        return attrs.evolve(response, usage=None)


def _namespace_of(chat: ChatPort) -> list[str]:
    model = description_of(chat)
    if model.provider is None or model.model is None:
        raise ConfigurationError("namespace: must be given, since the chat does not name its provider and model")
    return [model.provider, model.model]


def _is_kept(response: ChatResponse) -> bool:
    stopped = response.finish_reason in (FinishReason.STOP, FinishReason.TOOL_CALLS)
    return stopped and not response.invalid_tool_calls


def _timeout(request: ChatRequest) -> float:
    timeout = request.settings.timeout
    return DEFAULT_TIMEOUT if timeout is None else timeout


def _with_time_left(request: ChatRequest, waited: float) -> ChatRequest:
    """Return *request* with what is left of its timeout, after it has waited for the call of another."""
    timeout = request.settings.timeout
    if timeout is None or waited <= 0:
        return request
    return attrs.evolve(request, settings=attrs.evolve(request.settings, timeout=max(timeout - waited, 0.001)))
