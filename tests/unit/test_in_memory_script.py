import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    ManagedChatPort,
    StreamEnd,
    StreamEvent,
    TextDelta,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat, ScriptItem, UnexpectedCallError

END = StreamEnd(response=ChatResponse(message=AssistantMessage()))
REQUEST = ChatRequest(messages=[UserMessage("hi")])


@pytest.mark.parametrize(
    "events", ["ab", ["a"], None, [TextDelta("a"), StreamEnd(response=ChatResponse(message=AssistantMessage()))]]
)
def test_a_broken_stream_has_no_end(events: list[StreamEvent]) -> None:
    refused = pytest.raises(ValueError, match=r"\Aevents")

    with refused:
        BrokenStream(events)


def test_a_broken_stream_ends_with_a_chat_error() -> None:
    other_error = ValueError("x")

    with pytest.raises(ValueError, match=r"\Aerror: expected ChatError, got ValueError\Z"):
        BrokenStream([], error=other_error)  # type: ignore[arg-type]  # -- a caller without mypy


@pytest.mark.parametrize(("size", "deltas"), [(1, ["h", "e", "l", "l", "o"]), (2, ["he", "ll", "o"]), (5, ["hello"])])
def test_a_stream_splits_the_text_into_deltas_of_the_given_size(size: int, deltas: list[str]) -> None:
    chat = InMemoryChat(["hello"], chunk_size=size)

    seen = list(chat.stream(REQUEST))

    assert [*map(TextDelta, deltas), StreamEnd(response=ChatResponse(message=AssistantMessage("hello")))] == seen


def test_a_delta_has_eight_characters_by_default() -> None:
    chat = InMemoryChat(["123456789"])

    seen = list(chat.stream(REQUEST))[:-1]

    assert [TextDelta("12345678"), TextDelta("9")] == seen


def test_a_delta_has_at_least_one_character() -> None:
    script: list[ScriptItem] = ["hi"]

    with pytest.raises(ValueError, match=r"\Achunk_size: must be at least 1, got 0\Z"):
        InMemoryChat(script, chunk_size=0)


@pytest.mark.parametrize("script", ["hello", b"hello"])
def test_a_single_str_is_refused_as_a_script(script: str) -> None:
    refused = pytest.raises(TypeError, match="got one str")

    with refused:
        InMemoryChat(script)


def test_an_exhausted_script_passes_the_assertion() -> None:
    chat = InMemoryChat(["a"])
    chat.complete(REQUEST)

    result = chat.assert_exhausted()  # type: ignore[func-returns-value]  # -- None is asserted

    assert None is result


def test_unused_answers_are_counted() -> None:
    chat = InMemoryChat(["a", "b", "c"])
    chat.complete(REQUEST)

    with pytest.raises(
        AssertionError, match=r"\A2 of 3 answers were not used, the first is 'b'; the last request:\n   user: hi\Z"
    ):
        chat.assert_exhausted()


def test_a_function_is_never_exhausted() -> None:
    chat = InMemoryChat.echo()

    with chat:
        chat.assert_exhausted()

    assert () == chat.requests


def test_an_unexpected_call_that_the_agent_caught_is_raised_again() -> None:
    chat = InMemoryChat([])
    swallowed = _unexpected(chat)

    with pytest.raises(UnexpectedCallError) as caught:
        chat.assert_exhausted()

    assert swallowed is caught.value


def test_leaving_with_asserts_exhaustion() -> None:
    chat = InMemoryChat(["not used"])

    with pytest.raises(AssertionError, match="1 of 1"), chat:
        pass

    assert () == chat.requests


def test_leaving_async_with_asserts_exhaustion() -> None:
    async def act() -> None:
        async with InMemoryChat(["not used"]):
            pass

    with pytest.raises(AssertionError, match="1 of 1"):
        asyncio.run(act())


def test_leaving_with_another_exception_raises_that_one() -> None:
    chat = InMemoryChat(["not used"])

    with pytest.raises(KeyError), chat:
        raise KeyError

    assert () == chat.requests


def test_leaving_async_with_another_exception_raises_that_one() -> None:
    async def act() -> None:
        async with InMemoryChat(["not used"]):
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(act())


def test_closing_has_no_effect() -> None:
    chat: ManagedChatPort = InMemoryChat(["a"])

    chat.close()
    asyncio.run(chat.aclose())

    assert "a" == chat.complete(REQUEST).text


def test_the_script_is_copied_and_the_requests_cannot_be_changed() -> None:
    script: list[ScriptItem] = ["a"]
    chat = InMemoryChat(script)

    script[0] = "b"

    assert "a" == chat.complete(REQUEST).text
    assert isinstance(chat.requests, tuple)


def test_threads_may_share_it_and_each_answer_is_used_once() -> None:
    chat = InMemoryChat([str(number) for number in range(200)])

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: chat.complete(REQUEST).text, range(200)))

    assert {str(number) for number in range(200)} == set(seen)
    assert 200 == len(chat.requests)


def test_tasks_may_share_it_and_their_events_alternate() -> None:
    chat = InMemoryChat(["aaaa", "bbbb"], chunk_size=1)
    seen: list[str] = []

    async def read() -> None:
        async for event in chat.astream(REQUEST):
            seen.extend([event.text] if isinstance(event, TextDelta) else [])

    async def act() -> None:
        await asyncio.gather(read(), read())

    asyncio.run(act())

    assert list("abababab") == seen


def _unexpected(chat: InMemoryChat) -> UnexpectedCallError:
    with pytest.raises(UnexpectedCallError) as caught:
        chat.complete(REQUEST)
    return caught.value
