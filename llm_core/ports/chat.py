"""The port to a chat model: four verbs, two of them async, and the promises that every adapter keeps."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Protocol, Self

from llm_core.domain.events import StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage

DEFAULT_TIMEOUT = 120.0  # seconds, if neither the request nor the adapter sets a timeout


class ChatStream(Protocol):
    """The events of one answer, in the order of their arrival. It ends with exactly one `StreamEnd`, or raises.

    Work begins at ``with`` or at the first event, whichever comes first. Leaving ``with`` in any way, or `close`, frees
    the provider's connection, once and promptly. A loop that breaks without ``with`` frees nothing until `close`.
    `close` may be called from any thread: it ends the wait of the thread that reads, which then sees the end of the
    iteration. An adapter that cannot interrupt a read ends it by its timeout, and says so in `describe`. Threads may
    take turns at a stream: each event may be read in another one.

    Raises (from ``with``, from each event, and from `until_done`):
        ChatTimeoutError: the next event did not arrive within ``settings.timeout`` seconds.
        StreamInterruptedError: the answer broke off. An answer that breaks off is never a short success.
        ChatError: any other failure; after the first event, its `partial` holds the message so far, and its `usage`
            what the provider had reported.
    """

    def __iter__(self) -> Iterator[StreamEvent]:
        """Return itself."""

    def __next__(self) -> StreamEvent:
        """Return the next event. StopIteration after the end, a close or an error."""

    def __enter__(self) -> Self:
        """Send the request, and wait for the first event."""

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close."""

    def close(self) -> None:
        """Free the connection. Closing again does nothing."""

    def until_done(self) -> ChatResponse:
        """Read the remaining events and return the whole response. RuntimeError after a close or an error."""

    @property
    def response(self) -> ChatResponse:
        """The whole response, once the stream has ended. RuntimeError before that, and after a close or an error."""

    @property
    def usage(self) -> Usage | None:
        """What the provider has reported so far, also after a close or an error; None if it has reported nothing."""


class AsyncChatStream(Protocol):
    """The async `ChatStream`. Cancelling the task that reads it frees the connection; other tasks stop it that way.

    Each event may be read in another task of one loop. A loop that breaks without ``async with`` or `aclose` leaves the
    connection open and warns (ResourceWarning).
    """

    def __aiter__(self) -> AsyncIterator[StreamEvent]:
        """Return itself."""

    async def __anext__(self) -> StreamEvent:
        """Return the next event. StopAsyncIteration after the end, a close or an error."""

    async def __aenter__(self) -> Self:
        """Send the request, and wait for the first event."""

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close."""

    async def aclose(self) -> None:
        """Free the connection. Closing again does nothing."""

    async def until_done(self) -> ChatResponse:
        """Read the remaining events and return the whole response. RuntimeError after a close or an error."""

    @property
    def response(self) -> ChatResponse:
        """The whole response, once the stream has ended. RuntimeError before that, and after a close or an error."""

    @property
    def usage(self) -> Usage | None:
        """What the provider has reported so far, also after a close or an error; None if it has reported nothing."""


class SyncChatPort(Protocol):
    """The sync verbs; `ChatPort` lists their promises."""

    @abstractmethod
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole response to *request*: what the events of `stream` add up to.

        Raises:
            RateLimitError: call again after `retry_after` seconds, if given.
            UnsupportedFeatureError: the request needs something that this model cannot do; nothing was sent.
            ChatTimeoutError: the whole answer did not arrive within ``settings.timeout`` seconds.
            ChatError: any other failure; `llm_core.domain.errors` has all classes.
        """

    @abstractmethod
    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the response as events. Before the stream is entered or read, it sends and raises nothing."""


class AsyncChatPort(Protocol):
    """The async verbs; `ChatPort` lists their promises. Cancelling the task frees the connection."""

    @abstractmethod
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """As `SyncChatPort.complete`."""

    @abstractmethod
    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """As `SyncChatPort.stream`."""


class ChatPort(SyncChatPort, AsyncChatPort, Protocol):
    """A chat model. Every adapter keeps these promises, and the contract in `llm_core.testing` checks them.

    - `complete` equals the events of `stream` collected, and sync equals async: text, calls, reasoning, usage, finish
      reason.
    - Everything in the request reaches the provider, or is refused by UnsupportedFeatureError before anything is sent.
      Only fields of ChatSettings may be left out, and the response names each one in `ignored_settings`.
    - One call is one HTTP attempt, and no redirect is followed. To retry, wrap the chat.
    - ``settings.timeout`` is seconds until the whole answer has arrived (`complete`), or until the next event has
      (`stream`; keep-alives and incomplete events do not count). None: the adapter's own timeout, else 120.
    - The request is not changed. Concurrent calls do not mix. Threads and tasks may share an adapter.
    - Only ChatErrors escape (and cancellation, KeyboardInterrupt, GeneratorExit).
    """


class ManagedChatPort(ChatPort, Protocol):
    """A chat model that holds a resource (connections, a thread) until it is closed. Closing again does nothing.

    `close` ends the sync calls that wait in other threads, with a ChatError. `aclose` ends the calls of its own event
    loop, and leaves those of other threads and loops alone.

    An adapter that subclasses it writes the four verbs, `close` and `aclose`, and has ``with`` and ``async with``.
    """

    @abstractmethod
    def close(self) -> None:
        """Free the resources, from sync code."""

    @abstractmethod
    async def aclose(self) -> None:
        """Free the resources, from async code."""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close."""
        self.close()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close."""
        await self.aclose()
