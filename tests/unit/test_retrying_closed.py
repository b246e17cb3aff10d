"""`Retrying` that is closed, as is a stream of it, while another thread waits."""

import threading
from collections.abc import Callable, Generator

import pytest

from llm_core import ChatRequest, ChatResponse, ChatStream, StreamEvent, TextDelta, UserMessage, from_sync
from llm_core.domain.errors import ConnectionFailedError, ServerError
from llm_core.ports.chat import AsyncChatStream, ManagedChatPort
from llm_core.ports.streams import EventStream
from llm_core.wrappers import Retrying

REQUEST = ChatRequest(messages=[UserMessage("hi")])


class Waits(ManagedChatPort):
    """A chat whose calls wait until `close`, of the chat or of a stream, and then fail."""

    def __init__(self) -> None:
        self.called, self.closed = threading.Event(), threading.Event()
        self.calls = 0

    def complete(self, _: ChatRequest, /) -> ChatResponse:
        self._wait()
        raise ConnectionFailedError

    def stream(self, _: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(), abort=self.closed.set)

    def _events(self) -> Generator[StreamEvent, None, None]:
        self._wait()
        yield TextDelta("late")
        raise ConnectionFailedError

    def _wait(self) -> None:
        self.calls += 1
        self.called.set()
        assert self.closed.wait(10)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await from_sync(self).acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return from_sync(self).astream(request)

    def close(self) -> None:
        self.closed.set()

    async def aclose(self) -> None:
        self.close()


def closing_when_called(inner: Waits, close: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        inner.called.wait(10)
        close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_call_that_a_close_ended_is_not_tried_again() -> None:
    inner = Waits()
    chat = Retrying(inner)
    closing = closing_when_called(inner, chat.close)

    with pytest.raises(ConnectionFailedError):
        chat.complete(REQUEST)
    closing.join()

    assert inner.calls == 1


def test_closing_a_stream_from_another_thread_closes_the_stream_of_the_attempt() -> None:
    inner = Waits()
    stream = Retrying(inner).stream(REQUEST)
    closing = closing_when_called(inner, stream.close)

    seen = list(stream)
    closing.join()

    assert ([], 1) == (seen, inner.calls)


def test_a_stream_that_is_closed_between_two_attempts_sends_nothing_more() -> None:
    class Fails(Waits):
        def _events(self) -> Generator[StreamEvent, None, None]:
            self.calls += 1
            self.called.set()
            raise ServerError
            yield TextDelta("")  # type: ignore[unreachable]  # which makes it a generator

    inner = Fails()
    stream = Retrying(inner).stream(REQUEST)
    closing = closing_when_called(inner, stream.close)

    seen = list(stream)
    closing.join()

    assert ([], 1) == (seen, inner.calls)
