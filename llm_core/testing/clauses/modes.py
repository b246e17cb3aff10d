"""The four ways to call a model: `complete` and `stream`, sync and async. Clauses are sync and start their own loop."""

import asyncio
from collections.abc import Iterable
from typing import Literal, TypeAlias, assert_never

from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import ChatPort

Mode: TypeAlias = Literal["complete", "stream", "acomplete", "astream"]

EVERY: tuple[Mode, ...] = ("complete", "stream", "acomplete", "astream")
STREAMS: tuple[Mode, ...] = ("stream", "astream")
# One of each pair is sync, and one a stream. In a quick run, which takes them in turn, all four modes occur.
_PAIRS: tuple[tuple[Mode, Mode], ...] = (
    ("complete", "astream"),
    ("acomplete", "stream"),
    ("astream", "complete"),
    ("stream", "acomplete"),
)


def in_two_modes(names: Iterable[str]) -> list[tuple[str, Mode]]:
    """Return each of *names* with two modes, for a clause with too many variants to check each of them in all four."""
    return [(name, mode) for index, name in enumerate(names) for mode in _PAIRS[index % len(_PAIRS)]]


def call_in_mode(chat: ChatPort, request: ChatRequest, mode: Mode) -> ChatResponse:
    """Return the response, by the method that *mode* names; a stream's response is collected from its events."""
    match mode:
        case "complete":
            return chat.complete(request)
        case "acomplete":
            return asyncio.run(_acomplete(chat, request))
        case "stream" | "astream":
            return _collected(events(chat, request, mode))
        case _:
            assert_never(mode)


def _collected(received: list[StreamEvent]) -> ChatResponse:
    """Return the response of the deltas. AssertionError if that of the `StreamEnd` is another one."""
    collected, end = response_from_events(received), received[-1]
    if isinstance(end, StreamEnd) and end.response != collected:
        raise AssertionError(
            f"the response of StreamEnd is not what the deltas add up to: {collected!r} was collected, and "
            f"{end.response!r} stands in StreamEnd: see stream.end-agrees"
        )
    return collected


def events(chat: ChatPort, request: ChatRequest, mode: Mode) -> list[StreamEvent]:
    """Return all events of a stream, sync or async."""
    if mode == "astream":
        return asyncio.run(_astream(chat, request))
    with chat.stream(request) as stream:
        return list(stream)


async def _acomplete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return await chat.acomplete(request)


async def _astream(chat: ChatPort, request: ChatRequest) -> list[StreamEvent]:
    async with chat.astream(request) as stream:
        return [event async for event in stream]
