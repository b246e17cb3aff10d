"""Clauses about closing the adapter itself, for those that have `close` and `aclose`."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial

import pytest

from llm_core.ports.chat import ChatPort, ManagedChatPort
from llm_core.ports.closing import Managed
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.guards.runtime_probes import MAX_LEFT_OVER, threads_since, wait_for_few_threads
from llm_core.testing.scenarios import Replies

from .author_api import ContractAuthorApi
from .clause import clause
from .modes import Mode, call_in_mode
from .sample_requests import SIMPLE_REQUEST

SYNC_MODES: tuple[Mode, ...] = ("complete", "stream")
_OPEN = "connections are open after the adapter was closed"


async def _aclose_twice(chat: ManagedChatPort) -> None:
    await chat.aclose()
    await chat.aclose()


async def _leave_async(chat: ManagedChatPort) -> None:
    async with chat as entered:
        assert entered is chat, "`__aenter__` returns the adapter itself"


def _close_twice(chat: ManagedChatPort) -> None:
    chat.close()
    chat.close()


def _leave(chat: ManagedChatPort) -> None:
    with chat as entered:
        assert entered is chat, "`__enter__` returns the adapter itself"


async def _aclose_after_close(chat: ManagedChatPort) -> None:
    chat.close()
    await chat.aclose()


async def _close_after_aclose(chat: ManagedChatPort) -> None:
    await chat.aclose()
    chat.close()


SYNC: dict[str, Callable[[ManagedChatPort], None]] = {"close": _close_twice, "with": _leave}
ASYNC: dict[str, Callable[[ManagedChatPort], Coroutine[None, None, None]]] = {
    "aclose": _aclose_twice,
    "async with": _leave_async,
    "close, aclose": _aclose_after_close,
    "aclose, close": _close_after_aclose,
}


class ManagedClauses(ContractAuthorApi):
    """How an adapter ends."""

    @clause("adapter.close")
    @pytest.mark.parametrize("use", ["sync", "async", "unused"])
    @pytest.mark.parametrize("how", [*SYNC, *ASYNC])
    def test_closing_an_adapter_frees_its_connections(self, how: str, use: str) -> None:
        """`close` and `aclose` free every connection, and may be called again, after each other, and before any call.

        The pool, client or event loop that the adapter keeps for its calls: close it in both methods, those of sync
        calls and those of async ones, and remember that it is closed.
        """
        chat = self.make_chat(Replies())
        managed = self.chat_under_test
        if not isinstance(managed, Managed):
            raise NotExpressibleError("the adapter is no ManagedChatPort: it has no `close` and `aclose`")

        if how in SYNC:  # the connections of a running loop can be closed by `aclose` alone
            self.in_time(lambda: asyncio.run(_use(chat, use)))
            self.in_time(lambda: SYNC[how](managed))
        else:
            self.in_time(lambda: asyncio.run(self._use_and_close(chat, managed, how, use)))

        assert self.recorder.has_open(0), _OPEN
        self.forget(chat)

    @clause("adapter.close-ends-threads")
    @pytest.mark.parametrize("how", [*SYNC, *ASYNC])
    def test_closing_an_adapter_ends_its_threads(self, how: str) -> None:
        """After `close` or `aclose`, no thread of the adapter remains: several adapters, each used and closed.

        The event loop's thread or the pool of workers that sync calls start: end it in both methods, and wait for it.
        """
        before = set(threading.enumerate())
        for _ in range(MAX_LEFT_OVER + 1):
            chat = self.make_chat(Replies())
            managed = self.chat_under_test
            if not isinstance(managed, Managed):
                raise NotExpressibleError("the adapter is no ManagedChatPort: it has no `close` and `aclose`")
            call_in_mode(chat, SIMPLE_REQUEST, "complete")
            self.in_time(partial(_close, managed, how))
            self.forget(chat)

        assert wait_for_few_threads(before), (
            f"threads remain after {MAX_LEFT_OVER + 1} adapters were closed: "
            f"{sorted(thread.name for thread in threads_since(before))}"
        )

    async def _use_and_close(self, chat: ChatPort, managed: ManagedChatPort, how: str, use: str) -> None:
        await _use(chat, use)
        await ASYNC[how](managed)
        assert await asyncio.to_thread(self.recorder.has_open, 0), _OPEN  # before the loop ends, which may close all


def _close(chat: ManagedChatPort, how: str) -> None:
    with suppress(Exception):  # what closing raises is for adapter.close to judge
        SYNC[how](chat) if how in SYNC else asyncio.run(ASYNC[how](chat))


async def _use(chat: ChatPort, use: str) -> None:
    if use == "async":
        await chat.acomplete(SIMPLE_REQUEST)
        async with chat.astream(SIMPLE_REQUEST) as stream:
            await stream.until_done()
    if use == "sync":
        for mode in SYNC_MODES:
            await asyncio.to_thread(call_in_mode, chat, SIMPLE_REQUEST, mode)
