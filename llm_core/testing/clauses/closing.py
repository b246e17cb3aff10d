"""However a stream or a call is left, the provider's connection is freed: asserted on the fake provider's own sockets."""

import asyncio
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import TypeVar

import pytest

from llm_core.domain.events import StreamEvent
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import AsyncChatStream, ChatPort
from llm_core.testing.scenarios import Breaks

from .author_api import ContractAuthorApi
from .clause import clause

Left = TypeVar("Left")

HELD = Breaks(how="silence", after=4)  # a few events, then an open line
SILENT = Breaks(how="silence", after=0)  # an open line from the start
STILL_OPEN = "the connection is still open"
_OF_LEAVING = (ResourceWarning, RuntimeWarning)
_PATIENCE = 20  # seconds for what takes milliseconds
SLOW_REQUEST = ChatRequest(messages=[UserMessage("Take your time.")])


class _LeftError(Exception):
    """Somebody else's error inside ``with``."""


class ClosingClauses(ContractAuthorApi):
    """What is freed."""

    @clause("close.break")
    def test_leaving_with_by_break_frees_the_connection(self) -> None:
        """Breaking out of the loop inside ``with`` hangs up at once.

        What `close` of the stream reaches: the HTTP response itself must be closed, not only the generator around it.
        Reading the rest instead of hanging up fails too.
        """
        with _no_warning(), self.make_chat(HELD).stream(SLOW_REQUEST) as stream:
            for _ in stream:  # pragma: no branch -- the line is held: the loop never ends by itself
                break

        assert self.recorder.all_freed(), STILL_OPEN

    @clause("close.twice")
    def test_closing_twice_is_closing_once(self) -> None:
        """`close` is idempotent; after it iteration stops, and there is no response.

        The stream's own state. `llm_core.EventStream` keeps it around a generator.
        """
        stream = self.make_chat(HELD).stream(SLOW_REQUEST)
        next(stream)

        with _no_warning():
            stream.close()
            stream.close()

        assert [] == list(stream)
        assert self.recorder.all_freed(), STILL_OPEN
        with pytest.raises(RuntimeError):
            _ = stream.response

    @clause("close.exception")
    def test_an_exception_frees_the_connection(self) -> None:
        """An error in the caller's own code hangs up, and passes through as it is.

        What `__exit__` does: it closes whatever the reason, and returns None, so that the error goes on.
        """
        with _no_warning(), pytest.raises(_LeftError):
            self._raise_inside(self.make_chat(HELD))

        assert self.recorder.all_freed(), STILL_OPEN

    @clause("aclose.break")
    def test_leaving_async_with_by_break_frees_the_connection(self) -> None:
        """Breaking out of the loop inside ``async with`` hangs up at once.

        What `aclose` of the stream reaches: the HTTP response itself, awaited; a generator that is dropped is closed
        too late.
        """
        freed = self._run(self._leave(self.make_chat(HELD)))

        assert freed, STILL_OPEN

    @clause("aclose.twice")
    def test_aclosing_twice_is_closing_once(self) -> None:
        """`aclose` is idempotent; after it iteration stops, and there is no response.

        The stream's own state. `llm_core.AsyncEventStream` keeps it around a generator.
        """
        stream, rest, freed = self._run(self._aclose_twice(self.make_chat(HELD)))

        assert [] == rest
        assert freed, STILL_OPEN
        with pytest.raises(RuntimeError):
            _ = stream.response

    @clause("aclose.exception")
    def test_an_exception_in_async_code_frees_the_connection(self) -> None:
        """An error in the caller's own code hangs up, and passes through as it is.

        What `__aexit__` does: it closes whatever the reason, and returns None, so that the error goes on.
        """
        freed = self._run(self._leave_by_exception(self.make_chat(HELD)))

        assert freed, STILL_OPEN

    @clause("cancel.enter")
    def test_cancelling_the_entrance_frees_the_connection(self) -> None:
        """A task that is cancelled while it waits for the first event hangs up.

        What is open while the first event is awaited: a `try` / `finally` or `async with` around the sending, too.
        """
        silent = SILENT if self.capabilities.http else HELD  # without a line nothing hangs

        freed = self._run(self._cancel(_read_all(self.make_chat(silent)), self._request_arrived))

        assert freed, STILL_OPEN

    @clause("cancel.stream")
    def test_cancelling_the_reader_frees_the_connection(self) -> None:
        """A task that is cancelled while it waits for the next event hangs up.

        An `except Exception` does not see a cancellation: close in `finally`. A thread cannot be cancelled: claim
        `cancels_promptly=False`.
        """
        told: list[StreamEvent] = []

        freed = self._run(self._cancel(_read_all(self.make_chat(HELD), told), lambda: bool(told)))

        assert freed, STILL_OPEN

    @clause("cancel.complete")
    def test_cancelling_a_call_frees_the_connection(self) -> None:
        """A task that is cancelled while it waits for the answer hangs up.

        An `except Exception` does not see a cancellation: close in `finally`. A thread cannot be cancelled: claim
        `cancels_promptly=False`.
        """
        freed = self._run(self._cancel(_complete(self.make_chat(HELD)), self._request_arrived))

        assert freed, STILL_OPEN

    def _run(self, work: Coroutine[None, None, Left]) -> Left:
        """Do *work* in a loop that ends by the deadline, and that nobody is warned in."""
        with _no_warning():
            return self.in_time(lambda: asyncio.run(work))

    async def _leave(self, chat: ChatPort) -> bool:
        async with chat.astream(SLOW_REQUEST) as stream:
            async for _ in stream:
                break
        return await asyncio.to_thread(self.recorder.all_freed)

    async def _aclose_twice(self, chat: ChatPort) -> tuple[AsyncChatStream, list[object], bool]:
        stream = chat.astream(SLOW_REQUEST)
        await anext(aiter(stream))
        await stream.aclose()
        await stream.aclose()
        rest: list[object] = [event async for event in stream]
        return stream, rest, await asyncio.to_thread(self.recorder.all_freed)

    def _raise_inside(self, chat: ChatPort) -> None:
        with chat.stream(SLOW_REQUEST) as stream:
            next(stream)
            raise _LeftError

    async def _leave_by_exception(self, chat: ChatPort) -> bool:
        with pytest.raises(_LeftError):
            await self._raise_inside_async(chat)
        return await asyncio.to_thread(self.recorder.all_freed)  # before the loop ends, which would free all

    async def _raise_inside_async(self, chat: ChatPort) -> None:
        async with chat.astream(SLOW_REQUEST) as stream:
            await anext(aiter(stream))
            raise _LeftError

    def _request_arrived(self) -> bool:
        return bool(self.recorder.count)

    async def _cancel(self, work: Coroutine[None, None, None], begun: Callable[[], bool]) -> bool:
        task = asyncio.create_task(work)
        paused = await _wait_until(lambda: begun() or task.done())
        assert not task.done(), _ended_early(task, paused)
        task.cancel()
        await asyncio.wait({task}, timeout=_PATIENCE)
        assert task.done(), "the task goes on after it was cancelled"
        assert task.cancelled(), f"the task swallowed the cancellation: it {_ended(task)}"
        return not self.capabilities.cancels_promptly or await asyncio.to_thread(self.recorder.all_freed)


