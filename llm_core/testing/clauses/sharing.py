"""Two calls at once do not mix, whoever makes them."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

from llm_core.domain.events import fold
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import ChatPort
from llm_core.testing.scenarios import Echoes

from .arranging import Arranging
from .clause import clause
from .modes import EVERY, Mode, ask

FEW = 4
QUESTIONS = [f"question number {number}" for number in range(16)]


class SharingClauses(Arranging):
    """Who shares it."""

    @clause("share.tasks")
    def test_tasks_share_an_adapter(self) -> None:
        """Each of many calls and streams at once gets its own answer.

        State of one call that is kept on the adapter, or on a client that all calls share.
        """
        chat = self.given(Echoes())

        assert QUESTIONS == asyncio.run(_from_tasks(chat, _acomplete))
        assert QUESTIONS == asyncio.run(_from_tasks(chat, _astream))

    @clause("share.threads")
    def test_threads_share_an_adapter(self) -> None:
        """Each of many threads gets its own answer.

        State of one call that is kept on the adapter, or a client that is not made for threads.
        """
        chat = self.given(Echoes())

        with ThreadPoolExecutor(8) as threads:
            completed = list(threads.map(lambda question: chat.complete(_ask(question)).text, QUESTIONS))
            streamed = list(threads.map(lambda question: _stream(chat, question), QUESTIONS))

        assert (QUESTIONS, QUESTIONS) == (completed, streamed)

    @clause("share.no-growth", *EVERY)
    def test_connections_do_not_pile_up(self, mode: Mode) -> None:
        """However many calls are made one after the other, few connections stay open.

        A client that is made for each call and never closed; an answer that is not read to its end, or not let go.
        """
        chat = self.given(Echoes())

        if mode in ("acomplete", "astream"):
            few = asyncio.run(self._few_are_open_after_all(chat, mode))
        else:
            for question in QUESTIONS:
                ask(chat, _ask(question), mode)
            few = self.recorder.has_open(FEW)

        assert few, f"more than {FEW} connections are open"

    @clause("share.loops")
    def test_event_loops_share_an_adapter(self) -> None:
        """One loop after the other, as scripts and tests run them.

        An async client that belongs to the first loop: keep one for each loop, or make one for each call.
        """
        chat = self.given(Echoes())

        assert QUESTIONS[:4] == [asyncio.run(_acomplete(chat, question)) for question in QUESTIONS[:4]]

    async def _few_are_open_after_all(self, chat: ChatPort, mode: Mode) -> bool:
        for question in QUESTIONS:
            await (_acomplete if mode == "acomplete" else _astream)(chat, question)
        return await asyncio.to_thread(self.recorder.has_open, FEW)  # before the loop ends, which may free them all


def _ask(question: str) -> ChatRequest:
    return ChatRequest(messages=[UserMessage(question)])


def _stream(chat: ChatPort, question: str) -> str:
    with chat.stream(_ask(question)) as stream:
        return fold(stream).text


async def _acomplete(chat: ChatPort, question: str) -> str:
    return (await chat.acomplete(_ask(question))).text


async def _astream(chat: ChatPort, question: str) -> str:
    async with chat.astream(_ask(question)) as stream:
        return fold([event async for event in stream]).text


async def _from_tasks(chat: ChatPort, work: Callable[[ChatPort, str], Coroutine[None, None, str]]) -> list[str]:
    return await asyncio.gather(*(work(chat, question) for question in QUESTIONS))
