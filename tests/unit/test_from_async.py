import asyncio
import gc
import signal
import sys
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from contextlib import suppress
from types import FrameType

import pytest

from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    ChatRequest,
    ChatResponse,
    ChatStream,
    ManagedChatPort,
    StreamEnd,
    StreamEvent,
    SyncChatPort,
    TextDelta,
    UserMessage,
    from_async,
)
from llm_core.adapters.memory import InMemoryChat
from llm_core.domain.errors import ConnectionFailedError, StreamInterruptedError
from llm_core.ports.loop_thread import PendingRead
from llm_core.ports.streams import AsyncEventStream

REQUEST = ChatRequest(messages=[UserMessage("hi")])
RESPONSE = ChatResponse(message=AssistantMessage("first"))
OTHER_THREADS: set[threading.Thread] = set()
WAIT = 5  # seconds, after which a test has failed anyway


class Hanging:
    """A port that yields one event, then hangs, and takes some time to free its connection."""

    def __init__(self) -> None:
        self.called = threading.Event()
        self.freed: list[str] = []

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        assert REQUEST == request
        try:
            await self._hang()
        finally:
            self.freed.append("acomplete")
        return RESPONSE

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        assert REQUEST == request
        return AsyncEventStream(self._events())

    async def _events(self) -> AsyncGenerator[StreamEvent, None]:
        try:
            yield TextDelta("first")
            await self._hang()
            yield StreamEnd(response=RESPONSE)
        finally:
            await asyncio.sleep(0.02)  # as closing a connection does
            self.freed.append("astream")

    async def _hang(self) -> None:
        self.called.set()
        await asyncio.Event().wait()


class SelfCalling:
    """A port whose async verb calls the sync verb of its own wrapper."""

    def __init__(self) -> None:
        self.wrapper: SyncChatPort | None = None

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        assert self.wrapper
        return self.wrapper.complete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        raise NotImplementedError(request)


@pytest.fixture(autouse=True)
def _other_threads() -> None:
    """Record the threads that broken adapters of other tests have left running."""
    OTHER_THREADS.update(threading.enumerate())


def _threads() -> list[str]:
    return [
        thread.name for thread in threading.enumerate() if thread.name == "llm_core" and thread not in OTHER_THREADS
    ]


def test_no_thread_runs_before_the_first_sync_call() -> None:
    with from_async(InMemoryChat.echo()) as chat:
        before = _threads()
        chat.complete(REQUEST)
        during = _threads()

    assert ([], ["llm_core"], []) == (before, during, _threads())


def test_closing_again_does_nothing() -> None:
    chat = from_async(InMemoryChat.echo())
    chat.complete(REQUEST)

    chat.close()
    chat.close()
    asyncio.run(chat.aclose())

    assert [] == _threads()


def test_async_with_ends_the_thread() -> None:
    async def act() -> str:
        async with from_async(InMemoryChat.echo()) as chat:
            return (await asyncio.to_thread(chat.complete, REQUEST)).text

    text = asyncio.run(act())

    assert "hi" == text
    assert [] == _threads()


@pytest.mark.parametrize("used", [True, False])
def test_a_sync_call_after_close_is_a_runtime_error(used: bool) -> None:
    chat = from_async(InMemoryChat.echo())
    if used:
        chat.complete(REQUEST)

    chat.close()

    with pytest.raises(RuntimeError, match=r"\Athis chat has been closed\Z"):
        chat.complete(REQUEST)
    with pytest.raises(RuntimeError, match=r"\Athis chat has been closed\Z") as caught:
        next(chat.stream(REQUEST))
    assert None is caught.value.__context__
    assert [] == _threads()


def test_closing_does_not_close_the_original() -> None:
    original = InMemoryChat.echo()

    with from_async(original) as chat:
        chat.complete(REQUEST)

    assert "hi" == original.complete(REQUEST).text


def test_leaving_a_stream_frees_the_connection_once() -> None:
    original = Hanging()

    with from_async(original) as chat:
        with chat.stream(REQUEST) as stream:
            next(stream)
        freed = list(original.freed)

    assert ["astream"] == freed
    assert freed == original.freed


def test_closing_the_port_frees_an_open_stream_which_can_still_be_closed() -> None:
    original = Hanging()
    chat = from_async(original)
    stream = chat.stream(REQUEST)
    next(stream)

    chat.close()
    freed = list(original.freed)
    with pytest.warns(ResourceWarning, match="unclosed"):
        _close(stream)  # the inner stream was freed by the loop, and never closed

    assert ["astream"] == freed
    assert [] == list(stream)


