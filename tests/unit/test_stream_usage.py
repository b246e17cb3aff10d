"""The usage of a stream, and of an error, is what the provider had reported: through every wrapper of a stream."""

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator, Callable, Generator

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    ServerError,
    StreamEnd,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    Usage,
    UserMessage,
    from_async,
    from_events,
    from_sync,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.ports.closing import managed
from llm_core.ports.streams import AsyncEventStream, EventStream, UsageReport
from llm_core.wrappers import Retrying

REQUEST = ChatRequest(messages=[UserMessage("Hello?")])
FIRST, SECOND, LAST = (Usage(input_tokens=7, output_tokens=count) for count in (1, 2, 3))
RESPONSE = ChatResponse(message=AssistantMessage("Hi!"), usage=LAST)


@attrs.define
class Reporting:
    """A chat whose provider reports its usage with each delta, and again at the end, if it does not break off."""

    breaks: bool = False

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.stream(request).until_done()

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.astream(request).until_done()

    def stream(self, _: ChatRequest, /) -> ChatStream:
        report = UsageReport()
        return EventStream(self._events(report), report)

    def astream(self, _: ChatRequest, /) -> AsyncChatStream:
        report = UsageReport()
        return AsyncEventStream(self._aevents(report), report)

    def _events(self, report: UsageReport) -> Generator[StreamEvent, None, None]:
        report.read = lambda: FIRST
        yield TextDelta("Hi")
        report.read = lambda: SECOND
        yield TextDelta("!")
        if self.breaks:
            raise ServerError
        yield StreamEnd(response=RESPONSE)

    async def _aevents(self, report: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        for event in self._events(report):
            yield event


@attrs.frozen
class Source:
    """A source of `from_events` that reports its usage apart from the deltas."""

    end: Usage | None = None
    breaks: bool = False
    provider: str = "made-up"
    model: str = "m"
    transport_errors: tuple[type[Exception], ...] = ()

    async def events(self, _: ChatRequest, /) -> AsyncGenerator[StreamEvent | Usage, None]:
        yield FIRST
        yield TextDelta("Hi")
        yield SECOND
        yield TextDelta("!")
        if self.breaks:
            raise ServerError
        yield StreamEnd(response=attrs.evolve(RESPONSE, usage=self.end))


CHATS: dict[str, Callable[[bool], ChatPort]] = {
    "itself": Reporting,
    "from_sync": lambda breaks: from_sync(Reporting(breaks)),
    "from_async": lambda breaks: from_async(Reporting(breaks)),
    "from_events": lambda breaks: from_events(Source(end=LAST, breaks=breaks)),
    "Retrying": lambda breaks: Retrying(Reporting(breaks)),
}
BY_CHAT = pytest.mark.parametrize("make_chat", CHATS.values(), ids=CHATS)


def _seen(chat: ChatPort, *, until_done: bool) -> list[Usage | None]:
    """Return the usage before the first event, after each event that is read, and after the close."""
    stream = chat.stream(REQUEST)
    seen = [stream.usage, *(stream.usage for _ in zip(range(9 if until_done else 2), stream, strict=False))]
    stream.close()
    return [*seen, stream.usage]


async def _aseen(chat: ChatPort, *, until_done: bool) -> list[Usage | None]:
    stream, read = chat.astream(REQUEST), 0
    seen = [stream.usage]
    async for _ in stream:
        seen.append(stream.usage)
        read += 1
        if read == 2 and not until_done:
            break
    await stream.aclose()
    return [*seen, stream.usage]


@BY_CHAT
def test_the_usage_of_a_stream_is_the_last_report(make_chat: Callable[[bool], ChatPort]) -> None:
    with managed(make_chat(False)) as chat:  # noqa: FBT003 -- it does not break off
        seen = _seen(chat, until_done=True), asyncio.run(_aseen(chat, until_done=True))

    assert ([None, FIRST, SECOND, LAST, LAST],) * 2 == seen


@BY_CHAT
def test_the_usage_after_an_early_close_is_what_was_reported(make_chat: Callable[[bool], ChatPort]) -> None:
    with managed(make_chat(False)) as chat:  # noqa: FBT003 -- as above
        closed, aclosed = _seen(chat, until_done=False)[-1], asyncio.run(_aseen(chat, until_done=False))[-1]

    assert (SECOND, SECOND) == (closed, aclosed)


@BY_CHAT
def test_the_usage_after_an_error_is_what_was_reported(make_chat: Callable[[bool], ChatPort]) -> None:
    with managed(make_chat(True)) as chat, pytest.raises(ServerError), chat.stream(REQUEST) as stream:  # noqa: FBT003 -- it breaks off
        stream.until_done()

    assert stream.usage == SECOND


def test_a_closed_stream_holds_nothing_but_the_usage() -> None:
    class Holder:
        usage: Usage | None = FIRST

    def events() -> Generator[StreamEvent, None, None]:
        holder = Holder()
        held.append(weakref.ref(holder))
        report.read = lambda: holder.usage
        yield TextDelta("Hi")

    held: list[weakref.ref[Holder]] = []
    report = UsageReport()
    stream = EventStream(events(), report)
    next(stream)
    stream.close()
    gc.collect()

    assert (None, FIRST) == (held[0](), stream.usage)


@pytest.mark.parametrize("end", [None, Usage()])
def test_an_end_without_usage_has_the_last_report_of_a_source(end: Usage | None) -> None:
    with from_events(Source(end=end)) as chat:
        assert SECOND == chat.complete(REQUEST).usage


def test_the_error_of_a_source_has_the_last_report() -> None:
    with from_events(Source(breaks=True)) as chat, pytest.raises(ServerError) as caught:
        chat.complete(REQUEST)

    assert (SECOND, "Hi!") == (caught.value.usage, caught.value.partial and caught.value.partial.content)


def test_a_script_may_give_the_usage_of_a_broken_answer() -> None:
    broken = BrokenStream([TextDelta("Hi")], error=StreamInterruptedError(usage=FIRST))

    with pytest.raises(StreamInterruptedError) as caught:
        InMemoryChat([broken]).complete(REQUEST)

    assert FIRST == caught.value.usage
