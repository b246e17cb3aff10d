"""Clauses about concurrent calls: they do not mix, in threads, tasks or event loops."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from functools import partial
from typing import TypeVar

import pytest

from llm_core.domain.events import StreamEvent
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import response_from_events
from llm_core.ports.chat import ChatPort
from llm_core.testing.guards.runtime_probes import MAX_LEFT_OVER, wait_for_few_tasks, wait_for_few_threads
from llm_core.testing.scenarios import Echoes

from .author_api import ContractAuthorApi
from .clause import clause
from .field_comparison import require_same
from .modes import EVERY, STREAMS, Mode, call_in_mode

Result = TypeVar("Result")

QUESTIONS = [f"question number {number}" for number in range(16)]
ECHOED_TWICE = [(question, question) for question in QUESTIONS]  # in the events, and in `response`
ANSWERS = "the answers"
IN_TURNS = 3  # open streams


class ConcurrencyClauses(ContractAuthorApi):
    """Who may share an adapter."""

    @clause("share.tasks")
    def test_tasks_share_an_adapter(self) -> None:
        """Each of many concurrent tasks gets its own answer, in its events and in its `response`.

        State of one call that is kept on the adapter, or on a client that all calls share. A thread lock that is held
        across an `await` blocks all tasks.
        """
        chat = self.make_chat(Echoes())

        require_same(ANSWERS, QUESTIONS, self.in_time(lambda: asyncio.run(_from_tasks(chat, _acomplete))))
        require_same(ANSWERS, ECHOED_TWICE, self.in_time(lambda: asyncio.run(_from_tasks(chat, _astream))))

    @clause("share.threads")
    def test_threads_share_an_adapter(self) -> None:
        """Each of many threads gets its own answer, in its events and in its `response`.

        State of one call that is kept on the adapter, or a client that is not thread-safe.
        """
        chat = self.make_chat(Echoes())

        completed = self.all_in_time(*(partial(_complete, chat, question) for question in QUESTIONS))
        streamed = self.all_in_time(*(partial(_stream, chat, question) for question in QUESTIONS))

        require_same(ANSWERS, QUESTIONS, completed)
        require_same(ANSWERS, ECHOED_TWICE, streamed)

    @clause("share.nested", *STREAMS)
    def test_a_call_within_an_open_stream_is_answered(self, mode: Mode) -> None:
        """While a stream is open, its reader may make another call and open another stream: each gets its own answer.

        A lock, or a single connection, that a stream holds until it is closed. State of one stream that is kept on the
        adapter.
        """
        chat = self.make_chat(Echoes())

        if mode == "astream":
            answers = self.in_time(lambda: asyncio.run(_anested(chat, *QUESTIONS[:3])))
        else:
            answers = self.in_time(lambda: _nested(chat, *QUESTIONS[:3]))

        require_same(ANSWERS, [QUESTIONS[1], ECHOED_TWICE[2], ECHOED_TWICE[0]], answers)

    @clause("share.in-turns")
    @pytest.mark.parametrize("where", ["one-thread", "threads", "one-loop", "loops"])
    def test_streams_that_are_read_in_turns_do_not_mix(self, where: str) -> None:
        """Of several open streams that are read in turns, an event of each, every one gets its own answer.

        A buffer, a decoder or the usage of one stream that another one uses while both are open: kept on the adapter,
        on a client, for each thread or for each loop. A test of calls at once may miss it, since each is over too soon.
        """
        chat, questions = self.make_chat(Echoes()), QUESTIONS[:IN_TURNS]

        match where:
            case "one-thread":
                answers = self.in_time(lambda: _in_turns(chat, questions))
            case "one-loop":
                answers = self.in_time(lambda: asyncio.run(_ain_turns(chat, questions)))
            case _:
                read, turns = _read_in_turn if where == "threads" else _aread_in_turn, Turns(IN_TURNS)
                answers = self.all_in_time(*(partial(read, chat, question, turns) for question in questions))

        require_same(ANSWERS, ECHOED_TWICE[:IN_TURNS], answers)

    @clause("share.no-growth", *EVERY)
    def test_connections_do_not_pile_up(self, mode: Mode) -> None:
        """After many calls in sequence, few connections stay open, and few threads and tasks remain.

        A client that is created for each call and never closed; an answer that is neither read to its end nor closed; a
        thread or task that is started for each call and not waited for.
        """
        chat, before = self.make_chat(Echoes()), set(threading.enumerate())

        if mode in ("acomplete", "astream"):
            few = self.in_time(lambda: asyncio.run(self._few_are_open_after_all(chat, mode)))
        else:
            for question in QUESTIONS:
                call_in_mode(chat, _request(question), mode)
            few = self.recorder.has_open(MAX_LEFT_OVER)

        assert few, f"more than {MAX_LEFT_OVER} connections are open"
        assert wait_for_few_threads(before), (
            f"more than {MAX_LEFT_OVER} threads remain: {set(threading.enumerate()) - before}"
        )

    @clause("share.loops")
    def test_event_loops_share_an_adapter(self) -> None:
        """The adapter works in one event loop after another, as in scripts and tests.

        An async client that belongs to the first loop: keep one for each loop, or create one for each call.
        """
        chat = self.make_chat(Echoes())

        answers = self.in_time(lambda: [asyncio.run(_acomplete(chat, question)) for question in QUESTIONS[:4]])

        require_same(ANSWERS, QUESTIONS[:4], answers)

    async def _few_are_open_after_all(self, chat: ChatPort, mode: Mode) -> bool:
        for question in QUESTIONS:
            await (_acomplete if mode == "acomplete" else _astream)(chat, question)
        assert await wait_for_few_tasks(), f"more than {MAX_LEFT_OVER} tasks remain: {asyncio.all_tasks()}"
        return await asyncio.to_thread(
            self.recorder.has_open, MAX_LEFT_OVER
        )  # before the loop ends, which may close all connections


def _request(question: str) -> ChatRequest:
    return ChatRequest(messages=[UserMessage(question)])


def _complete(chat: ChatPort, question: str) -> str:
    return chat.complete(_request(question)).text


def _stream(chat: ChatPort, question: str) -> tuple[str, str]:
    with chat.stream(_request(question)) as stream:
        return response_from_events(stream).text, stream.response.text


async def _acomplete(chat: ChatPort, question: str) -> str:
    return (await chat.acomplete(_request(question))).text


async def _astream(chat: ChatPort, question: str) -> tuple[str, str]:
    async with chat.astream(_request(question)) as stream:
        return response_from_events([event async for event in stream]).text, stream.response.text


def _nested(chat: ChatPort, first: str, within: str, beside: str) -> list[str | tuple[str, str]]:
    with chat.stream(_request(first)) as stream:
        events = [next(stream)]
        answer_unless_refused, streamed = _complete(chat, within), _stream(chat, beside)
        events.extend(stream)
        return [answer_unless_refused, streamed, (response_from_events(events).text, stream.response.text)]


async def _anested(chat: ChatPort, first: str, within: str, beside: str) -> list[str | tuple[str, str]]:
    async with chat.astream(_request(first)) as stream:
        events = [await anext(aiter(stream))]
        answer_unless_refused, streamed = await _acomplete(chat, within), await _astream(chat, beside)
        events += [event async for event in stream]
        return [answer_unless_refused, streamed, (response_from_events(events).text, stream.response.text)]


async def _from_tasks(chat: ChatPort, work: Callable[[ChatPort, str], Coroutine[None, None, Result]]) -> list[Result]:
    return await asyncio.gather(*(work(chat, question) for question in QUESTIONS))


class Turns:
    """Lets *count* readers, each in a thread of its own, pass one after another, and then again."""

    def __init__(self, count: int) -> None:
        self._waiting = list(range(count))  # those that take part, the next one first
        self._free = list(range(count))
        self._changed = threading.Condition()

    def join(self) -> int:
        """Return the number of a reader."""
        with self._changed:
            return self._free.pop(0)

    @contextmanager
    def turn(self, reader: int) -> Iterator[None]:
        """Wait for the turn of *reader*, and end it after the block."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting[0] == reader)
        try:
            yield
        finally:
            with self._changed:
                self._waiting.append(self._waiting.pop(0))
                self._changed.notify_all()

    def leave(self, reader: int) -> None:
        """Take no further turn as *reader*."""
        with self._changed:
            self._waiting.remove(reader)
            self._changed.notify_all()


