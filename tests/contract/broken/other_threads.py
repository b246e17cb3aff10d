"""Broken adapters whose `close` leaves the threads that wait waiting, or gives their calls the wrong end."""

import threading

import attrs

from llm_core import (
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    ManagedChatPort,
    StreamEvent,
    from_async,
)

from .mutating import Mutated, over_http
from .plain_chat import PlainChat
from .wrappers import StreamWrapper, WrappedStreams


@over_http("close.other-thread", shows="the call went on for", wait="for the first event")
def leaves_the_reader_of_a_closed_stream_waiting(chat: PlainChat) -> ChatPort:
    return Mutated(from_async(chat))  # a stream over a generator, without a way to end its wait


@attrs.define
class _ClosesLater(StreamWrapper):
    """Another thread closes the stream, which looks every fifth of a second whether it must."""

    def close(self) -> None:
        threading.Timer(0.2, self.inner.close).start()


@over_http("close.other-thread", shows="the call went on for 0.2 seconds after the close", wait="for the first event")
def closes_a_stream_at_the_next_tick(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap=_ClosesLater)


@attrs.define
class _RaisesAfterClose(StreamWrapper):
    closed: bool = False

    def __next__(self) -> StreamEvent:
        try:
            return next(self.inner)
        except StopIteration:
            if self.closed:
                self.closed = False
                raise ValueError("generator already executing") from None
            raise

    def close(self) -> None:
        self.closed = True
        self.inner.close()


@over_http("close.other-thread", shows="the reader saw ValueError", wait="for the next event")
def raises_in_the_reader_of_a_closed_stream(chat: PlainChat) -> ChatPort:
    return WrappedStreams(chat=from_async(chat), wrap=_RaisesAfterClose)


class _Closes(ManagedChatPort):
    """Passes all calls on; `close` ends none of them, or all with an error of its own."""

    def __init__(self, chat: ManagedChatPort, *, ends_calls: bool) -> None:
        self.chat = chat
        self.ends_calls = ends_calls

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self.chat.complete(request)
        except ChatError as error:
            failed = error
        raise RuntimeError("Event loop is closed") if self.ends_calls else failed

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)

    def close(self) -> None:
        if self.ends_calls:
            self.chat.close()

    async def aclose(self) -> None:
        self.close()


@over_http("adapter.close-ends-calls", shows="the call went on for", mode="stream")
def leaves_the_calls_of_a_closed_adapter_waiting(chat: PlainChat) -> ChatPort:
    return _Closes(from_async(chat), ends_calls=False)


@over_http("adapter.close-ends-calls", shows="which is no ChatError", mode="complete")
def ends_the_calls_of_a_closed_adapter_with_a_runtime_error(chat: PlainChat) -> ChatPort:
    return _Closes(from_async(chat), ends_calls=True)
