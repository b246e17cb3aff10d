"""Clauses about how the calls of a wrapper end: what is beneath is freed, once, whichever way a call ends."""

import asyncio
from collections.abc import Callable

import pytest

from llm_core.ports.chat import ChatPort, ManagedChatPort
from llm_core.ports.closing import Managed
from llm_core.testing.probe_chat import Outcome, Plays

from .clause import clause
from .managed_clauses import ASYNC, SYNC
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .wrapper_api import ANSWER, WrapperAuthorApi, distinct_request, open_calls, until_idle

_WAITS: dict[str, Plays] = {
    "before the first event": Plays(response=ANSWER, waits=True, after=0),
    "between two events": Plays(response=ANSWER, waits=True, after=2),
}
_OPEN = "a call beneath is still in progress: %s"
# What closes each chat: `close` and `aclose` may both be called again, and are passed on each time.
_TIMES = {"close": 2, "with": 1, "aclose": 2, "async with": 1, "close, aclose": 2, "aclose, close": 2}


class WrapperClosingClauses(WrapperAuthorApi):
    """How a wrapper ends calls, and ends itself."""

    @clause("wrapper.close")
    @pytest.mark.parametrize("how", [*SYNC, *ASYNC])
    def test_closing_closes_what_is_beneath(self, how: str) -> None:
        """Closing the wrapper, in any way, closes each chat beneath; leaving ``with`` closes it once.

        `close`, `aclose`, ``with`` and ``async with``: each is passed on to every chat, by the method of its own sort.
        """
        chat, probes = self.wrapped(ANSWER)
        managed = _managed(chat)

        if how in SYNC:
            SYNC[how](managed)
        else:
            asyncio.run(ASYNC[how](managed))

        for probe in probes:
            assert set(probe.closed) >= _methods(how), f"closed by {probe.closed or 'nothing'}"
            assert len(probe.closed) <= _TIMES[how], f"closed {len(probe.closed)} times: {', '.join(probe.closed)}"

    @clause("wrapper.early-close", *STREAMS)
    def test_an_early_close_closes_the_stream_beneath(self, mode: Mode) -> None:
        """Leaving a stream early closes the stream beneath at once, and the wrapper answers the next call.

        What the wrapper holds while a stream is open, and frees at its end alone.
        """
        chat, probes = self.wrapped(ANSWER)

        left = self.in_time(lambda: _leave(chat, mode, lambda: open_calls(probes)))

        assert "" == left, _OPEN % left
        self.require_next_answer(chat, mode)

    @clause("wrapper.cancel", "acomplete", "astream")
    @pytest.mark.parametrize("when", sorted(_WAITS))
    def test_a_cancellation_passes_through(self, mode: Mode, when: str) -> None:
        """Cancelling the task cancels the call beneath, the caller gets CancelledError, and the next call is answered.

        ``except BaseException`` or ``except CancelledError`` without ``raise``; a task of the wrapper's own that goes
        on; a permit that is given back after the ``await``.
        """
        chat, probes = self.wrapped(_WAITS[when], ANSWER)

        left = self.in_time(lambda: asyncio.run(_cancel(chat, mode, lambda: open_calls(probes))))

        assert "" == left, _OPEN % left
        asyncio.run(until_idle(probes))
        assert [True] == [call.cancelled for probe in probes for call in probe.calls], "the call beneath goes on"
        self.require_next_answer(chat, mode)

    @clause("wrapper.close-from-thread")
    @pytest.mark.parametrize("when", sorted(_WAITS))
    def test_a_close_from_another_thread_passes_through(self, when: str) -> None:
        """`close` of a stream, from another thread, closes the stream beneath; the reader sees the end.

        A wrapper's stream that only remembers that it is closed: close the stream beneath, from the thread that calls.
        """
        chat, probes = self.wrapped(_WAITS[when], ANSWER)
        stream = chat.stream(distinct_request(1))

        def close_when_it_waits() -> int:
            probes[0].waiting.wait(2)
            stream.close()
            return 0

        read, _ = self.all_in_time(lambda: len(list(stream)), close_when_it_waits)

        after = _WAITS[when].after or 0
        assert after >= read, f"{read} events were read beneath, of which the chat gave {after}"
        asyncio.run(until_idle(probes))  # a wrapper may have begun it in another thread
        assert "" == open_calls(probes), _OPEN % open_calls(probes)
        self.require_next_answer(chat, "stream")

    @clause("wrapper.interrupt", *EVERY)
    @pytest.mark.parametrize("when", ["at once", "later"])
    def test_an_interrupt_passes_through(self, mode: Mode, when: str) -> None:
        """Ctrl-C in the call beneath reaches the caller as KeyboardInterrupt, and the next call is answered.

        ``except BaseException``; a step in ``finally``, which turns the interrupt into a RuntimeError; a permit or a
        span that is given back by ``except Exception``.
        """
        after = 0 if when == "at once" or mode in ("complete", "acomplete") else 2
        chat, probes = self.wrapped(Plays(response=ANSWER, error=KeyboardInterrupt(), after=after), ANSWER)

        with pytest.raises(KeyboardInterrupt):
            call_in_mode(chat, distinct_request(1), mode)

        assert "" == open_calls(probes), _OPEN % open_calls(probes)
        self.require_next_answer(chat, mode)

    @clause("wrapper.not-chosen", *EVERY)
    @pytest.mark.parametrize("fails", [False, True], ids=["answers", "fails"])
    def test_what_was_not_chosen_is_closed(self, mode: Mode, *, fails: bool) -> None:
        """After each call, no call beneath is in progress: what the wrapper began and did not use is closed.

        The loser of a race; an attempt that was given up; a stream that was opened to look at its first event.
        """
        outcome: Outcome = KeyError("a fault of the chat beneath") if fails else ANSWER
        chat, probes = self.wrapped(outcome, ANSWER)

        if fails:
            with pytest.raises(KeyError):
                call_in_mode(chat, distinct_request(1), mode)
        else:
            call_in_mode(chat, distinct_request(1), mode)

        asyncio.run(until_idle(probes))
        assert "" == open_calls(probes), _OPEN % open_calls(probes)

    @clause("wrapper.many-early-ends", "stream", "astream")
    def test_many_early_ends_do_not_stop_the_next_calls(self, mode: Mode) -> None:
        """After many streams that were left early, the wrapper answers the next call.

        A counter of permits, a set of open spans or a lock that an early end does not give back.
        """
        chat, _ = self.wrapped(ANSWER)

        def leave_many() -> None:
            for number in range(40):
                _leave(chat, mode, lambda: "", number=number + 10)

        self.in_time(leave_many)

        self.require_next_answer(chat, mode)


