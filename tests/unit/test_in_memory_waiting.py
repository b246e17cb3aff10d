import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from llm_core import ChatRequest, ChatResponse, UserMessage
from llm_core.adapters.memory import InMemoryChat

REQUEST = ChatRequest(messages=[UserMessage("hi")])


def test_a_thread_is_waited_for_until_it_calls() -> None:
    chat = InMemoryChat(["hello"])

    def call_late() -> ChatResponse:
        time.sleep(0.01)
        return chat.complete(REQUEST)

    with ThreadPoolExecutor() as pool:
        answer = pool.submit(call_late)
        chat.wait_until_called()
        seen = chat.requests

    assert (REQUEST,) == seen
    assert "hello" == answer.result().text


def test_a_task_is_waited_for_until_it_calls() -> None:
    chat = InMemoryChat(["1", "2"])

    async def act() -> tuple[int, int]:
        async def call_twice() -> None:
            await chat.acomplete(REQUEST)
            await asyncio.sleep(0.01)
            await chat.acomplete(REQUEST)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(call_twice())
            await chat.await_until_called()
            first = len(chat.requests)
            await chat.await_until_called(2)
            return first, len(chat.requests)

    seen = asyncio.run(act())

    assert (1, 2) == seen


def test_a_call_in_a_thread_ends_the_wait_of_a_task() -> None:
    chat = InMemoryChat(["hello"])

    async def act() -> ChatResponse:
        waiting = asyncio.create_task(chat.await_until_called())
        await asyncio.sleep(0)
        response = await asyncio.to_thread(chat.complete, REQUEST)
        await waiting
        return response

    seen = asyncio.run(act())

    assert "hello" == seen.text


def test_a_wait_for_calls_that_have_come_returns_at_once() -> None:
    chat = InMemoryChat.echo()
    chat.complete(REQUEST)

    chat.wait_until_called(timeout=0)
    asyncio.run(chat.await_until_called(timeout=0))

    assert (REQUEST,) == chat.requests


def test_a_wait_for_calls_that_do_not_come_is_a_timeout() -> None:
    chat = InMemoryChat(["1", "2"])
    chat.complete(REQUEST)
    problem = pytest.raises(TimeoutError, match=r"\Aexpected 2 or more calls within 0.01 seconds, got 1\Z")

    with problem:
        chat.wait_until_called(2, timeout=0.01)
    with problem:
        asyncio.run(chat.await_until_called(2, timeout=0.01))

    assert "2" == chat.complete(REQUEST).text


def test_a_cancelled_wait_does_not_disturb_the_call() -> None:
    chat = InMemoryChat(["hello"])

    async def act() -> ChatResponse:
        waiting = asyncio.create_task(chat.await_until_called())
        await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        return await chat.acomplete(REQUEST)

    seen = asyncio.run(act())

    assert "hello" == seen.text
