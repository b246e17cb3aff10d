"""KeyboardInterrupt at each line that a sync call runs in a stack of wrappers."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from opentelemetry.sdk.trace import TracerProvider

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatStream,
    EventStream,
    StreamEvent,
    UserMessage,
)
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Plays, ProbeChat
from llm_core.testing.clauses.modes import Mode, call_in_mode
from llm_core.wrappers import (
    Budget,
    Cached,
    Fallback,
    Hedged,
    Limited,
    Limiter,
    Logged,
    MemoryStore,
    Recorded,
    Retrying,
    Steps,
    Traced,
    Wrapper,
    forward,
)
from llm_core.wrappers.exchange import Exchange
from tests.soak.interrupts import Interrupts
from tests.soak.stack import OpenSpans

REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=0.5))
_TRACED = ("llm_core/wrappers/", "llm_core/ports/streams.py")


@pytest.fixture(autouse=True)
def _quick_collections() -> None:
    """Let the hundreds of collections of a test go over what it makes alone."""
    gc.collect()
    gc.freeze()


def _stack(limiter: Limiter, tape: Path) -> ChatPort:
    chat = Limited(Recorded(InMemoryChat.echo(), tape, mode="record"), limiter)
    stack = Budget(Fallback([Retrying(chat, attempts=1)], cooldown=0), tokens=1_000)
    return Logged(Cached(stack, MemoryStore(), namespace="n"))


@pytest.mark.parametrize("step", [97, pytest.param(3, marks=pytest.mark.slow)])  # of about 1,300 lines
@pytest.mark.parametrize("mode", ["complete", "stream", "left"])
def test_after_an_interrupt_at_any_line_an_equal_request_is_answered_and_no_turn_is_left(
    mode: Mode | Literal["left"], step: int, tmp_path: Path
) -> None:
    problems: list[str] = []
    for interrupts in _at_each_line(lambda: _call(_stack(Limiter(concurrent=1), tmp_path / "0"), mode), step):
        limiter = Limiter(concurrent=1)
        stack = _stack(limiter, tmp_path / f"{interrupts.at}")
        problem = _interrupted(partial(_call, stack, mode), interrupts)
        if limiter.in_progress or limiter.waiting:
            gc.collect()  # an error that was interrupted between two lines may keep its frames
        problem = problem or _next(stack, mode) or ("a turn is left" if limiter.in_progress else None)
        problems += [f"{problem}: {interrupts.raised_in}"] if problem else []

    assert [] == problems


@pytest.mark.parametrize("step", [31, pytest.param(5, marks=pytest.mark.slow)])  # of some hundred lines
@pytest.mark.parametrize("mode", ["complete", "stream", "left"])
def test_after_an_interrupt_at_any_line_no_equal_request_is_in_progress(
    mode: Mode | Literal["left"], step: int
) -> None:
    problems: list[str] = []
    for interrupts in _at_each_line(lambda: _call(_cached(), mode), step):
        cached = _cached()
        _interrupted(partial(_call, cached, mode), interrupts)
        gc.collect()  # an error that was interrupted between two lines may keep its frames
        problems += [f"a flight is left: {interrupts.raised_in}"] if len(cached._flights) else []

    assert [] == problems


def _cached() -> Cached:
    return Cached(InMemoryChat.echo(), MemoryStore(), namespace="n")


@pytest.mark.parametrize("step", [43, pytest.param(3, marks=pytest.mark.slow)])  # of some hundred lines
@pytest.mark.parametrize("mode", ["complete", "stream", "left"])
def test_after_an_interrupt_at_any_line_no_span_is_open(mode: Mode | Literal["left"], step: int) -> None:
    spans, provider = OpenSpans(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(spans)
    chat = Traced(ProbeChat(_ANSWER), tracer_provider=provider, content=True)
    problems: list[str] = []
    for interrupts in _at_each_line(partial(_call, chat, mode), step):
        _interrupted(partial(_call, chat, mode), interrupts)
        gc.collect()
        problems += [f"a span is open: {interrupts.raised_in}"] if spans.open else []
        spans.open.clear()

    assert [] == problems


@pytest.mark.parametrize("step", [23, pytest.param(7, marks=pytest.mark.slow)])  # of some hundred lines
@pytest.mark.parametrize("mode", ["complete", "stream", "left"])
def test_after_an_interrupt_at_any_line_no_runner_of_a_hedge_goes_on(mode: Mode | Literal["left"], step: int) -> None:
    problems: list[str] = []
    others = set(threading.enumerate())

    def probes() -> list[ProbeChat]:
        return [ProbeChat(Plays(response=_ANSWER, waits=True, after=0)), ProbeChat(_ANSWER)]

    for interrupts in _at_each_line(lambda: _call(Hedged(probes(), after=0.005), mode), step):
        chats = probes()
        hedged = Hedged(chats, after=0.005)
        problem = _interrupted(partial(_call, hedged, mode), interrupts)
        problem = problem or _still_running(chats, others) or _still_known(hedged)
        problems += [f"{problem}: {interrupts.raised_in}"] if problem else []
        if len(problems) > 5:
            break

    assert [] == problems


@pytest.mark.parametrize(("interrupts", "is_idle"), [(1, True), (9, False)])
def test_a_stream_whose_close_was_interrupted_is_closed_once_more(*, interrupts: int, is_idle: bool) -> None:
    left = [interrupts]

    class Closing(EventStream):
        def close(self) -> None:
            if left[0]:
                left[0] -= 1
                raise KeyboardInterrupt
            super().close()

    class Chat(ProbeChat):
        def stream(self, request: ChatRequest, /) -> ChatStream:
            stream = Closing(events := _events(super().stream(request)))
            kept.append(events)
            return stream

    kept: list[Iterator[StreamEvent]] = []  # so that they are not closed as garbage
    chat = Chat(_ANSWER)

    with pytest.raises(KeyboardInterrupt), Fallback([chat]).stream(REQUEST) as stream:
        next(stream)

    assert (is_idle, max(interrupts - 2, 0)) == (chat.is_idle, left[0])


def _events(stream: ChatStream) -> Generator[StreamEvent, None, None]:
    with stream:
        yield from stream


def test_an_interrupt_while_the_steps_end_reaches_the_reader_who_left_early() -> None:
    class Ending(Wrapper):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            try:
                return (yield from forward(self.chats[0], request))
            finally:
                raise KeyboardInterrupt

    chat = ProbeChat(_ANSWER)

    with pytest.raises(KeyboardInterrupt), Ending(chat).stream(REQUEST) as stream:
        next(stream)

    assert chat.is_idle


_ANSWER = ChatResponse(message=AssistantMessage("hello, world"))


def _call(chat: ChatPort, mode: Mode | Literal["left"]) -> None:
    if mode == "left":
        with chat.stream(REQUEST) as stream:
            next(stream)
    else:
        call_in_mode(chat, REQUEST, mode)


def _at_each_line(call: Callable[[], object], step: int) -> Iterator[Interrupts]:
    counting = Interrupts(-1, _TRACED)
    with counting.tracing():
        call()
    assert counting.count > 100
    return (Interrupts(at, _TRACED) for at in range(step // 2 + 1, counting.count + 1, step))


def _still_running(chats: Sequence[ProbeChat], others: set[threading.Thread]) -> str | None:
    """Return what is still running in half a second: a call beneath, a thread that is none of *others*.

    It is ended then, so that it is no problem of the next call.
    """
    deadline = time.monotonic() + 0.5
    while True:
        gc.collect()
        threads = [one for one in threading.enumerate() if one not in others]
        if not threads and all(chat.is_idle for chat in chats):
            return None
        if time.monotonic() > deadline:
            for thread in threads:
                thread.cancel() if isinstance(thread, threading.Timer) else None
                thread.join(1)
            return f"{threads} and {[call.verb for chat in chats for call in chat.calls if call.is_open]} go on"
        time.sleep(0.002)


def _still_known(chat: Hedged) -> str | None:
    gc.collect()
    exchanges = [one for one in gc.get_referrers(chat._closings) if isinstance(one, Exchange)]
    return f"{len(exchanges)} exchanges are alive" if exchanges else None


def _interrupted(call: Callable[[], object], interrupts: Interrupts) -> str | None:
    try:
        with interrupts.tracing():
            call()
    except KeyboardInterrupt:
        return None
    return None if interrupts.raised_in is None else "the interrupt was lost"


def _next(stack: ChatPort, mode: Mode | Literal["left"]) -> str | None:
    try:
        text = call_in_mode(stack, REQUEST, "stream" if mode == "left" else mode).text
    except Exception as error:  # noqa: BLE001 -- reported with its line
        text = repr(error)
    return None if text == "hi" else f"the next call, {text}"
