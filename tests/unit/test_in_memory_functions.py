import asyncio
from collections.abc import Callable

import attrs
import pytest

from llm_core import ChatPort, ChatRequest, ChatResponse, ChatSettings, ChatTimeoutError, RateLimitError, UserMessage
from llm_core.adapters.memory import Delayed, InMemoryChat, ScriptItem

from .fake_clock import FakeClock

REQUEST = ChatRequest(messages=[UserMessage("hi")])
LONG = 30.0  # seconds; a test that waited for them would be stopped
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


@EVERY_METHOD
def test_an_async_function_answers_every_call_from_its_request(call: Method) -> None:
    async def answer(request: ChatRequest) -> ScriptItem:
        await asyncio.sleep(0)
        return f"{len(request.messages)} messages"

    chat = InMemoryChat(answer)

    seen = [call(chat, REQUEST).text for _ in range(2)]

    assert ["1 messages", "1 messages"] == seen
    assert (REQUEST, REQUEST) == chat.requests


@EVERY_METHOD
@pytest.mark.parametrize("error", [LookupError("x"), TimeoutError("the function's own"), RateLimitError()])
def test_an_exception_of_an_async_function_reaches_the_caller(call: Method, error: Exception) -> None:
    async def answer(_: ChatRequest) -> ScriptItem:
        raise error

    chat = InMemoryChat(answer)

    with pytest.raises(type(error)) as caught:
        call(chat, REQUEST)

    assert error is caught.value


@EVERY_METHOD
def test_an_async_function_is_cancelled_at_the_timeout(call: Method) -> None:
    cancelled: list[bool] = []

    async def answer(_: ChatRequest) -> ScriptItem:
        try:
            await asyncio.sleep(LONG)
        finally:
            cancelled.append(True)
        return "late"

    chat = InMemoryChat(answer)

    with pytest.raises(ChatTimeoutError) as caught:
        call(chat, _with_timeout(0.02))

    assert [True] == cancelled
    assert None is caught.value.__context__


@EVERY_METHOD
def test_the_time_of_an_async_function_counts_before_its_delay(call: Method) -> None:
    async def answer(_: ChatRequest) -> ScriptItem:
        await asyncio.sleep(0.02)
        return Delayed("late", 3)

    clock = FakeClock()
    chat = InMemoryChat(answer, clock=clock)

    with pytest.raises(ChatTimeoutError):
        call(chat, _with_timeout(3.01))

    (wait,) = clock.waits
    assert 2.0 < wait < 3.0


@pytest.mark.parametrize("call", [_complete, _stream])
def test_a_sync_verb_runs_no_async_function_inside_a_running_loop(call: Method) -> None:
    async def answer(_: ChatRequest) -> ScriptItem:
        return "hello"

    async def act() -> str:
        with pytest.raises(RuntimeError, match="await acomplete or astream, or call the sync verb in a thread"):
            call(chat, REQUEST)
        return (await asyncio.to_thread(call, chat, REQUEST)).text

    chat = InMemoryChat(answer)

    seen = asyncio.run(act())

    assert "hello" == seen


def test_a_sync_verb_leaves_the_current_event_loop_of_its_thread() -> None:
    async def answer(_: ChatRequest) -> ScriptItem:
        return "hello"

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        InMemoryChat(answer).complete(REQUEST)

        assert loop is asyncio.get_event_loop()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _with_timeout(seconds: float) -> ChatRequest:
    return attrs.evolve(REQUEST, settings=ChatSettings(timeout=seconds))