def _read_in_turn(chat: ChatPort, question: str, turns: Turns) -> tuple[str, str]:
    reader, events, event = turns.join(), list[StreamEvent](), None
    try:
        with chat.stream(_request(question)) as stream:
            while not events or event is not None:
                with turns.turn(reader):
                    event = next(stream, None)
                events += [event] if event is not None else []
            return response_from_events(events).text, stream.response.text
    finally:
        turns.leave(reader)


def _aread_in_turn(chat: ChatPort, question: str, turns: Turns) -> tuple[str, str]:
    return asyncio.run(_of_a_loop(chat, question, turns))


async def _of_a_loop(chat: ChatPort, question: str, turns: Turns) -> tuple[str, str]:
    reader, events, event = turns.join(), list[StreamEvent](), None
    try:
        async with chat.astream(_request(question)) as stream:
            while not events or event is not None:
                with turns.turn(reader):  # it blocks this loop, in which nothing else runs
                    event = await anext(aiter(stream), None)
                events += [event] if event is not None else []
            return response_from_events(events).text, stream.response.text
    finally:
        turns.leave(reader)


def _in_turns(chat: ChatPort, questions: list[str]) -> list[tuple[str, str]]:
    with ExitStack() as stack:
        streams = [stack.enter_context(chat.stream(_request(question))) for question in questions]
        events: list[list[StreamEvent]] = [[] for _ in streams]
        while any(more := [next(stream, None) for stream in streams]):
            for read, event in zip(events, more, strict=True):
                read.extend([event] if event is not None else [])
        return [
            (response_from_events(read).text, stream.response.text)
            for read, stream in zip(events, streams, strict=True)
        ]


async def _ain_turns(chat: ChatPort, questions: list[str]) -> list[tuple[str, str]]:
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(chat.astream(_request(question))) for question in questions]
        events: list[list[StreamEvent]] = [[] for _ in streams]
        while any(more := [await anext(aiter(stream), None) for stream in streams]):
            for read, event in zip(events, more, strict=True):
                read.extend([event] if event is not None else [])
        return [
            (response_from_events(read).text, stream.response.text)
            for read, stream in zip(events, streams, strict=True)
        ]