def _managed(chat: ChatPort) -> ManagedChatPort:
    assert isinstance(chat, Managed), "a wrapper has `close` and `aclose`, which close what is beneath"
    return chat


def _methods(how: str) -> set[str]:
    if ", " in how:
        return {"close", "aclose"}
    return {"close"} if how in SYNC else {"aclose"}


def _leave(chat: ChatPort, mode: Mode, look: Callable[[], str], number: int = 2) -> str:
    """Leave a stream after its first event; return what *look* returns then."""
    if mode == "astream":
        return asyncio.run(_aleave(chat, look, number))
    with chat.stream(distinct_request(number)) as stream:
        next(stream)
    return look()


async def _aleave(chat: ChatPort, look: Callable[[], str], number: int) -> str:
    async with chat.astream(distinct_request(number)) as stream:
        await anext(aiter(stream))
    return look()


async def _cancel(chat: ChatPort, mode: Mode, look: Callable[[], str]) -> str:
    """Cancel a call that waits; return what *look* returns once the task has ended. AssertionError if it went on."""

    async def call() -> None:
        if mode == "acomplete":
            await chat.acomplete(distinct_request(2))
        else:
            async with chat.astream(distinct_request(2)) as stream:
                await stream.until_done()

    task = asyncio.create_task(call())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled(), f"the cancelled task ended with {task.exception() or 'a result'}"
    return look()