@pytest.mark.parametrize("verb", ["acomplete", "astream"])
def test_closing_the_port_ends_a_waiting_call(verb: str) -> None:
    original = Hanging()
    chat = from_async(original)
    closing = threading.Thread(target=_close_when_called, args=(original, chat))
    closing.start()

    with pytest.raises(ConnectionFailedError if verb == "acomplete" else StreamInterruptedError) as caught:
        _call(chat, verb)
    closing.join(WAIT)

    assert "the chat was closed while the call was in progress" == caught.value.detail
    assert [verb] == original.freed
    assert [] == _threads()


def test_closing_a_stream_from_another_thread_ends_the_iteration_and_frees_the_connection() -> None:
    original = Hanging()
    with from_async(original) as chat:
        stream = chat.stream(REQUEST)
        closing = threading.Thread(target=_close_stream_when_called, args=(original, stream))
        closing.start()

        seen = list(stream)
        closing.join(WAIT)

        assert [TextDelta("first")] == seen
        assert ["astream"] == original.freed
        assert [] == list(stream)


def test_an_async_stream_without_an_end_ends_the_sync_stream() -> None:
    class Endless(Hanging):
        async def _events(self) -> AsyncGenerator[StreamEvent, None]:
            yield TextDelta("first")

    with from_async(Endless()) as chat:
        assert [TextDelta("first")] == list(chat.stream(REQUEST))


def test_nothing_runs_on_the_loop_once_the_interpreter_is_finalizing(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Hanging()
    with from_async(original) as chat:
        stream = chat.stream(REQUEST)
        next(stream)
        with monkeypatch.context() as finalizing:
            finalizing.setattr(sys, "is_finalizing", lambda: True)
            with pytest.warns(ResourceWarning, match="unclosed"):
                stream.close()


def test_a_stream_that_is_closed_as_its_read_begins_ends_at_once() -> None:
    read, future = PendingRead(), Future[object]()

    read.abort()
    read.begin(future)

    assert future.cancelled()


def test_a_stream_that_the_closing_of_the_port_broke_off_has_the_message_so_far() -> None:
    original = Hanging()
    chat = from_async(original)
    stream = chat.stream(REQUEST)
    closing = threading.Thread(target=_close_when_called, args=(original, chat))
    closing.start()

    next(stream)
    with pytest.raises(StreamInterruptedError) as caught:
        next(stream)
    closing.join(WAIT)

    assert AssistantMessage("first") == caught.value.partial
    assert None is caught.value.__context__


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals here")
@pytest.mark.parametrize("verb", ["acomplete", "astream"])
def test_a_keyboard_interrupt_propagates_and_frees_the_connection_once(verb: str) -> None:
    original = Hanging()
    before = signal.signal(signal.SIGALRM, _interrupt)

    with from_async(original) as chat, suppress(KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        _call(chat, verb)
    signal.signal(signal.SIGALRM, before)

    assert original.called.is_set()
    assert [verb] == original.freed


def test_a_sync_call_on_the_loops_own_thread_raises_runtime_error() -> None:
    original = SelfCalling()
    with from_async(original) as chat:
        original.wrapper = chat

        with pytest.raises(RuntimeError, match="would wait for itself"):
            chat.complete(REQUEST)

    assert [] == _threads()


def test_the_async_verbs_start_no_thread() -> None:
    chat = from_async(InMemoryChat.echo())

    async def act() -> list[str]:
        return [(await chat.acomplete(REQUEST)).text, (await chat.astream(REQUEST).until_done()).text]

    texts = asyncio.run(act())

    assert ["hi", "hi"] == texts
    assert [] == _threads()


def _close_when_called(original: Hanging, chat: ManagedChatPort) -> None:
    original.called.wait(WAIT)
    chat.close()


def _close_stream_when_called(original: Hanging, stream: ChatStream) -> None:
    original.called.wait(WAIT)
    stream.close()


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _call(chat: ManagedChatPort, verb: str) -> None:
    if verb == "acomplete":
        chat.complete(REQUEST)
    else:
        chat.stream(REQUEST).until_done()


def _close(stream: ChatStream) -> None:
    stream.close()
    gc.collect()
