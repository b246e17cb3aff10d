"""KeyboardInterrupt at each line that a sync call runs in a stack of wrappers."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from llm_core import ChatPort, ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing.clauses.modes import Mode, call_in_mode
from llm_core.wrappers import Budget, Cached, Fallback, Limited, Limiter, Logged, MemoryStore, Recorded, Retrying
from tests.soak.interrupts import Interrupts

REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=0.5))
_TRACED = ("llm_core/wrappers/", "llm_core/ports/streams.py")


def _stack(limiter: Limiter, tape: Path) -> ChatPort:
    chat = Limited(Recorded(InMemoryChat.echo(), tape, mode="record"), limiter)
    stack = Budget(Fallback([Retrying(chat, attempts=1)], cooldown=0), tokens=1_000)
    return Logged(Cached(stack, MemoryStore(), namespace="n"))


@pytest.mark.parametrize("step", [97, pytest.param(3, marks=pytest.mark.slow)])  # of about 1,300 lines
@pytest.mark.parametrize("mode", ["complete", "stream"])
def test_after_an_interrupt_at_any_line_an_equal_request_is_answered_and_no_turn_is_left(
    mode: Mode, step: int, tmp_path: Path
) -> None:
    problems: list[str] = []
    counting = Interrupts(-1, _TRACED)
    with counting.tracing():
        call_in_mode(_stack(Limiter(concurrent=1), tmp_path / "0"), REQUEST, mode)
    for at in range(step // 2 + 1, counting.count + 1, step):
        limiter, interrupts = Limiter(concurrent=1), Interrupts(at, _TRACED)
        stack = _stack(limiter, tmp_path / f"{at}")
        problem = _interrupted(partial(call_in_mode, stack, REQUEST, mode), interrupts)
        if limiter.in_progress or limiter.waiting:
            gc.collect()  # an error that was interrupted between two lines may keep its frames
        problem = problem or _next(stack, mode) or ("a turn is left" if limiter.in_progress else None)
        problems += [f"{problem}: {interrupts.raised_in}"] if problem else []

    assert counting.count > 300
    assert [] == problems


def _interrupted(call: Callable[[], object], interrupts: Interrupts) -> str | None:
    try:
        with interrupts.tracing():
            call()
    except KeyboardInterrupt:
        return None
    return None if interrupts.raised_in is None else "the interrupt was lost"


def _next(stack: ChatPort, mode: Mode) -> str | None:
    try:
        text = call_in_mode(stack, REQUEST, mode).text
    except Exception as error:  # noqa: BLE001 -- reported with its line
        text = repr(error)
    return None if text == "hi" else f"the next call, {text}"
