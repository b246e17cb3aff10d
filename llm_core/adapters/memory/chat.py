"""`InMemoryChat`: the port over a script."""

import threading
from collections.abc import AsyncGenerator, Generator
from types import TracebackType

from llm_core.domain.events import StreamEvent
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatStream, ManagedChatPort
from llm_core.ports.streams import AsyncEventStream, EventStream

from .script import Script, ScriptItem, UnexpectedCallError, play


class InMemoryChat(ManagedChatPort):
    """A chat that answers from *script* and records the requests; threads and tasks may share it.

    The script is a sequence of answers, or one function from request to answer. Leaving ``with InMemoryChat([...])``
    asserts that every answer was used, unless another exception is propagating.
    """

    def __init__(self, script: Script, *, chunk_size: int = 8) -> None:
        """Answer from *script*, in deltas of at most *chunk_size* characters.

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
        self._lock = threading.Lock()
        self._requests: list[ChatRequest] = []
        self._unexpected: UnexpectedCallError | None = None

    @classmethod
    def echo(cls) -> "InMemoryChat":
        """Return a chat that answers every request with the text of its last user message."""
        return cls(_echo)

    @property
    def requests(self) -> tuple[ChatRequest, ...]:
        """Every request so far, in the order of arrival."""
        with self._lock:
            return tuple(self._requests)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the next answer of the script."""
        return response_from_events(self._play(request))

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the next answer of the script as events; the script advances when the stream begins."""
        return EventStream(self._play(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the next answer of the script."""
        return await self.astream(request).until_done()

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the next answer of the script as events; the script advances when the stream begins."""
        return AsyncEventStream(self._aplay(request))

    def assert_exhausted(self) -> None:
        """Assert that every answer was used, and that no call came after the last one.

        Raises:
            UnexpectedCallError: there was such a call.
            AssertionError: an answer was not used.
        """
        if self._unexpected is not None:
            raise self._unexpected
        calls = len(self.requests)
        if not callable(self._script) and calls < len(self._script):
            raise AssertionError(f"{len(self._script) - calls} of {len(self._script)} answers were not used")

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

    def _play(self, request: ChatRequest) -> Generator[StreamEvent, None, None]:
        yield from play(self._take(request), self._chunk_size)

    async def _aplay(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        import asyncio

        for event in play(self._take(request), self._chunk_size):
            await asyncio.sleep(0)  # other tasks run between events, as with a real provider
            yield event

    def _take(self, request: ChatRequest) -> ScriptItem:
        with self._lock:
            self._requests.append(request)
            call = len(self._requests)
            if callable(self._script):
                script = self._script
            elif call <= len(self._script):
                return self._script[call - 1]
            else:
                self._unexpected = UnexpectedCallError(request, call, len(self._script))
                raise self._unexpected
        return script(request)


def _echo(request: ChatRequest) -> str:
    texts = [message.text for message in request.messages if isinstance(message, UserMessage)]
    return texts[-1] if texts else ""
