import asyncio
import signal
import time
from collections.abc import Callable

import pytest

from llm_core import ChatPort, ChatRequest, ChatResponse, TextDelta, UserMessage
from llm_core.adapters.memory import Delayed, InMemoryChat, ScriptItem

REQUEST = ChatRequest(messages=[UserMessage("hi")])
LONG = 30.0  # seconds; a test that waited for them would be stopped
PROMPT = 1.0  # seconds that a test may take on a busy machine
Method = Callable[[ChatPort, ChatRequest], ChatResponse]


def _complete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return chat.complete(request)


def _stream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return chat.stream(request).until_done()


def _acomplete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return asyncio.run(chat.acomplete(request))


def _astream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return asyncio.run(chat.astream(request).until_done())


EVERY_METHOD = pytest.mark.parametrize("call", [_complete, _stream, _acomplete, _astream])


def test_a_cancelled_task_does_not_wait() -> None:
    chat = InMemoryChat([Delayed("late", LONG), "next"])

    async def act() -> str:
        task = asyncio.create_task(chat.acomplete(REQUEST))
        await chat.await_until_called()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return (await chat.acomplete(REQUEST)).text

    started = time.monotonic()
    seen = asyncio.run(act())

    assert "next" == seen
    assert PROMPT > time.monotonic() - started


def test_a_cancelled_reader_of_a_stream_does_not_wait() -> None:
    chat = InMemoryChat([Delayed("slow", 0, between=LONG)], chunk_size=1)

    async def act() -> None:
        async with chat.astream(REQUEST) as stream:
            assert TextDelta("s") == await anext(aiter(stream))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(aiter(stream)), 0.01)

    started = time.monotonic()
    asyncio.run(act())

    assert PROMPT > time.monotonic() - started


def test_a_reader_that_closes_a_stream_does_not_wait() -> None:
    chat = InMemoryChat([Delayed("slow", 0, between=LONG)] * 2, chunk_size=1)

    async def act() -> None:
        async with chat.astream(REQUEST) as stream:
            assert TextDelta("s") == await anext(aiter(stream))

    started = time.monotonic()
    with chat.stream(REQUEST) as stream:
        assert TextDelta("s") == next(stream)
    asyncio.run(act())

    assert PROMPT > time.monotonic() - started


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals here")
@EVERY_METHOD
@pytest.mark.parametrize("is_function", [False, True])
def test_ctrl_c_ends_a_delay_at_once(call: Method, is_function: bool) -> None:
    async def never(_: ChatRequest) -> ScriptItem:
        await asyncio.sleep(LONG)
        return "late"

    chat = InMemoryChat(never) if is_function else InMemoryChat([Delayed("late", LONG)])
    previous = signal.signal(signal.SIGALRM, _interrupt)
    started = time.monotonic()

    try:
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        with pytest.raises(KeyboardInterrupt):
            call(chat, REQUEST)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)

    assert PROMPT > time.monotonic() - started


def _interrupt(_: object, __: object) -> None:
    raise KeyboardInterrupt
