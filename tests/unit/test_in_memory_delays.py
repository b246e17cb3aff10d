import asyncio
import time
from collections.abc import Callable

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatTimeoutError,
    RateLimitError,
    StreamInterruptedError,
    TextDelta,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, Delayed, InMemoryChat

from .fake_clock import FakeClock

REQUEST = ChatRequest(messages=[UserMessage("hi")])
LONG = 30.0  # seconds; a test that waited for them would be stopped
PROMPT = 1.0  # seconds that a test may take on a busy machine
Method = Callable[[ChatPort, ChatRequest], ChatResponse]


def _complete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return chat.complete(request)


def _stream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return chat.stream(request).until_done()


def _acomplete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return asyncio.run(chat.acomplete(request))


def _astream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return asyncio.run(chat.astream(request).until_done())


EVERY_METHOD = pytest.mark.parametrize("call", [_complete, _stream, _acomplete, _astream])
COMPLETE = pytest.mark.parametrize("call", [_complete, _acomplete])
STREAM = pytest.mark.parametrize("call", [_stream, _astream])


@EVERY_METHOD
@pytest.mark.parametrize(
    ("item", "waits"),
    [
        (Delayed("hello", 2), [2]),
        (Delayed("hello", 2, between=0.5), [2, 0.5, 0.5]),
        (Delayed("hello", 0, between=0.5), [0.5, 0.5]),
        (Delayed("hello", 0), []),
        (Delayed(AssistantMessage("hello"), 2), [2]),
        (Delayed(ChatResponse(message=AssistantMessage("hello")), 2), [2]),
    ],
)
def test_an_answer_comes_after_its_delays(call: Method, item: Delayed, waits: list[float]) -> None:
    clock = FakeClock()
    chat = InMemoryChat([item], chunk_size=3, clock=clock)

    seen = call(chat, REQUEST)

    assert "hello" == seen.text
    assert waits == clock.waits


@EVERY_METHOD
def test_only_the_delayed_items_of_a_script_wait(call: Method) -> None:
    clock = FakeClock()
    chat = InMemoryChat(["first", Delayed("second", 2), "third"], clock=clock)

    seen = [call(chat, REQUEST).text for _ in range(3)]

    assert ["first", "second", "third"] == seen
    assert [2] == clock.waits


@EVERY_METHOD
@pytest.mark.parametrize(
    ("answer", "error_class", "waits"),
    [
        (RateLimitError(), RateLimitError, [2]),
        (BrokenStream([]), StreamInterruptedError, [2]),
        (BrokenStream([TextDelta("a"), TextDelta("b")]), StreamInterruptedError, [2, 0.5, 0.5]),
    ],
)
def test_an_error_comes_after_its_delays(
    call: Method, answer: ChatError | BrokenStream, error_class: type[ChatError], waits: list[float]
) -> None:
    clock = FakeClock()
    chat = InMemoryChat([Delayed(answer, 2, between=0.5)], clock=clock)

    with pytest.raises(error_class):
        call(chat, REQUEST)

    assert waits == clock.waits


def test_the_delay_between_events_comes_after_the_event_that_was_read() -> None:
    clock = FakeClock()
    stream = InMemoryChat([Delayed("ab", 2, between=0.5)], chunk_size=1, clock=clock).stream(REQUEST)

    seen = [(next(stream), list(clock.waits)) for _ in range(2)]

    assert [(TextDelta("a"), [2]), (TextDelta("b"), [2, 0.5])] == seen


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (lambda: Delayed("x", -1), "seconds: must not be negative, got -1"),
        (lambda: Delayed("x", 1, between=-0.5), "between: must not be negative, got -0.5"),
        (lambda: Delayed("x", float("inf")), "seconds: must be finite"),
        (
            lambda: Delayed(Delayed("x", 1), 1),  # type: ignore[arg-type]  # -- a caller without mypy
            "item: expected str, AssistantMessage, ChatResponse, ChatError or BrokenStream, got Delayed",
        ),
    ],
)
def test_a_delay_is_checked(build: Callable[[], Delayed], problem: str) -> None:
    with pytest.raises(ValueError, match=rf"\A{problem}\Z"):
        build()


