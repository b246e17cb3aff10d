"""Clauses about freeing the connection, however a stream or call is left: checked on the fake provider's sockets."""

import asyncio
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator, Sequence
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

HELD = Breaks(how="silence", after=4)  # a few events, then an open connection without data
SILENT = Breaks(how="silence", after=0)  # an open connection without any event
STILL_OPEN = "the connection is still open"
_WARNINGS_WHEN_LEFT = (ResourceWarning, RuntimeWarning)
LATEST, ROUNDS = 0.3, 3  # seconds until the connection is free; late counts only if late in each round
_MAX_WAIT = 20  # seconds; it normally takes milliseconds
SLOW_REQUEST = ChatRequest(messages=[UserMessage("Take your time.")])


class _CallerError(Exception):
    """An error of the caller's own code inside ``with``."""


class ClosingClauses(ContractAuthorApi):
    """What is freed."""

    @clause("close.break")
    def test_leaving_with_by_break_frees_the_connection(self) -> None:
        """`break` inside ``with`` closes the connection at once.

        What the stream's `close` reaches: it must close the HTTP response itself, not only the generator around it.
        Reading the remaining events instead of closing fails too.
        """
        chat, waited = self.make_chat(HELD), list[float]()

        with _no_warnings():
            while not waited or self._is_late(waited):
                waited.append(self._seconds_until_freed(chat))

        self._require_freed_soon(waited[-1])

    @clause("close.twice")
    def test_closing_twice_is_closing_once(self) -> None:
        """`close` is idempotent; after it iteration stops, and there is no response.

        The stream's own state, which `llm_core.EventStream` keeps for a generator.
        """
        stream = self.make_chat(HELD).stream(SLOW_REQUEST)
        next(stream)

        with _no_warnings():
            stream.close()
            stream.close()

        assert [] == list(stream), "a stream that is closed yields nothing more"
        assert self.recorder.all_freed(), STILL_OPEN
        with pytest.raises(RuntimeError):
            _ = stream.response

    @clause("close.exception")
    def test_an_exception_frees_the_connection(self) -> None:
        """An exception in the caller's own code closes the connection, and propagates unchanged.

        `__exit__` must close the stream for any exception, and return None, so that the exception propagates.
        """
        with _no_warnings(), pytest.raises(_CallerError):
            self._raise_inside(self.make_chat(HELD))

        assert self.recorder.all_freed(), STILL_OPEN

    @clause("aclose.break")
    def test_leaving_async_with_by_break_frees_the_connection(self) -> None:
        """`break` inside ``async with`` closes the connection at once.

        What the stream's `aclose` reaches: it must await the closing of the HTTP response itself. A generator that is
        only dropped is closed too late.
        """
        waited = self._run(self._leave(self.make_chat(HELD)))

        self._require_freed_soon(waited)

    @clause("aclose.twice")
    def test_aclosing_twice_is_closing_once(self) -> None:
        """`aclose` is idempotent; after it iteration stops, and there is no response.

        The stream's own state, which `llm_core.AsyncEventStream` keeps for a generator.
        """
        stream, remaining, freed = self._run(self._aclose_twice(self.make_chat(HELD)))

        assert [] == remaining, "a stream that is closed yields nothing more"
        assert freed, STILL_OPEN
        with pytest.raises(RuntimeError):
            _ = stream.response

    @clause("aclose.exception")
    def test_an_exception_in_async_code_frees_the_connection(self) -> None:
        """An exception in the caller's own code closes the connection, and propagates unchanged.

        `__aexit__` must close the stream for any exception, and return None, so that the exception propagates.
        """
        freed = self._run(self._leave_by_exception(self.make_chat(HELD)))

        assert freed, STILL_OPEN

    @clause("cancel.enter")
    def test_cancelling_before_the_first_event_frees_the_connection(self) -> None:
        """Cancelling a task that waits for the first event closes the connection.

        Code that runs before the first event: put `try` / `finally` or `async with` around the sending too.
        """
        silent = SILENT if self.capabilities.http else HELD  # without a connection nothing blocks

        freed = self._run(self._cancel(_read_all(self.make_chat(silent)), self._request_arrived))

        assert freed, STILL_OPEN

    @clause("cancel.stream")
    def test_cancelling_the_reader_frees_the_connection(self) -> None:
        """Cancelling a task that waits for the next event closes the connection.

        `except Exception` does not catch a cancellation: close in `finally`. A thread cannot be cancelled: claim
        `cancels_promptly=False`.
        """
        received: list[StreamEvent] = []

        freed = self._run(self._cancel(_read_all(self.make_chat(HELD), received), lambda: bool(received)))

        assert freed, STILL_OPEN

    @clause("cancel.complete")
    def test_cancelling_a_call_frees_the_connection(self) -> None:
        """Cancelling a task that waits for the answer closes the connection.

        `except Exception` does not catch a cancellation: close in `finally`. A thread cannot be cancelled: claim
        `cancels_promptly=False`.
        """
        freed = self._run(self._cancel(_complete(self.make_chat(HELD)), self._request_arrived))

        assert freed, STILL_OPEN

    def _run(self, work: Coroutine[None, None, Left]) -> Left:
        """Run *work* in an event loop, with a deadline, and fail on a warning; the next calls are made in that loop."""

        async def with_next_calls() -> Left:
            left = await work
            await self.require_next_answers()
            return left

        with _no_warnings():
            return self.in_time(lambda: asyncio.run(with_next_calls()))

    def _seconds_until_freed(self, chat: ChatPort) -> float:
        with chat.stream(SLOW_REQUEST) as stream:
            for _ in stream:  # pragma: no branch -- the stream stays open: the loop never ends by itself
                break
            began = time.monotonic()
        assert self.recorder.all_freed(), STILL_OPEN
        return time.monotonic() - began

    async def _leave(self, chat: ChatPort) -> float:
        waited: list[float] = []
        while not waited or self._is_late(waited):
            async with chat.astream(SLOW_REQUEST) as stream:
                async for _ in stream:  # pragma: no branch -- as in `_seconds_until_freed`
                    break
                began = time.monotonic()
            assert await asyncio.to_thread(self.recorder.all_freed), STILL_OPEN
            waited.append(time.monotonic() - began)
        return waited[-1]

    def _is_late(self, waited: Sequence[float]) -> bool:
        """Return whether the last round was too slow, and another one may be faster."""
        return self.capabilities.cancels_promptly and waited[-1] > LATEST and len(waited) < ROUNDS

    def _require_freed_soon(self, waited: float) -> None:
        is_soon = waited <= LATEST or not self.capabilities.cancels_promptly
        assert is_soon, f"leaving took {waited:.1f} seconds until the connection was free"

    async def _aclose_twice(self, chat: ChatPort) -> tuple[AsyncChatStream, list[object], bool]:
        stream = chat.astream(SLOW_REQUEST)
        await anext(aiter(stream))
        await stream.aclose()
        await stream.aclose()
        remaining: list[object] = [event async for event in stream]
        return stream, remaining, await asyncio.to_thread(self.recorder.all_freed)

    def _raise_inside(self, chat: ChatPort) -> None:
        with chat.stream(SLOW_REQUEST) as stream:
            next(stream)
            raise _CallerError

    async def _leave_by_exception(self, chat: ChatPort) -> bool:
        with pytest.raises(_CallerError):
            await self._raise_inside_async(chat)
        return await asyncio.to_thread(
            self.recorder.all_freed
        )  # before the loop ends, which would close all connections

    async def _raise_inside_async(self, chat: ChatPort) -> None:
        async with chat.astream(SLOW_REQUEST) as stream:
            await anext(aiter(stream))
            raise _CallerError

    def _request_arrived(self) -> bool:
        return bool(self.recorder.count)

    async def _cancel(self, work: Coroutine[None, None, None], begun: Callable[[], bool]) -> bool:
        task = asyncio.create_task(work)
        paused = await _wait_until(lambda: begun() or task.done())
        assert not task.done(), _ended_early(task, paused)
        task.cancel()
        await asyncio.wait({task}, timeout=_MAX_WAIT)
        assert task.done(), "the task is still running after it was cancelled"
        assert task.cancelled(), f"the task swallowed the cancellation: it {_ended(task)}"
        return not self.capabilities.cancels_promptly or await asyncio.to_thread(self.recorder.all_freed)


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Fail on warnings about unclosed or never awaited objects, whatever the author's pytest does with them."""
    try:
        with warnings.catch_warnings():
            for category in _WARNINGS_WHEN_LEFT:
                warnings.simplefilter("error", category)
            yield
    except _WARNINGS_WHEN_LEFT as warning:
        raise AssertionError(f"leaving it warns: {type(warning).__name__}: {warning}") from None


async def _wait_until(begun: Callable[[], bool]) -> float:
    """Wait for *begun*, and return the longest time in seconds that the loop was blocked meanwhile."""
    turns = [time.monotonic()]
    async with asyncio.timeout(_MAX_WAIT):
        while not begun():
            await asyncio.sleep(0)
            turns.append(time.monotonic())
    return max((after - before for before, after in pairwise(turns)), default=0.0)


def _ended_early(task: asyncio.Task[None], paused: float) -> str:
    return f"too late to cancel: the call {_ended(task)}; the event loop was blocked for {paused:.1f} seconds"


def _ended(task: asyncio.Task[None]) -> str:
    error = task.exception()
    return "returned an answer" if error is None else f"ended with {error!r}"


async def _read_all(chat: ChatPort, received: list[StreamEvent] | None = None) -> None:
    received = [] if received is None else received
    async with chat.astream(SLOW_REQUEST) as stream:
        async for event in stream:
            received.append(event)


async def _complete(chat: ChatPort) -> None:
    await chat.acomplete(SLOW_REQUEST)
