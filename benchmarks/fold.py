"""What an event of a stream costs in our own code: the fake plays it, and `fold` takes it in."""

import asyncio
from functools import partial

from benchmarks.measuring.cpu import best_cpu_seconds, show
from llm_core import ChatRequest, ChatResponse, UserMessage, fold
from llm_core.adapters.memory import InMemoryChat

SIZES = (400, 4_000, 40_000)  # events
CHUNK = 4  # characters
ROUNDS = 7
REQUEST = ChatRequest(messages=[UserMessage("Go on.")])


def main() -> None:
    """Print the figures."""
    print(f"CPU microseconds an event, best of {ROUNDS} rounds")
    show([("events", "stream", "astream", "fold alone"), *map(_row, SIZES)])


def _row(size: int) -> tuple[str, ...]:
    words = "word" * size
    chat = InMemoryChat(lambda _: words, chunk_size=CHUNK)
    events = list(chat.stream(REQUEST))
    works = (lambda: chat.stream(REQUEST).until_done(), lambda: asyncio.run(_drain(chat)), partial(fold, events))
    figures = (1e6 * best_cpu_seconds(work, rounds=ROUNDS, repeats=1) / size for work in works)
    return f"{size:,}", *(f"{figure:.2f}" for figure in figures)


async def _drain(chat: InMemoryChat) -> ChatResponse:
    return await chat.astream(REQUEST).until_done()


if __name__ == "__main__":
    main()
