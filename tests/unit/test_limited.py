"""`Limited` and its `Limiter`: who waits, for how long, and what is left when a call ends in any way."""

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatTimeoutError,
    ImagePart,
    RateLimitError,
    ReasoningPart,
    ServerError,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import Delayed, InMemoryChat
from llm_core.testing import Plays, ProbeChat
from llm_core.wrappers import Limited, Limiter
from llm_core.wrappers.limited import estimated_tokens

from .fake_clock import FakeClock
from .verbs import REQUEST, Verb, complete, in_every_verb

WITH_TIMEOUT = ChatRequest(messages=REQUEST.messages, settings=ChatSettings(timeout=30))
ANSWER = ChatResponse(message=AssistantMessage("hello, world"), usage=Usage(input_tokens=40, output_tokens=20))
WAITS = Plays(response=ANSWER, waits=True, after=1)


@in_every_verb
def test_without_a_wait_the_request_is_unchanged(call: Verb) -> None:
    chat = InMemoryChat(["hi"])

    call(Limited(chat, Limiter(concurrent=1, requests_per_minute=1, tokens_per_minute=100)))

    assert chat.requests[0] is REQUEST


def test_no_minute_has_more_requests_than_the_limit() -> None:
    clock = FakeClock()
    begun: list[float] = []

    def answer(_: ChatRequest) -> str:
        begun.append(clock.now())
        return "hi"

    chat = Limited(InMemoryChat(answer), Limiter(requests_per_minute=3, clock=clock), clock=clock)

    for _ in range(7):
        complete(chat)
        clock.time += 1

    assert [0, 1, 2, 60, 61, 62, 120] == begun


@in_every_verb
def test_a_wait_counts_in_the_timeout(call: Verb) -> None:
    clock = FakeClock()
    inner = InMemoryChat(lambda _: "hi")
    chat = Limited(inner, Limiter(requests_per_minute=1, clock=clock), clock=clock)
    call(chat)
    clock.time += 50

    chat.complete(WITH_TIMEOUT)

    assert 20 == inner.requests[-1].settings.timeout
    assert ChatSettings(timeout=30) == WITH_TIMEOUT.settings


@in_every_verb
def test_a_wait_that_cannot_end_in_time_fails_at_once(call: Verb) -> None:
    clock = FakeClock()
    chat = Limited(InMemoryChat(lambda _: "hi"), limiter := Limiter(requests_per_minute=1, clock=clock), clock=clock)
    call(chat)
    clock.time += 10

    with pytest.raises(RateLimitError) as caught:
        chat.complete(WITH_TIMEOUT)

    assert (50, [], 0) == (caught.value.retry_after, clock.waits, limiter.waiting)


def test_the_wait_of_those_ahead_counts_too() -> None:
    limiter = Limiter(requests_per_minute=2, clock=FakeClock())
    turns = [limiter.enter(0) for _ in range(7)]

    assert [0, 0, 60, 60, 120, 120, 180] == [limiter.wait_of(turn) for turn in turns]


def test_tokens_are_estimated_before_and_settled_by_usage() -> None:
    clock = FakeClock()
    answers = [ANSWER, ChatResponse(message=AssistantMessage("hi"))]
    chat = Limited(InMemoryChat([*answers, "hi"]), Limiter(tokens_per_minute=70, clock=clock), clock=clock)
    request = ChatRequest(messages=[UserMessage("x" * 40)])  # about 10 tokens

    chat.complete(request)  # it costs 60
    chat.complete(request)  # 10 more, and no usage is reported
    chat.complete(request)

    assert [60] == clock.waits


def test_a_request_beyond_the_tokens_of_a_minute_waits_for_a_free_minute() -> None:
    limiter = Limiter(tokens_per_minute=100, clock=FakeClock())

    assert [0, 60, 120] == [limiter.wait_of(turn) for turn in [limiter.enter(tokens) for tokens in (10, 500, 1)]]


def test_the_estimate_covers_every_text_of_the_request() -> None:
    messages = [
        SystemMessage("aaaa"),
        UserMessage([TextPart("bbbb"), ImagePart(url="https://example.org/x.png")]),
        AssistantMessage(
            "cccc",
            reasoning=[ReasoningPart("dddd")],
            tool_calls=[ToolCall(id="1", name="t", arguments={}, arguments_text="{  }")],
        ),
        ToolMessage("eeee", tool_call_id="1"),
    ]
    tool = Tool(name="ffff", description="gggg", parameters={})

    assert 7 <= estimated_tokens(ChatRequest(messages=messages, tools=[tool])) <= 9


@in_every_verb
def test_a_turn_ends_with_the_call(call: Verb) -> None:
    limiter = Limiter(concurrent=1)
    chat = Limited(InMemoryChat(["hi", ServerError(), "hi"]), limiter)

    call(chat)
    with pytest.raises(ServerError):
        call(chat)
    call(chat)

    assert (0, 0) == (limiter.in_progress, limiter.waiting)


