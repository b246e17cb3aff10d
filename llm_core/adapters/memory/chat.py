"""`InMemoryChat`: the port over a script."""

import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from types import TracebackType

import attrs

from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.messages import UserMessage
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.reprs import truncated_repr
from llm_core.domain.requests import ChatRequest, require_request
from llm_core.domain.response_builder import response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import DEFAULT_TIMEOUT, AsyncChatStream, ChatStream, ManagedChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock
from llm_core.ports.event_loops import require_asyncio
from llm_core.ports.streams import AsyncEventStream, EventStream

from .recorded_requests import RecordedRequests
from .refusals import accepted_request, ignored_settings, require_described
from .request_diff import shown_request
from .script import Script, ScriptItem, UnexpectedCallError
from .timing import TimeLimit, Wait, answer_within, run_answer, timed_events


class InMemoryChat(ManagedChatPort):
    """A chat that answers from *script* and records the requests; threads and tasks may share it.

    The script is a sequence of answers, or one function, sync or async, from request to answer. Leaving
    ``with InMemoryChat([...])`` asserts that every answer was used, unless another exception is propagating.

    ``settings.timeout`` (120 if it is None) limits the waits of `Delayed`, and an async script function, which is then
    cancelled; a sync one cannot be stopped, and its time does not count. In the sync verbs an async function runs on
    an event loop of its own, one for each call; where a loop runs in the calling thread, they raise RuntimeError.
    """

    def __init__(
        self,
        script: Script,
        *,
        chunk_size: int = 8,
        clock: Clock = SYSTEM_CLOCK,
        description: ModelDescription | None = None,
    ) -> None:
        """Answer from *script*, in deltas of at most *chunk_size* characters; *clock* waits, by default in real time.

        *description* makes it a fake of that model: `describe` returns it, and what a request to it asks for and
        the model is known not to accept is an UnsupportedFeatureError (it takes no answer of the script and is not in
        `requests`). Settings that the model does not accept are in the response's `ignored_settings`, and a script
        function does not see them.

        Raises:
            TypeError: *script* is a single str.
            ValueError: *chunk_size* is less than 1.
        """
        if isinstance(script, str | bytes):
            raise TypeError(
                "script: expected a list of answers or a function, got one str; write InMemoryChat(['...'])"
            )
        if chunk_size < 1:
            raise ValueError(f"chunk_size: must be at least 1, got {chunk_size}")
        self._script = script if callable(script) else tuple(script)
        self._chunk_size = chunk_size
        self._clock = clock
        self._description = ModelDescription() if description is None else description
        self._requests = RecordedRequests()
        self._unexpected: UnexpectedCallError | None = None

    @classmethod
    def echo(cls) -> "InMemoryChat":
        """Return a chat that answers every request with the text of its last user message."""
        return cls(_echo)

    @property
    def requests(self) -> tuple[ChatRequest, ...]:
        """Every request so far, in the order of arrival."""
        return self._requests.all()

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the next answer of the script."""
        return response_from_events(self._play(request, is_total=True, stop=threading.Event()))

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the next answer of the script as events; the script advances when the stream begins."""
        stop = threading.Event()
        return EventStream(self._play(request, is_total=False, stop=stop), abort=stop.set)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the next answer of the script."""
        return await AsyncEventStream(self._aplay(request, is_total=True)).until_done()

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the next answer of the script as events; the script advances when the stream begins."""
        return AsyncEventStream(self._aplay(request, is_total=False))

    def describe(self) -> ModelDescription:
        """Return the description that it was given."""
        return self._description

    def wait_until_called(self, count: int = 1, *, timeout: float = 5.0) -> None:
        """Block until there are *count* requests, counted from the first call of the chat; a stream calls as it begins.

        For a test that calls the chat in another thread. *timeout* is in seconds of real time.

        Raises:
            TimeoutError: there were fewer requests by then.
        """
        self._requests.wait(count, timeout)

    async def await_until_called(self, count: int = 1, *, timeout: float = 5.0) -> None:  # noqa: ASYNC109 -- as above
        """Wait as `wait_until_called`, in a test that calls the chat in another task or thread."""
        await self._requests.wait_async(count, timeout)

    def assert_exhausted(self) -> None:
        """Assert that every answer was used, and that no call came after the last one.

        Raises:
            UnexpectedCallError: there was such a call.
            AssertionError: an answer was not used.
        """
        if self._unexpected is not None:
            raise self._unexpected
        requests = self.requests
        if callable(self._script) or len(requests) >= len(self._script):
            return
        unused = self._script[len(requests) :]
        sentence = (
            f"{len(unused)} of {len(self._script)} answers were not used, the first is {truncated_repr(unused[0])}"
        )
        last = f"; the last request:\n{shown_request(requests[-1])}" if requests else ""
        raise AssertionError(f"{sentence}{last}")

    def close(self) -> None:
        """Do nothing: there is no connection."""

    async def aclose(self) -> None:
        """Do nothing: there is no connection."""

    def __exit__(
        self, error_class: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Assert that the script is exhausted, unless another exception is propagating."""
        if error_class is None:
            self.assert_exhausted()

    async def __aexit__(
        self, error_class: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """As `__exit__`."""
        self.__exit__(error_class, error, trace)

    def _play(
        self, request: ChatRequest, *, is_total: bool, stop: threading.Event
    ) -> Generator[StreamEvent, None, None]:
        limit, answer, seconds = _limit(request, is_total=is_total), self._take(request), 0.0
        if isinstance(answer, Coroutine):
            answer, seconds = run_answer(answer, limit)
        for step in timed_events(answer, self._chunk_size, limit, seconds):
            if not isinstance(step, Wait):
                yield self._described(step, request)
            else:
                self._clock.sleep(step.seconds, stop)  # `close` from another thread ends it

    async def _aplay(self, request: ChatRequest, *, is_total: bool) -> AsyncGenerator[StreamEvent, None]:
        import asyncio

        require_asyncio()
        limit, answer, seconds = _limit(request, is_total=is_total), self._take(request), 0.0
        if isinstance(answer, Coroutine):
            answer, seconds = await answer_within(answer, limit)
        for step in timed_events(answer, self._chunk_size, limit, seconds):
            if isinstance(step, Wait):
                await self._clock.asleep(step.seconds)
            else:
                await asyncio.sleep(0)  # other tasks run between events, as with a real provider
                yield self._described(step, request)

    def _take(self, request: ChatRequest) -> ScriptItem | Coroutine[object, object, ScriptItem]:
        description = self._description.for_model(request.model)
        require_described(request, description)
        call = self._requests.add(request)
        if callable(self._script):
            return self._script(accepted_request(request, description))
        if call <= len(self._script):
            return self._script[call - 1]
        previous = self.requests[call - 2] if call > 1 else None
        self._unexpected = UnexpectedCallError(request, call, len(self._script), previous)
        raise self._unexpected

    def _described(self, event: StreamEvent, request: ChatRequest) -> StreamEvent:
        description = self._description.for_model(request.model)
        if description.settings is None or not isinstance(event, StreamEnd):
            return event
        response, ignored = event.response, ignored_settings(request, description)
        names = tuple(dict.fromkeys((*response.ignored_settings, *ignored)))
        return StreamEnd(response=attrs.evolve(response, ignored_settings=names)) if ignored else event


def _limit(request: ChatRequest, *, is_total: bool) -> TimeLimit:
    require_request(request)
    timeout = request.settings.timeout
    return TimeLimit(seconds=DEFAULT_TIMEOUT if timeout is None else timeout, is_total=is_total)


def _echo(request: ChatRequest) -> str:
    texts = [message.text for message in request.messages if isinstance(message, UserMessage)]
    return texts[-1] if texts else ""
