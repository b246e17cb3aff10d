"""The behaviours of many calls: balancing, failure of a backend or a gateway, cache, early closing, calls at once."""

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count

import attrs

from llm_core.domain.errors import ChatError, ChatTimeoutError
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.testing import Echoes, Fails, Recorder, Replies
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode
from llm_core.wrappers import Retrying

from .observing import Behaviour, Facts, Run, calls_at, facts_of, new_request
from .stack import Stack

_CALLS = 8  # of each behaviour that looks at where calls go
_FREED = 4.0  # seconds until the provider must see that the caller has left
_PATIENCE = 10.0  # seconds that an answer takes which no caller waits for
_LONG = 240.0  # seconds for what must not hang
_SHARED = 2.0  # seconds until the other gateway must know of a cooldown
_USAGE = Usage(input_tokens=15, output_tokens=5, cache_read_tokens=4, reasoning_tokens=3)
_BEFORE_KILLED, _AFTER_KILLED = 10, 20  # calls of each mode


def _one_dead(run: Run) -> Facts:
    run.stack.first.play(Replies())
    chat = Retrying(run.stack.chat(run.model), attempts=10)
    seen = [facts_of(chat, new_request(), run.mode) for _ in range(_CALLS)]
    return {"answered": sum(one["error"] is None for one in seen)}


def _both_dead(run: Run) -> Facts:
    return facts_of(run.stack.chat(run.model), new_request(), run.mode)


def _cooldown(run: Run) -> Facts:
    """Return how many calls go to a provider after its first 429, at the gateway that saw it and at the other one."""
    first, second = run.stack.first, run.stack.second
    first.play(Fails(status=429))
    second.play(Replies())
    here, there = run.stack.chat(run.model), run.stack.chat(run.model, at=1)
    before, tries = calls_at(first), 0
    while calls_at(first) == before and tries < 10 * _CALLS:
        facts_of(here, new_request(), run.mode)
        tries += 1
    reached = calls_at(first)
    time.sleep(_SHARED)
    at_this = [facts_of(here, new_request(), run.mode)["error"] for _ in range(_CALLS)]
    at_other = [facts_of(there, new_request(), run.mode)["error"] for _ in range(_CALLS)]
    return {
        "reached": reached - before,
        "errors at the same gateway": len([error for error in at_this if error]),
        "errors at the other gateway": len([error for error in at_other if error]),
        "calls to the limited provider": calls_at(first) - reached,
    }


def _fallback(run: Run) -> Facts:
    run.stack.second.play(Replies())
    return facts_of(run.stack.chat(run.model), new_request(), run.mode)


def _cached(run: Run) -> Facts:
    """Return what the second gateway answers to a request that the first one has answered before."""
    run.stack.first.play(Replies(text="Once.", usage=_USAGE))
    before, request = calls_at(run.stack.first), new_request()
    facts_of(run.stack.chat(run.model), request, run.mode)
    time.sleep(0.5)  # the gateway writes to its cache after the answer
    seen = facts_of(run.stack.chat(run.model, at=1), request, run.mode)
    return {**seen, "attempts": calls_at(run.stack.first) - before}


def _early_close(run: Run) -> Facts:
    """Return whether the provider's connection is closed soon after the caller has left."""
    provider = run.stack.first
    slow = Replies(text="word " * 100, chunk_size=5, pause=_PATIENCE / 100)
    provider.play(slow if run.mode in STREAMS else Replies(wait=_PATIENCE))
    was_open, accepted = _open_connections(provider.recorder), provider.recorder.accepted
    _leave(run.stack.chat(run.model), run.mode)
    is_new = provider.recorder.accepted - accepted
    return {"freed": provider.recorder.has_open(was_open + is_new - 1, within=_FREED)}


def _open_connections(recorder: Recorder) -> int:
    return next(number for number in count() if recorder.has_open(number, within=0.0))


def _leave(chat: ChatPort, mode: Mode) -> None:
    """Begin a call, and leave it in the way of its mode: timeout, cancellation, or closing after the first event."""
    request = new_request()
    match mode:
        case "complete":
            with suppress(ChatTimeoutError):
                chat.complete(attrs.evolve(request, settings=ChatSettings(timeout=1.0)))
        case "acomplete":
            with suppress(TimeoutError):
                asyncio.run(asyncio.wait_for(chat.acomplete(request), 1.0))
        case "stream":
            with chat.stream(request) as stream:
                next(stream)
        case "astream":
            asyncio.run(_first_event(chat, request))


async def _first_event(chat: ChatPort, request: ChatRequest) -> None:
    async with chat.astream(request) as stream:
        await anext(stream)


