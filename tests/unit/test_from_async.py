import asyncio
import gc
import signal
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import CancelledError
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
from llm_core.ports.streams import AsyncEventStream

ASK = ChatRequest(messages=[UserMessage("hi")])
RESPONSE = ChatResponse(message=AssistantMessage("first"))
OTHERS: set[threading.Thread] = set()
WAIT = 5  # seconds, after which a test has failed anyway


class Hanging:
    """A port that gives one event, then hangs, and takes its time to let go."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.freed: list[str] = []

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        assert ASK == request
        try:
            await self._hang()
        finally:
            self.freed.append("acomplete")
        return RESPONSE

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        assert ASK == request
        return AsyncEventStream(self._events())

    async def _events(self) -> AsyncGenerator[StreamEvent, None]:
        try:
            yield TextDelta("first")
            await self._hang()
            yield StreamEnd(response=RESPONSE)
        finally:
            await asyncio.sleep(0.02)  # as a connection that says goodbye
            self.freed.append("astream")

    async def _hang(self) -> None:
        self.asked.set()
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
def _others() -> None:
    """Know the threads of chats that broken adapters of other tests never let go of."""
    OTHERS.update(threading.enumerate())


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "llm_core" and thread not in OTHERS]


def test_no_thread_runs_before_the_first_sync_call() -> None:
    with from_async(InMemoryChat.echo()) as chat:
        before = _threads()
        chat.complete(ASK)
        during = _threads()

    assert ([], ["llm_core"], []) == (before, during, _threads())


def test_closing_again_does_nothing() -> None:
    chat = from_async(InMemoryChat.echo())
    chat.complete(ASK)

    chat.close()
    chat.close()
    asyncio.run(chat.aclose())

    assert [] == _threads()


def test_async_with_ends_the_thread_too() -> None:
    async def act() -> str:
        async with from_async(InMemoryChat.echo()) as chat:
            return (await asyncio.to_thread(chat.complete, ASK)).text

    said = asyncio.run(act())

    assert "hi" == said
    assert [] == _threads()


@pytest.mark.parametrize("used", [True, False])
def test_a_sync_call_after_close_is_a_runtime_error(used: bool) -> None:
    chat = from_async(InMemoryChat.echo())
    if used:
        chat.complete(ASK)

    chat.close()

    with pytest.raises(RuntimeError, match=r"\Athis chat has been closed\Z"):
        chat.complete(ASK)
    with pytest.raises(RuntimeError, match=r"\Athis chat has been closed\Z") as caught:
        next(chat.stream(ASK))
    assert None is caught.value.__context__
    assert [] == _threads()


def test_the_original_stays_its_owners_to_close() -> None:
    original = InMemoryChat.echo()

    with from_async(original) as chat:
        chat.complete(ASK)

    assert "hi" == original.complete(ASK).text


def test_leaving_a_stream_frees_it_once() -> None:
    far = Hanging()

    with from_async(far) as chat:
        with chat.stream(ASK) as stream:
            next(stream)
        freed = list(far.freed)

    assert ["astream"] == freed
    assert freed == far.freed


def test_closing_the_port_frees_an_open_stream_and_closing_that_is_no_error() -> None:
    far = Hanging()
    chat = from_async(far)
    stream = chat.stream(ASK)
    next(stream)

    chat.close()
    freed = list(far.freed)
    with pytest.warns(ResourceWarning, match="unclosed"):
        _close(stream)  # the stream beneath was freed, and never closed

    assert ["astream"] == freed
    assert [] == list(stream)


@pytest.mark.parametrize("verb", ["acomplete", "astream"])
def test_closing_the_port_ends_a_call_that_waits(verb: str) -> None:
    far = Hanging()
    chat = from_async(far)
    closing = threading.Thread(target=_close_when_asked, args=(far, chat))
    closing.start()

    with pytest.raises(CancelledError):
        _ask(chat, verb)
    closing.join(WAIT)

    assert [verb] == far.freed
    assert [] == _threads()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals here")
@pytest.mark.parametrize("verb", ["acomplete", "astream"])
def test_an_interrupt_passes_and_frees_once(verb: str) -> None:
    far = Hanging()
    before = signal.signal(signal.SIGALRM, _interrupt)

    with from_async(far) as chat, suppress(KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        _ask(chat, verb)
    signal.signal(signal.SIGALRM, before)

    assert far.asked.is_set()
    assert [verb] == far.freed


def test_a_sync_call_on_the_loops_own_thread_is_an_error_and_no_deadlock() -> None:
    far = SelfCalling()
    with from_async(far) as chat:
        far.wrapper = chat

        with pytest.raises(RuntimeError, match="would wait for itself"):
            chat.complete(ASK)

    assert [] == _threads()


def test_the_async_verbs_are_the_originals_own() -> None:
    chat = from_async(InMemoryChat.echo())

    async def act() -> list[str]:
        return [(await chat.acomplete(ASK)).text, (await chat.astream(ASK).until_done()).text]

    said = asyncio.run(act())

    assert ["hi", "hi"] == said
    assert [] == _threads()


def _close_when_asked(far: Hanging, chat: ManagedChatPort) -> None:
    far.asked.wait(WAIT)
    chat.close()


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ask(chat: ManagedChatPort, verb: str) -> None:
    if verb == "acomplete":
        chat.complete(ASK)
    else:
        chat.stream(ASK).until_done()


def _close(stream: ChatStream) -> None:
    stream.close()
    gc.collect()
