"""The port: two verbs in two colours, and every promise that an adapter makes."""

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Protocol, Self

from llm_core.domain.events import StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse


class ChatStream(Protocol):
    """The events of one answer, as they come; ends with exactly one `StreamEnd`, or raises.

    Work begins at ``with`` or at the first event, whichever is first. Leaving ``with`` in any way, or `close`, frees
    the provider's connection, once and promptly; a bare loop that breaks frees nothing until it is closed.
    One thread reads a stream, and closes it: an event that is waited for ends by its timeout alone.

    Raises (from ``with``, from each event, and from `until_done`):
        ChatTimeoutError: the next event did not arrive within ``settings.timeout`` seconds.
        StreamInterruptedError: the answer broke off. An answer that breaks off is never a short success.
        ChatError: whatever else failed; in mid-stream its `partial` holds what had arrived.
    """

    def __iter__(self) -> Iterator[StreamEvent]:
        """Return itself."""

    def __next__(self) -> StreamEvent:
        """Return the next event; after the end, a close or an error there is none."""

    def __enter__(self) -> Self:
        """Send the request, and wait for the first event."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close."""

    def close(self) -> None:
        """Free the connection; again does nothing."""

    def until_done(self) -> ChatResponse:
        """Read what is left and return the whole answer. RuntimeError after a close or an error."""

    @property
    def response(self) -> ChatResponse:
        """The whole answer once the stream has ended. RuntimeError before that, and after a close or an error."""


class AsyncChatStream(Protocol):
    """The twin of `ChatStream`. Cancelling the task that reads it frees the connection, and is how others stop it.

    A loop that breaks without ``async with`` or `aclose` leaves the connection open and warns (ResourceWarning).
    """

    def __aiter__(self) -> AsyncIterator[StreamEvent]:
        """Return itself."""

    async def __anext__(self) -> StreamEvent:
        """Return the next event; after the end, a close or an error there is none."""

    async def __aenter__(self) -> Self:
        """Send the request, and wait for the first event."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close."""

    async def aclose(self) -> None:
        """Free the connection; again does nothing."""

    async def until_done(self) -> ChatResponse:
        """Read what is left and return the whole answer. RuntimeError after a close or an error."""

    @property
    def response(self) -> ChatResponse:
        """The whole answer once the stream has ended. RuntimeError before that, and after a close or an error."""


class SyncChatPort(Protocol):
    """The port for code that blocks; its promises are those of `ChatPort`."""

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole answer to *request*: what folding `stream` gives.

        Raises:
            RateLimitError: ask again after `retry_after` seconds, if told.
            UnsupportedFeatureError: the request asks for what this model cannot do; nothing was sent.
            ChatTimeoutError: the whole answer was not there within ``settings.timeout`` seconds.
            ChatError: anything else that failed; the kinds stand in `llm_core.domain.errors`.
        """

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the answer as events. Nothing is sent, and nothing raised, before the stream is entered or read."""


class AsyncChatPort(Protocol):
    """The port for code that awaits; its promises are those of `ChatPort`. Cancelling frees the connection."""

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """As `SyncChatPort.complete`."""

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """As `SyncChatPort.stream`."""


class ChatPort(SyncChatPort, AsyncChatPort, Protocol):
    """A chat model. What every adapter promises, and the contract in `llm_core.testing` checks, stands here.

    - `complete` equals the fold of `stream`, and sync equals async: text, calls, reasoning, usage, finish reason.
    - Everything in the request reaches the wire, or is refused by UnsupportedFeatureError before anything is sent. Only
      fields of ChatSettings may be left out, and each that is stands in the response's `ignored_settings`.
    - One call is one HTTP attempt, and no redirect is followed. Retrying is a port stacked over a port.
    - ``settings.timeout`` is seconds until the whole answer is there (`complete`), or until the next event arrives
      (`stream`; keep-alives and half events do not count). None: the adapter's own, then 120.
    - The request is not changed. Two calls at once do not mix. An adapter may be shared by threads and tasks.
    - Only ChatError kinds escape (and cancellation, KeyboardInterrupt, GeneratorExit).
    """


class ManagedChatPort(ChatPort, Protocol):
    """A chat model that holds something (connections, a thread) until it is closed. Closing again does nothing."""

    def close(self) -> None:
        """Free all that is held, from code that blocks."""

    async def aclose(self) -> None:
        """Free all that is held, from code that awaits."""

    def __enter__(self) -> Self:
        """Return itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close."""

    async def __aenter__(self) -> Self:
        """Return itself."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close."""
