"""CPU per event of a stream in our own code: the fake and `response_from_events`; both must be linear."""

import asyncio
from collections.abc import Iterator
from functools import partial

from benchmarks.figures import RATIO, Figure
from benchmarks.measuring.cpu import best_cpu_seconds
from llm_core import ChatRequest, ChatResponse, UserMessage, response_from_events
from llm_core.adapters.memory import InMemoryChat

FEW, MANY = 400, 40_000  # events
CHUNK = 4  # characters
ROUNDS = 5
REQUEST = ChatRequest(messages=[UserMessage("Go on.")])
TITLES = ("InMemoryChat.stream", "InMemoryChat.astream", "response_from_events")


def figures(fake_provider: str) -> Iterator[Figure]:  # noqa: ARG001 -- the common signature
    """Yield the CPU of an event in a long stream over that in a short one."""
    for title, few, many in zip(TITLES, _microseconds(FEW), _microseconds(MANY), strict=True):
        whole = f"an event of {MANY:,} over one of {FEW}: {title}"
        yield Figure(title=whole, value=many / few, unit=RATIO, at_most=1.5, detail=f"{many:.2f} / {few:.2f} us")


def _microseconds(size: int) -> Iterator[float]:
    text = "word" * size
    chat = InMemoryChat(lambda _: text, chunk_size=CHUNK)
    events = list(chat.stream(REQUEST))
    works = (
        lambda: chat.stream(REQUEST).until_done(),
        lambda: asyncio.run(_drain(chat)),
        partial(response_from_events, events),
    )
    repeats = MANY // size // 10 or 1
    return (1e6 * best_cpu_seconds(work, rounds=ROUNDS, repeats=repeats) / size for work in works)


async def _drain(chat: InMemoryChat) -> ChatResponse:
    return await chat.astream(REQUEST).until_done()
