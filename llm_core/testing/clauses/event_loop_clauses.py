"""Clauses about the event loop: an async call does not block it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import ChatPort
from llm_core.testing.guards.runtime_probes import longest_loop_pause
from llm_core.testing.scenarios import Breaks, Replies

from .author_api import ContractAuthorApi
from .clause import clause
from .modes import Mode
from .sample_requests import SIMPLE_REQUEST

CONCURRENT_CALLS = 16  # short blocking in each of them adds up
MAX_PAUSE = 0.5  # seconds that the loop may be blocked
ROUNDS = 3  # the best one counts, since another process may have used the processor
SILENT = Breaks(how="silence", after=0, patience=5)
REQUEST_WITH_TIMEOUT = ChatRequest(messages=[UserMessage("Take your time.")], settings=ChatSettings(timeout=1.0))


class EventLoopClauses(ContractAuthorApi):
    """What runs meanwhile."""

    @clause("share.loop-goes-on", "acomplete", "astream")
    def test_the_event_loop_is_not_blocked(self, mode: Mode) -> None:
        """While calls begin and answers are awaited, the event loop keeps running other tasks.

        Code that blocks in async functions: a sync client, `time.sleep`, a file or a DNS lookup, a thread lock. Await
        it, or run it in a thread.
        """
        paused = self.in_time(
            lambda: asyncio.run(self._least_pause(self.make_chat(Replies()), mode, CONCURRENT_CALLS, SIMPLE_REQUEST))
        )
        assert MAX_PAUSE > paused, (
            f"the event loop was blocked for {paused:.1f} seconds while {CONCURRENT_CALLS} calls began"
        )

        if self.capabilities.http:
            paused = self.in_time(
                lambda: asyncio.run(self._least_pause(self.make_chat(SILENT), mode, 1, REQUEST_WITH_TIMEOUT))
            )
            assert MAX_PAUSE > paused, (
                f"the event loop was blocked for {paused:.1f} seconds while an answer was awaited"
            )

    async def _least_pause(self, chat: ChatPort, mode: Mode, calls: int, request: ChatRequest) -> float:
        call = _acomplete if mode == "acomplete" else _astream
        pauses: list[float] = []
        while len(pauses) < ROUNDS and (not pauses or min(pauses) >= MAX_PAUSE):
            pauses.append(await longest_loop_pause(_all_at_once(calls, lambda: call(chat, request))))
        return min(pauses)


async def _all_at_once(calls: int, call: Callable[[], Awaitable[None]]) -> None:
    await asyncio.gather(*(call() for _ in range(calls)))


async def _acomplete(chat: ChatPort, request: ChatRequest) -> None:
    with suppress(ChatError):
        await chat.acomplete(request)


async def _astream(chat: ChatPort, request: ChatRequest) -> None:
    with suppress(ChatError):
        async with chat.astream(request) as stream:
            await stream.until_done()