def _at_once(run: Run) -> Facts:
    """Return how many calls at once get the answer to their own question."""
    for provider in (run.stack.first, run.stack.second):
        provider.play(Echoes())
    chats = [run.stack.chat(run.model, at=at, timeout=_LONG) for at in range(2)]
    questions = [f"question {number} for {run.model}" for number in range(run.crowd)]
    asked = [(chats[number % 2], question) for number, question in enumerate(questions)]
    if run.mode in ("acomplete", "astream"):
        answers = asyncio.run(_all_answers(asked, run.mode))
    else:
        with ThreadPoolExecutor(run.crowd) as threads:
            answers = list(threads.map(lambda one: _answer(one[0], one[1], run.mode), asked))
    own = sum(question == answer for question, answer in zip(questions, answers, strict=True))
    return {"own answers": "all" if own == run.crowd else f"{own} of {run.crowd}"}


def _answer(chat: ChatPort, question: str, mode: Mode) -> str:
    return str(facts_of(chat, ChatRequest(messages=[UserMessage(question)]), mode).get("text"))


async def _all_answers(asked: Sequence[tuple[ChatPort, str]], mode: Mode) -> list[str]:
    return await asyncio.gather(*(_aanswer(chat, question, mode) for chat, question in asked))


async def _aanswer(chat: ChatPort, question: str, mode: Mode) -> str:
    request = ChatRequest(messages=[UserMessage(question)])
    try:
        if mode == "acomplete":
            return (await chat.acomplete(request)).text
        async with chat.astream(request) as stream:
            return (await stream.until_done()).text
    except ChatError as error:
        return repr(error)


def kill_one(stack: Stack, model: str) -> dict[Mode, Facts]:
    """Return, for each mode, how its calls end while one of two gateways is killed: all modes run at once.

    Calls alternate between the gateways; one that fails with a retryable error goes to the other.
    """
    stack.first.play(Replies(text="A rather long answer.", pause=0.02))
    barrier = threading.Barrier(len(EVERY) + 1)
    with ThreadPoolExecutor(len(EVERY)) as threads:
        running = {mode: threads.submit(_keep_calling, stack, model, mode, barrier) for mode in EVERY}
        barrier.wait(_LONG)
        stack.gateways[1].kill()
        return {mode: one.result() for mode, one in running.items()}


def _keep_calling(stack: Stack, model: str, mode: Mode, barrier: threading.Barrier) -> Facts:
    chats = [stack.chat(model, at=at) for at in range(2)]
    seen = list[Facts]()
    for number in range(_BEFORE_KILLED + _AFTER_KILLED):
        if number == _BEFORE_KILLED:
            barrier.wait(_LONG)
        one = facts_of(chats[number % 2], new_request(), mode)
        seen.append(one)
        if one["error"] is not None and one["retryable"]:
            seen.append(facts_of(chats[(number + 1) % 2], new_request(), mode))
    failed = [one for one in seen if one["error"] is not None]
    return {
        "answered": sum(one["error"] is None for one in seen),
        "some failed": bool(failed),
        "retryable": all(one["retryable"] for one in failed),
    }


FLEETS = (
    Behaviour(
        name="one backend dead",
        promise=f"through `Retrying`, all of {_CALLS} calls are answered",
        observe=_one_dead,
        expected={"answered": _CALLS},
        behind=("first", "dead"),
    ),
    Behaviour(
        name="both backends dead",
        promise="ServerError, retryable",
        observe=_both_dead,
        expected={"error": "ServerError", "retryable": True},
        behind=("dead", "dead"),
    ),
    Behaviour(
        name="cooldown",
        promise="after its first 429 a provider gets no more calls, from neither gateway",
        observe=_cooldown,
        expected={
            "reached": 1,
            "errors at the same gateway": 0,
            "errors at the other gateway": 0,
            "calls to the limited provider": 0,
        },
        behind=("first", "second"),
    ),
    Behaviour(
        name="fallback",
        promise="the other model answers, and is named",
        observe=_fallback,
        expected={"text": "Hello.", "model": "openai/fake-second"},
        behind=("dead",),
        has_fallback=True,
    ),
    Behaviour(
        name="cached answer",
        promise="the other gateway answers from the shared cache, with the same usage",
        observe=_cached,
        expected={"text": "Once.", "usage": (15, 5, 4, 3), "attempts": 1},
    ),
    Behaviour(
        name="early close",
        promise=f"the provider's connection is freed within {_FREED:.0f} s",
        observe=_early_close,
        expected={"freed": True},
    ),
    Behaviour(
        name="many calls at once",
        promise="each gets its own answer",
        observe=_at_once,
        expected={"own answers": "all"},
        behind=("first", "second"),
    ),
)
KILLED = Behaviour(
    name="one gateway killed",
    promise="calls fail with retryable errors alone, and the other gateway answers them",
    observe=lambda run: kill_one(run.stack, run.model)[run.mode],
    expected={"answered": _BEFORE_KILLED + _AFTER_KILLED, "some failed": True, "retryable": True},
)