def test_calls_in_threads_take_turns_in_their_order() -> None:
    limiter = Limiter(concurrent=1)
    inner = ProbeChat(WAITS, ANSWER)
    chat = Limited(inner, limiter)
    events = chat.stream(REQUEST)
    next(events)
    order: list[int] = []

    def call(number: int) -> None:
        chat.complete(REQUEST)
        order.append(number)

    threads = [threading.Thread(target=call, args=[number]) for number in range(4)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        _until(lambda number=number: limiter.waiting == number)  # type: ignore[misc]  # mypy cannot infer the lambda
    assert (1, 1) == (limiter.in_progress, len(inner.calls))
    events.close()
    for thread in threads:
        thread.join()

    assert [0, 1, 2, 3] == order
    assert (0, 0) == (limiter.in_progress, limiter.waiting)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.001)


def test_threads_and_loops_share_a_limiter() -> None:
    limiter = Limiter(concurrent=2)
    peak: list[int] = []

    def answer(_: ChatRequest) -> Delayed:
        peak.append(limiter.in_progress)
        return Delayed("hi", 0.002)

    chat = Limited(InMemoryChat(answer), limiter)

    async def calls() -> None:
        await asyncio.gather(*(chat.acomplete(REQUEST) for _ in range(10)))

    threads = [threading.Thread(target=lambda: asyncio.run(calls())) for _ in range(3)]
    threads += [threading.Thread(target=chat.complete, args=[REQUEST]) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (40, 2, 0, 0) == (len(peak), max(peak), limiter.in_progress, limiter.waiting)


def test_a_cancelled_wait_leaves_the_queue() -> None:
    limiter = Limiter(concurrent=1)
    chat = Limited(InMemoryChat(lambda _: Delayed("hi", 0.05)), limiter)

    async def run() -> int:
        first, second, third = (asyncio.create_task(chat.acomplete(REQUEST)) for _ in range(3))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.wait([second])
        waiting = limiter.waiting
        await asyncio.gather(first, third)
        return waiting

    assert 1 == asyncio.run(run())
    assert (0, 0) == (limiter.in_progress, limiter.waiting)


def test_a_wait_for_the_end_of_calls_ends_with_the_timeout() -> None:
    clock = FakeClock()
    limiter = Limiter(concurrent=1, clock=clock)
    chat = Limited(ProbeChat(WAITS, ANSWER), limiter, clock=clock)
    with chat.stream(REQUEST) as events:
        next(events)

        with pytest.raises(ChatTimeoutError):
            chat.complete(WITH_TIMEOUT)

    assert ([30], 0, 0) == (clock.waits, limiter.in_progress, limiter.waiting)


def test_the_turn_of_a_stream_that_is_dropped_is_free_again() -> None:
    limiter = Limiter(concurrent=1)
    chat = Limited(InMemoryChat(lambda _: "hello, world"), limiter)

    next(chat.stream(REQUEST))
    gc.collect()

    assert 0 == limiter.in_progress
    assert "hello, world" == complete(chat).text


def test_a_turn_that_is_collected_makes_room_for_the_next() -> None:
    limiter = Limiter(concurrent=1)
    first, second = limiter.enter(0), limiter.enter(0)
    assert (0, None) == (limiter.wait_of(first), limiter.wait_of(second))

    del first
    gc.collect()

    assert (True, 0) == (second.signal.is_set, limiter.wait_of(second))


def test_a_task_whose_loop_has_ended_keeps_no_turn() -> None:
    limiter = Limiter(concurrent=1)

    async def enter() -> list[object]:
        return [limiter.enter(0), limiter.enter(0)]

    turns = asyncio.run(enter())

    assert (2, 0, 0) == (len(turns), limiter.in_progress, limiter.waiting)
    assert 0 == limiter.wait_of(limiter.enter(0))


def test_the_next_in_the_queue_is_woken_when_the_one_before_leaves() -> None:
    limiter = Limiter(requests_per_minute=1, clock=FakeClock())
    _, head, second = (limiter.enter(0) for _ in range(3))
    assert (60, 120) == (limiter.wait_of(head), limiter.wait_of(second))

    head.leave()

    assert (True, 60) == (second.signal.is_set, limiter.wait_of(second))


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="concurrent: must be at least 1, got 0"):
        Limiter(concurrent=0)
    with pytest.raises(ValueError, match="requests_per_minute: must be at least 1, got -1"):
        Limiter(requests_per_minute=-1)
    with pytest.raises(ValueError, match="tokens_per_minute: must be at least 1, got 0"):
        Limiter(tokens_per_minute=0)


def test_a_turn_that_was_never_given_has_nothing_to_settle() -> None:
    limiter = Limiter(concurrent=1, tokens_per_minute=10)
    _first, second = limiter.enter(1), limiter.enter(1)

    second.settle(1_000)

    assert second.sent is None


def test_a_program_without_asyncio_is_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "asyncio")

    assert "hi" == complete(Limited(InMemoryChat(["hi"]), Limiter(concurrent=1))).text
