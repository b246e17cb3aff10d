"""Clauses about many calls that end without an answer, all at once: the adapter answers the next ones all the same."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

import attrs
import pytest

from llm_core.domain.errors import ChatError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import ChatPort
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.guards.next_calls import AT_ONCE
from llm_core.testing.scenarios import Breaks, Fails, HangsUp

from .author_api import ContractAuthorApi
from .clause import clause
from .closing import HELD, SILENT, SLOW_REQUEST, STILL_OPEN
from .modes import EVERY, STREAMS, Mode, call_in_mode

AsyncLeave: TypeAlias = Callable[[ChatPort, ChatRequest, Mode], Coroutine[None, None, None]]

ROUNDS = 2  # of AT_ONCE calls each: more than most pools and semaphores have slots
ENDINGS: dict[str, Fails | Breaks | HangsUp] = {
    "status": Fails(status=500),
    "rate limit": Fails(status=429),
    "cut": Breaks(how="cut"),
    "hang-up": HangsUp(),
    "timeout": Breaks(how="silence", after=0),
}
_SHORT = attrs.evolve(SLOW_REQUEST, settings=ChatSettings(timeout=0.25))
_MOMENT = 0.05  # seconds in which a call begins to wait
_PATIENCE = 0.5  # seconds to wait for requests that an adapter may send one after another


class AftermathClauses(ContractAuthorApi):
    """What is left of a call."""

    @clause("after.error", *EVERY)
    @pytest.mark.parametrize("how", sorted(ENDINGS))
    def test_many_failures_at_once_do_not_stop_the_next_calls(self, mode: Mode, how: str) -> None:
        """After many calls that failed at once, the adapter answers the next ones.

        A lock, a permit or a slot of a pool that is taken before the call and not given back in `finally`; a client
        that is closed after an error.
        """
        request = _SHORT if how == "timeout" else SLOW_REQUEST

        self._leave_many(self.make_chat(ENDINGS[how]), mode, lambda chat: _fail(chat, request, mode), _afail, request)

    @clause("after.break", *STREAMS)
    def test_many_early_ends_at_once_do_not_stop_the_next_calls(self, mode: Mode) -> None:
        """After many streams that were left at once by `break`, the adapter answers the next calls.

        What is given back at the end of a stream only, not in its `close`.
        """
        self._leave_many(self.make_chat(HELD), mode, _leave, _aleave, SLOW_REQUEST)

    @clause("after.cancel", "acomplete", "astream")
    def test_many_cancelled_calls_do_not_stop_the_next_calls(self, mode: Mode) -> None:
        """After many calls that were cancelled at once, the adapter answers the next ones, in the same event loop.

        What is given back by `except Exception` or after the `await`: a cancellation passes both. Use `finally` or
        `async with`.
        """
        chat = self.make_chat(SILENT if self.capabilities.http else HELD)

        self.in_time(lambda: asyncio.run(self._cancel_many(chat, mode)))

    @clause("after.interrupt", *EVERY)
    def test_ctrl_c_frees_the_connection(self, mode: Mode) -> None:
        """Ctrl-C in a call raises KeyboardInterrupt, closes the connection, and the adapter answers the next calls.

        `except Exception` does not catch KeyboardInterrupt: close in `finally`. A thread that waits for another one
        passes the interrupt on to it.
        """
        if not self.capabilities.http:
            raise NotExpressibleError(
                "a fake provider without HTTP does not wait, so that Ctrl-C cannot come in between"
            )
        chat = self.make_chat(HELD)

        with pytest.raises(KeyboardInterrupt), _interrupting(lambda: bool(self.recorder.count)):
            call_in_mode(chat, SLOW_REQUEST, mode)

        assert not self.capabilities.cancels_promptly or self.recorder.all_freed(), STILL_OPEN

    def _leave_many(
        self,
        chat: ChatPort,
        mode: Mode,
        leave: Callable[[ChatPort], None],
        aleave: AsyncLeave,
        request: ChatRequest,
    ) -> None:
        if mode in ("acomplete", "astream"):
            self.in_time(lambda: asyncio.run(self._aleave_many(chat, mode, aleave, request)))
            return
        for _ in range(ROUNDS):
            self.all_in_time(*(lambda: leave(chat) for _ in range(AT_ONCE)))

    async def _aleave_many(self, chat: ChatPort, mode: Mode, aleave: AsyncLeave, request: ChatRequest) -> None:
        for _ in range(ROUNDS):
            await asyncio.gather(*(aleave(chat, request, mode) for _ in range(AT_ONCE)))
        await self.require_next_answers()

    async def _cancel_many(self, chat: ChatPort, mode: Mode) -> None:
        for turn in range(1, ROUNDS + 1):
            tasks = [asyncio.create_task(_afail(chat, SLOW_REQUEST, mode)) for _ in range(AT_ONCE)]
            deadline = time.monotonic() + _PATIENCE
            while self.recorder.count < AT_ONCE * turn and time.monotonic() < deadline:  # noqa: ASYNC110 -- the recorder is filled by other threads
                await asyncio.sleep(0)  # in memory, a call ends within a few turns of the loop
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        await self.require_next_answers()


def _fail(chat: ChatPort, request: ChatRequest, mode: Mode) -> None:
    with suppress(ChatError):
        call_in_mode(chat, request, mode)


async def _afail(chat: ChatPort, request: ChatRequest, mode: Mode) -> None:
    with suppress(ChatError):
        if mode == "acomplete":
            await chat.acomplete(request)
        else:
            async with chat.astream(request) as stream:
                await stream.until_done()


def _leave(chat: ChatPort) -> None:
    with chat.stream(SLOW_REQUEST) as stream:
        next(stream)


async def _aleave(chat: ChatPort, request: ChatRequest, _: Mode) -> None:
    async with chat.astream(request) as stream:
        await anext(aiter(stream))


@contextmanager
def _interrupting(begun: Callable[[], bool]) -> Iterator[None]:
    """Send SIGINT to the main thread once *begun*, as Ctrl-C does; only the main thread can be interrupted."""
    main = threading.main_thread()
    if threading.current_thread() is not main or not hasattr(signal, "pthread_kill") or main.ident is None:
        raise NotExpressibleError("Ctrl-C interrupts the main thread alone, and this clause runs in another one")
    over, ident = threading.Event(), main.ident

    def interrupt() -> None:
        while not begun() and not over.wait(0.005):
            pass
        if not over.wait(_MOMENT):
            signal.pthread_kill(ident, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt, name="ctrl-c", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        signal.signal(signal.SIGINT, before)