def test_a_delay_is_frozen() -> None:
    item = Delayed("x", 1)

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        item.seconds = 2  # type: ignore[misc]  # -- the assignment is refused


@EVERY_METHOD
def test_a_delay_beyond_the_timeout_is_a_timeout_at_that_time(call: Method) -> None:
    clock = FakeClock()
    chat = InMemoryChat([Delayed("hello", 10), "next"], clock=clock)

    with pytest.raises(ChatTimeoutError) as caught:
        call(chat, _with_timeout(3))

    assert None is caught.value.partial
    assert [3] == clock.waits
    assert "next" == call(chat, REQUEST).text


@EVERY_METHOD
def test_a_delay_as_long_as_the_timeout_is_in_time(call: Method) -> None:
    chat = InMemoryChat([Delayed("hello", 3)], clock=FakeClock())

    seen = call(chat, _with_timeout(3))

    assert "hello" == seen.text


@EVERY_METHOD
def test_a_request_without_a_timeout_has_120_seconds(call: Method) -> None:
    clock = FakeClock()
    chat = InMemoryChat([Delayed("hello", 121)], clock=clock)

    with pytest.raises(ChatTimeoutError):
        call(chat, REQUEST)

    assert [120] == clock.waits


@COMPLETE
def test_the_timeout_of_complete_is_for_the_sum_of_the_delays(call: Method) -> None:
    clock = FakeClock()
    chat = InMemoryChat([Delayed("abc", 2, between=2)], chunk_size=1, clock=clock)

    with pytest.raises(ChatTimeoutError) as caught:
        call(chat, _with_timeout(5))

    assert AssistantMessage("ab") == caught.value.partial
    assert [2, 2, 1] == clock.waits


@COMPLETE
def test_no_time_is_waited_for_once_the_timeout_has_passed(call: Method) -> None:
    clock = FakeClock()
    chat = InMemoryChat([Delayed("abc", 5, between=2)], chunk_size=1, clock=clock)

    with pytest.raises(ChatTimeoutError):
        call(chat, _with_timeout(5))

    assert [5] == clock.waits


@STREAM
def test_the_timeout_of_a_stream_is_for_each_event(call: Method) -> None:
    clock = FakeClock()
    chat = InMemoryChat([Delayed("abc", 2, between=2)], chunk_size=1, clock=clock)

    seen = call(chat, _with_timeout(3))

    assert "abc" == seen.text
    assert [2, 2, 2, 2] == clock.waits


@STREAM
def test_a_timeout_between_events_has_the_message_so_far(call: Method) -> None:
    clock = FakeClock()
    chat = InMemoryChat([Delayed("abc", 1, between=9)], chunk_size=2, clock=clock)

    with pytest.raises(ChatTimeoutError) as caught:
        call(chat, _with_timeout(3))

    assert AssistantMessage("ab") == caught.value.partial
    assert [1, 3] == clock.waits


@EVERY_METHOD
def test_the_default_clock_waits_in_real_time(call: Method) -> None:
    chat = InMemoryChat([Delayed("hello", 0.02, between=0.01)])
    started = time.monotonic()

    seen = call(chat, REQUEST)

    assert "hello" == seen.text
    assert 0.025 < time.monotonic() - started


@EVERY_METHOD
def test_a_timeout_comes_in_real_time(call: Method) -> None:
    chat = InMemoryChat([Delayed("hello", LONG)])
    started = time.monotonic()

    with pytest.raises(ChatTimeoutError):
        call(chat, _with_timeout(0.02))

    assert 0.015 < time.monotonic() - started < PROMPT


def _with_timeout(seconds: float) -> ChatRequest:
    return attrs.evolve(REQUEST, settings=ChatSettings(timeout=seconds))