@contextmanager
def _no_warning() -> Iterator[None]:
    """Make a failure of what is unclosed or never awaited, whatever the author's pytest does with such warnings."""
    try:
        with warnings.catch_warnings():
            for kind in _OF_LEAVING:
                warnings.simplefilter("error", kind)
            yield
    except _OF_LEAVING as warning:
        raise AssertionError(f"leaving it warns: {type(warning).__name__}: {warning}") from None


async def _wait_until(begun: Callable[[], bool]) -> float:
    """Return for how many seconds at most the loop stood still meanwhile."""
    turns = [time.monotonic()]
    async with asyncio.timeout(_PATIENCE):
        while not begun():
            await asyncio.sleep(0)
            turns.append(time.monotonic())
    return max((after - before for before, after in pairwise(turns)), default=0.0)


def _ended_early(task: asyncio.Task[None], paused: float) -> str:
    return f"nothing was left to cancel: the call {_ended(task)}; the event loop stood still for {paused:.1f} seconds"


def _ended(task: asyncio.Task[None]) -> str:
    error = task.exception()
    return "answered" if error is None else f"ended with {error!r}"


async def _read_all(chat: ChatPort, told: list[StreamEvent] | None = None) -> None:
    told = [] if told is None else told
    async with chat.astream(SLOW_REQUEST) as stream:
        async for event in stream:
            told.append(event)


async def _complete(chat: ChatPort) -> None:
    await chat.acomplete(SLOW_REQUEST)
