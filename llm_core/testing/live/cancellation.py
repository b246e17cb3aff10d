"""Leaves a stream or cancels a call before its end, and measures how long that takes."""

import asyncio
import time

import attrs
import pytest

from llm_core.domain.events import StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream
from llm_core.testing.clauses.modes import Mode

_A_MOMENT = 0.2  # seconds: enough to send a request, too short for a long answer


@attrs.frozen(kw_only=True)
class Departure:
    """A stream after it was left: how long leaving took, what it still yields, whether it has a response."""

    seconds: float
    remaining: list[StreamEvent]
    has_response: bool


def leave(chat: ChatPort, request: ChatRequest) -> Departure:
    """Leave a stream after its first event."""
    with chat.stream(request) as stream:
        next(stream)
        began = time.monotonic()
    return Departure(seconds=time.monotonic() - began, remaining=list(stream), has_response=_has_response(stream))


async def leave_async(chat: ChatPort, request: ChatRequest) -> Departure:
    """Leave a stream after its first event."""
    async with chat.astream(request) as stream:
        await anext(aiter(stream))
        began = time.monotonic()
    seconds = time.monotonic() - began
    return Departure(seconds=seconds, remaining=[event async for event in stream], has_response=_has_response(stream))


async def cancel(chat: ChatPort, request: ChatRequest, mode: Mode) -> tuple[bool, float]:
    """Cancel a task that waits for an answer; return whether it ended as cancelled, and after how many seconds."""
    begun = asyncio.Event()
    task = asyncio.create_task(_read(chat, request, begun) if mode == "astream" else _wait(chat, request, begun))
    await asyncio.wait([task, asyncio.create_task(begun.wait())], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task  # raises the error of a failed task
        pytest.skip("the answer was there before it could be cancelled")
    began = time.monotonic()
    task.cancel()
    await asyncio.wait([task])
    return task.cancelled(), time.monotonic() - began


async def _read(chat: ChatPort, request: ChatRequest, begun: asyncio.Event) -> None:
    async with chat.astream(request) as stream:
        async for _ in stream:
            begun.set()


async def _wait(chat: ChatPort, request: ChatRequest, begun: asyncio.Event) -> None:
    asyncio.get_running_loop().call_later(_A_MOMENT, begun.set)
    await chat.acomplete(request)


def _has_response(stream: ChatStream | AsyncChatStream) -> bool:
    try:
        _ = stream.response
    except RuntimeError:
        return False
    return True
