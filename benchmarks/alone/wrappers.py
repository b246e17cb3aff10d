"""CPU that a wrapper adds to a call and to an event of a stream, over a chat that does nothing else."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator

from benchmarks.figures import Figure
from benchmarks.measuring.cpu import best_cpu_seconds
from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    AsyncEventStream,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    EventStream,
    StreamEnd,
    StreamEvent,
    TextDelta,
    UserMessage,
)
from llm_core.wrappers import Budget, Fallback, Limited, Limiter, Retrying, Steps, Wrapper, forward

CALLS, EVENTS = 1_000, 4_000
ROUNDS = 15
REQUEST = ChatRequest(messages=[UserMessage("Go on.")])
RESPONSE = ChatResponse(message=AssistantMessage("word" * EVENTS))


class Nothing:
    """A chat whose answers are made already."""

    def complete(self, _: ChatRequest, /) -> ChatResponse:
        """Return the answer."""
        return RESPONSE

    async def acomplete(self, _: ChatRequest, /) -> ChatResponse:
        """Return the answer."""
        return RESPONSE

    def stream(self, _: ChatRequest, /) -> ChatStream:
        """Return the events."""
        return EventStream(_events())

    def astream(self, _: ChatRequest, /) -> AsyncChatStream:
        """Return the events."""
        return AsyncEventStream(_aevents())


class Seam(Wrapper):
    """Only passes on."""

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        """Pass on."""
        return (yield from forward(self.chats[0], request))


WRAPPERS: dict[str, Callable[[ChatPort], ChatPort]] = {
    "the seam": Seam,
    "Retrying": Retrying,
    "Fallback": lambda chat: Fallback([chat, chat]),
    "Limited": lambda chat: Limited(chat, Limiter(concurrent=10)),
    "Budget": Budget,
}
AT_MOST = {"the seam": 8.0, "Limited": 40.0}  # microseconds a call; the others decide something, Limited under a lock
AT_MOST_AN_EVENT = 0.5  # microseconds


def figures(fake_provider: str) -> Iterator[Figure]:  # noqa: ARG001 -- the common signature
    """Yield what each wrapper adds to a call, and what the seam adds to an event."""
    bare = Nothing()
    for name, wrap in WRAPPERS.items():
        for verb, measure in (("complete", _call), ("acomplete", _acall)):
            added = measure(wrap(bare)) - measure(bare)
            yield Figure(
                title=f"{name}, added to a call of {verb}", value=added, unit=" us", at_most=AT_MOST.get(name, 16)
            )
    for verb, measure in (("stream", _stream), ("astream", _astream)):
        added = measure(Seam(bare)) - measure(bare)
        yield Figure(title=f"the seam, added to an event of {verb}", value=added, unit=" us", at_most=AT_MOST_AN_EVENT)


def _events() -> Generator[StreamEvent, None, None]:
    for _ in range(EVENTS):
        yield _DELTA
    yield _END


async def _aevents() -> AsyncGenerator[StreamEvent, None]:
    for _ in range(EVENTS):
        yield _DELTA
    yield _END


_DELTA = TextDelta("word")
_END = StreamEnd(response=RESPONSE)


def _call(chat: ChatPort) -> float:
    return 1e6 * best_cpu_seconds(lambda: chat.complete(REQUEST), rounds=ROUNDS, repeats=CALLS)


def _acall(chat: ChatPort) -> float:
    async def calls() -> None:
        for _ in range(CALLS):
            await chat.acomplete(REQUEST)

    return 1e6 * best_cpu_seconds(lambda: asyncio.run(calls()), rounds=ROUNDS, repeats=1) / CALLS


def _stream(chat: ChatPort) -> float:
    return 1e6 * best_cpu_seconds(lambda: chat.stream(REQUEST).until_done(), rounds=ROUNDS, repeats=1) / EVENTS


def _astream(chat: ChatPort) -> float:
    async def read() -> None:
        await chat.astream(REQUEST).until_done()

    return 1e6 * best_cpu_seconds(lambda: asyncio.run(read()), rounds=ROUNDS, repeats=1) / EVENTS


if __name__ == "__main__":
    for figure in figures(""):
        print(f"{figure.title}: {figure.value:.2f} us, {figure.verdict}")
