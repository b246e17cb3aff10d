import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    RateLimitError,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    ToolCall,
    Usage,
    UserMessage,
    from_async,
    from_sync,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat

ASK = ChatRequest(messages=[UserMessage("hi")])
RESPONSE = ChatResponse(
    message=AssistantMessage("Let me look.", tool_calls=[ToolCall(id="c", name="f", arguments={"q": "x"})]),
    usage=Usage(input_tokens=3),
    id="r1",
)
Verb = Callable[[ChatPort, ChatRequest], ChatResponse]
Colour = Callable[[InMemoryChat], AbstractContextManager[ChatPort]]


@contextmanager
def _synced(chat: InMemoryChat) -> Iterator[ChatPort]:
    yield from_sync(chat)


@contextmanager
def _asynced(chat: InMemoryChat) -> Iterator[ChatPort]:
    with from_async(chat) as port:
        yield port


@contextmanager
def _both(chat: InMemoryChat) -> Iterator[ChatPort]:
    with from_async(from_sync(chat)) as port:
        yield port


def _complete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return chat.complete(request)


def _stream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    with chat.stream(request) as stream:
        return stream.until_done()


def _acomplete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return asyncio.run(chat.acomplete(request))


def _astream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    async def read() -> ChatResponse:
        async with chat.astream(request) as stream:
            return await stream.until_done()

    return asyncio.run(read())


EVERY_COLOUR = pytest.mark.parametrize("coloured", [_synced, _asynced, _both])
EVERY_VERB = pytest.mark.parametrize("ask", [_complete, _stream, _acomplete, _astream])


@EVERY_COLOUR
@EVERY_VERB
def test_every_verb_gives_what_the_original_gives(coloured: Colour, ask: Verb) -> None:
    original = InMemoryChat([RESPONSE])

    with coloured(original) as chat:
        seen = ask(chat, ASK)

    assert RESPONSE == seen
    assert (ASK,) == original.requests


@EVERY_COLOUR
def test_the_events_are_those_of_the_original_in_both_colours(coloured: Colour) -> None:
    original = InMemoryChat(lambda _: RESPONSE)
    events = list(original.stream(ASK))

    with coloured(original) as chat:
        blocking = list(chat.stream(ASK))
        awaited = asyncio.run(_read(chat))

    assert events == blocking
    assert events == awaited


@EVERY_COLOUR
@EVERY_VERB
def test_an_error_passes_as_it_is_and_nothing_hangs_on_it(coloured: Colour, ask: Verb) -> None:
    original = InMemoryChat([RateLimitError(retry_after=1.5, detail="slow down")])

    with coloured(original) as chat, pytest.raises(RateLimitError) as caught:
        ask(chat, ASK)

    assert (1.5, "slow down") == (caught.value.retry_after, caught.value.detail)
    assert (None, None) == (caught.value.__context__, caught.value.__cause__)


@EVERY_COLOUR
@EVERY_VERB
def test_an_error_in_mid_stream_keeps_what_had_arrived(coloured: Colour, ask: Verb) -> None:
    original = InMemoryChat([BrokenStream([TextDelta("so "), TextDelta("far")])])

    with coloured(original) as chat, pytest.raises(StreamInterruptedError) as caught:
        ask(chat, ASK)

    assert AssistantMessage("so far") == caught.value.partial
    assert None is caught.value.__context__


@EVERY_COLOUR
def test_nothing_is_asked_before_a_stream_begins(coloured: Colour) -> None:
    original = InMemoryChat([RESPONSE])

    with coloured(original) as chat:
        chat.stream(ASK).close()
        asyncio.run(chat.astream(ASK).aclose())

    assert () == original.requests


@EVERY_COLOUR
def test_a_stream_that_is_left_early_is_over(coloured: Colour) -> None:
    original = InMemoryChat([RESPONSE])

    with coloured(original) as chat:
        with chat.stream(ASK) as stream:
            first = next(stream)
        rest = list(stream)

    assert TextDelta("Let me l") == first
    assert [] == rest


@EVERY_COLOUR
def test_threads_share_it_and_their_answers_do_not_mix(coloured: Colour) -> None:
    with coloured(InMemoryChat.echo()) as chat, ThreadPoolExecutor(8) as pool:
        asked = [_asking(number) for number in range(40)]

        whole = list(pool.map(lambda request: _complete(chat, request).text, asked))
        streamed = list(pool.map(lambda request: _stream(chat, request).text, asked))

    assert [f"number {number}" for number in range(40)] == whole
    assert whole == streamed


@EVERY_COLOUR
def test_tasks_share_it_and_their_answers_do_not_mix(coloured: Colour) -> None:
    async def act(chat: ChatPort) -> list[str]:
        whole = [chat.acomplete(_asking(number)) for number in range(10)]
        streamed = [chat.astream(_asking(number)).until_done() for number in range(10)]
        return [response.text for response in await asyncio.gather(*whole, *streamed)]

    with coloured(InMemoryChat.echo()) as chat:
        seen = asyncio.run(act(chat))

    assert [f"number {number}" for number in range(10)] * 2 == seen


@EVERY_COLOUR
def test_several_loops_in_several_threads_share_it(coloured: Colour) -> None:
    with coloured(InMemoryChat.echo()) as chat, ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda number: _acomplete(chat, _asking(number)).text, range(8)))

    assert [f"number {number}" for number in range(8)] == seen


@EVERY_COLOUR
@EVERY_VERB
def test_an_error_can_be_caught_and_the_port_asked_again(coloured: Colour, ask: Verb) -> None:
    original = InMemoryChat([RateLimitError(), RESPONSE])

    with coloured(original) as chat:
        with pytest.raises(ChatError):
            ask(chat, ASK)
        seen = ask(chat, ASK)

    assert RESPONSE == seen


def _asking(number: int) -> ChatRequest:
    return ChatRequest(messages=[UserMessage(f"number {number}")])


async def _read(chat: ChatPort) -> list[StreamEvent]:
    return [event async for event in chat.astream(ASK)]
