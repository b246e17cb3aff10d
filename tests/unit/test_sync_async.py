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

REQUEST = ChatRequest(messages=[UserMessage("hi")])
RESPONSE = ChatResponse(
    message=AssistantMessage("Let me look.", tool_calls=[ToolCall(id="c", name="f", arguments={"q": "x"})]),
    usage=Usage(input_tokens=3),
    id="r1",
)
Verb = Callable[[ChatPort, ChatRequest], ChatResponse]
Wrapper = Callable[[InMemoryChat], AbstractContextManager[ChatPort]]


@contextmanager
def _from_sync(chat: InMemoryChat) -> Iterator[ChatPort]:
    yield from_sync(chat)


@contextmanager
def _from_async(chat: InMemoryChat) -> Iterator[ChatPort]:
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


EVERY_WRAPPER = pytest.mark.parametrize("wrapped", [_from_sync, _from_async, _both])
EVERY_VERB = pytest.mark.parametrize("verb", [_complete, _stream, _acomplete, _astream])


@EVERY_WRAPPER
@EVERY_VERB
def test_every_verb_returns_the_response_of_the_original(wrapped: Wrapper, verb: Verb) -> None:
    original = InMemoryChat([RESPONSE])

    with wrapped(original) as chat:
        response = verb(chat, REQUEST)

    assert RESPONSE == response
    assert (REQUEST,) == original.requests


@EVERY_WRAPPER
def test_sync_and_async_streams_yield_the_events_of_the_original(wrapped: Wrapper) -> None:
    original = InMemoryChat(lambda _: RESPONSE)
    events = list(original.stream(REQUEST))

    with wrapped(original) as chat:
        blocking = list(chat.stream(REQUEST))
        awaited = asyncio.run(_read(chat))

    assert events == blocking
    assert events == awaited


@EVERY_WRAPPER
@EVERY_VERB
def test_an_error_is_raised_unchanged_without_cause_and_context(wrapped: Wrapper, verb: Verb) -> None:
    original = InMemoryChat([RateLimitError(retry_after=1.5, detail="slow down")])

    with wrapped(original) as chat, pytest.raises(RateLimitError) as caught:
        verb(chat, REQUEST)

    assert (1.5, "slow down") == (caught.value.retry_after, caught.value.detail)
    assert (None, None) == (caught.value.__context__, caught.value.__cause__)


@EVERY_WRAPPER
@EVERY_VERB
def test_an_error_in_mid_stream_keeps_the_partial_message(wrapped: Wrapper, verb: Verb) -> None:
    original = InMemoryChat([BrokenStream([TextDelta("so "), TextDelta("far")])])

    with wrapped(original) as chat, pytest.raises(StreamInterruptedError) as caught:
        verb(chat, REQUEST)

    assert AssistantMessage("so far") == caught.value.partial
    assert None is caught.value.__context__


@EVERY_WRAPPER
def test_nothing_is_sent_before_a_stream_begins(wrapped: Wrapper) -> None:
    original = InMemoryChat([RESPONSE])

    with wrapped(original) as chat:
        chat.stream(REQUEST).close()
        asyncio.run(chat.astream(REQUEST).aclose())

    assert () == original.requests


@EVERY_WRAPPER
def test_a_stream_that_is_left_early_yields_no_more_events(wrapped: Wrapper) -> None:
    original = InMemoryChat([RESPONSE])

    with wrapped(original) as chat:
        with chat.stream(REQUEST) as stream:
            first = next(stream)
        remaining = list(stream)

    assert TextDelta("Let me l") == first
    assert [] == remaining


@EVERY_WRAPPER
def test_answers_to_concurrent_threads_do_not_mix(wrapped: Wrapper) -> None:
    with wrapped(InMemoryChat.echo()) as chat, ThreadPoolExecutor(8) as pool:
        requests = [_numbered_request(number) for number in range(40)]

        whole = list(pool.map(lambda request: _complete(chat, request).text, requests))
        streamed = list(pool.map(lambda request: _stream(chat, request).text, requests))

    assert [f"number {number}" for number in range(40)] == whole
    assert whole == streamed


@EVERY_WRAPPER
def test_answers_to_concurrent_tasks_do_not_mix(wrapped: Wrapper) -> None:
    async def act(chat: ChatPort) -> list[str]:
        whole = [chat.acomplete(_numbered_request(number)) for number in range(10)]
        streamed = [chat.astream(_numbered_request(number)).until_done() for number in range(10)]
        return [response.text for response in await asyncio.gather(*whole, *streamed)]

    with wrapped(InMemoryChat.echo()) as chat:
        response = asyncio.run(act(chat))

    assert [f"number {number}" for number in range(10)] * 2 == response


@EVERY_WRAPPER
def test_event_loops_in_several_threads_share_one_chat(wrapped: Wrapper) -> None:
    with wrapped(InMemoryChat.echo()) as chat, ThreadPoolExecutor(4) as pool:
        response = list(pool.map(lambda number: _acomplete(chat, _numbered_request(number)).text, range(8)))

    assert [f"number {number}" for number in range(8)] == response


@EVERY_WRAPPER
@EVERY_VERB
def test_a_call_after_an_error_succeeds(wrapped: Wrapper, verb: Verb) -> None:
    original = InMemoryChat([RateLimitError(), RESPONSE])

    with wrapped(original) as chat:
        with pytest.raises(ChatError):
            verb(chat, REQUEST)
        response = verb(chat, REQUEST)

    assert RESPONSE == response


def _numbered_request(number: int) -> ChatRequest:
    return ChatRequest(messages=[UserMessage(f"number {number}")])


async def _read(chat: ChatPort) -> list[StreamEvent]:
    return [event async for event in chat.astream(REQUEST)]
