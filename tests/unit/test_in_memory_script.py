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
ASK = ChatRequest(messages=[UserMessage("hi")])


@pytest.mark.parametrize(
    "events", ["ab", ["a"], None, [TextDelta("a"), StreamEnd(response=ChatResponse(message=AssistantMessage()))]]
)
def test_a_cut_is_events_without_an_end(events: list[StreamEvent]) -> None:
    refused = pytest.raises(ValueError, match=r"\Aevents")

    with refused:
        BrokenStream(events)


def test_a_cut_breaks_by_an_error_of_ours() -> None:
    foreign = ValueError("x")

    with pytest.raises(ValueError, match=r"\Aerror: expected ChatError, got ValueError\Z"):
        BrokenStream([], error=foreign)  # type: ignore[arg-type]  # -- a caller without mypy


@pytest.mark.parametrize(("size", "pieces"), [(1, ["h", "e", "l", "l", "o"]), (2, ["he", "ll", "o"]), (5, ["hello"])])
def test_a_stream_breaks_the_words_into_pieces_of_the_given_size(size: int, pieces: list[str]) -> None:
    chat = InMemoryChat(["hello"], chunk_size=size)

    seen = list(chat.stream(ASK))

    assert [*map(TextDelta, pieces), StreamEnd(response=ChatResponse(message=AssistantMessage("hello")))] == seen


def test_a_piece_has_eight_characters_by_default() -> None:
    chat = InMemoryChat(["123456789"])

    seen = list(chat.stream(ASK))[:-1]

    assert [TextDelta("12345678"), TextDelta("9")] == seen


def test_a_piece_has_at_least_one_character() -> None:
    script: list[ScriptItem] = ["hi"]

    with pytest.raises(ValueError, match=r"\Achunk_size: must be at least 1, got 0\Z"):
        InMemoryChat(script, chunk_size=0)


@pytest.mark.parametrize("script", ["hello", b"hello"])
def test_a_bare_str_is_no_script(script: str) -> None:
    refused = pytest.raises(TypeError, match="not one str")

    with refused:
        InMemoryChat(script)


def test_an_exhausted_script_says_nothing() -> None:
    chat = InMemoryChat(["a"])
    chat.complete(ASK)

    said = chat.assert_exhausted()  # type: ignore[func-returns-value]  # -- None is what is promised

    assert None is said


def test_answers_that_were_never_asked_for_are_counted() -> None:
    chat = InMemoryChat(["a", "b", "c"])
    chat.complete(ASK)

    with pytest.raises(AssertionError, match=r"\A2 of 3 answers were never asked for\Z"):
        chat.assert_exhausted()


def test_a_function_is_never_exhausted() -> None:
    chat = InMemoryChat.echo()

    with chat:
        chat.assert_exhausted()

    assert () == chat.requests


def test_an_unexpected_call_that_the_agent_swallowed_is_raised_again() -> None:
    chat = InMemoryChat([])
    swallowed = _unexpected(chat)

    with pytest.raises(UnexpectedCallError) as caught:
        chat.assert_exhausted()

    assert swallowed is caught.value


def test_leaving_with_asserts_exhaustion() -> None:
    chat = InMemoryChat(["never asked for"])

    with pytest.raises(AssertionError, match="1 of 1"), chat:
        pass

    assert () == chat.requests


def test_leaving_async_with_asserts_exhaustion() -> None:
    async def act() -> None:
        async with InMemoryChat(["never asked for"]):
            pass

    with pytest.raises(AssertionError, match="1 of 1"):
        asyncio.run(act())


def test_leaving_by_something_else_lets_that_through() -> None:
    chat = InMemoryChat(["never asked for"])

    with pytest.raises(KeyError), chat:
        raise KeyError

    assert () == chat.requests


def test_leaving_async_with_by_something_else_lets_that_through() -> None:
    async def act() -> None:
        async with InMemoryChat(["never asked for"]):
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(act())


def test_closing_it_changes_nothing() -> None:
    chat: ManagedChatPort = InMemoryChat(["a"])

    chat.close()
    asyncio.run(chat.aclose())

    assert "a" == chat.complete(ASK).text


def test_the_script_is_copied_and_the_requests_cannot_be_changed() -> None:
    script: list[ScriptItem] = ["a"]
    chat = InMemoryChat(script)

    script[0] = "b"

    assert "a" == chat.complete(ASK).text
    assert isinstance(chat.requests, tuple)


def test_threads_share_it_and_each_answer_is_given_once() -> None:
    chat = InMemoryChat([str(number) for number in range(200)])

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: chat.complete(ASK).text, range(200)))

    assert {str(number) for number in range(200)} == set(seen)
    assert 200 == len(chat.requests)


def test_tasks_share_it_and_their_events_take_turns() -> None:
    chat = InMemoryChat(["aaaa", "bbbb"], chunk_size=1)
    seen: list[str] = []

    async def read() -> None:
        async for event in chat.astream(ASK):
            seen.extend([event.text] if isinstance(event, TextDelta) else [])

    async def act() -> None:
        await asyncio.gather(read(), read())

    asyncio.run(act())

    assert list("abababab") == seen


def _unexpected(chat: InMemoryChat) -> UnexpectedCallError:
    with pytest.raises(UnexpectedCallError) as caught:
        chat.complete(ASK)
    return caught.value
