"""Clauses about `close` while another thread waits: of a stream, and of the adapter.

An adapter that claims `closes_from_other_threads=False` must end the wait by its timeout. A late end counts only if it
is late in each of `ROUNDS` rounds: another process may have used the processor.
"""

import asyncio
import threading
import time
from collections.abc import Callable

import attrs
import pytest

from llm_core.domain.errors import ChatError
from llm_core.domain.events import StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.domain.usage import Usage
from llm_core.ports.chat import AsyncChatStream, ChatPort
from llm_core.ports.closing import Managed
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.guards.deadlock_guard import Result, in_time
from llm_core.testing.scenarios import Breaks

from .author_api import ContractAuthorApi
from .clause import clause
from .closing import SLOW_REQUEST
from .error_table import COUNTED
from .field_comparison import require_same
from .modes import STREAMS, Mode, call_in_mode

LATEST = 0.15  # seconds from the close to the end of the wait: the port promises 0.1
PATIENCE = 2.0  # seconds after which the provider ends the wait itself
ROUNDS = 4
WAITS: dict[str, Breaks] = {
    "for the first event": Breaks(how="silence", after=0, patience=PATIENCE),
    "for the next event": Breaks(how="silence", after=4, patience=PATIENCE),
}
_STARTED = 0.05  # seconds from the arrival of the request until its sender waits for the answer
_MAX_WAIT = 10.0  # seconds
_TIMEOUT = 0.6  # seconds, of a request whose wait its adapter cannot end


@attrs.define
class _Waiting:
    """A call in a thread of its own, and how it ended."""

    call: Callable[[], object]
    error: Exception | None = None
    thread: threading.Thread = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Begin."""
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.call()
        except Exception as error:  # noqa: BLE001 -- the clause looks at it
            self.error = error

    def closed_by(self, close: Callable[[], None]) -> float:
        """Return the seconds from *close* to the end of the call."""
        began = time.monotonic()
        close()
        self.thread.join(_MAX_WAIT)
        assert not self.thread.is_alive(), f"the call has not ended {_MAX_WAIT:.0f} seconds after the close"
        return time.monotonic() - began


class OtherThreadClauses(ContractAuthorApi):
    """What `close` does to a thread that waits."""

    @clause("close.other-thread")
    @pytest.mark.parametrize("wait", WAITS)
    def test_closing_a_stream_from_another_thread_ends_its_reader(self, wait: str) -> None:
        """`close` of a stream from another thread ends the reader's wait, its iteration, and frees the connection.

        What interrupts a read that waits. `llm_core.EventStream` calls the function `abort` that it is given; closing
        the generator alone is an error, since it runs. Without a way to interrupt, claim
        `closes_from_other_threads=False`.
        """
        self.skip_unless_waiting()
        chat = self.make_chat(WAITS[wait])

        self._require_prompt(lambda: self.in_time(lambda: self._close_the_stream(chat)))

        assert self.recorder.all_freed(), "the connection is still open"

    @clause("stream.any-thread", *STREAMS)
    def test_each_event_may_be_read_in_another_thread_or_task(self, mode: Mode) -> None:
        """Threads may take turns at a stream, and tasks of one loop at an async one: the answer is the same.

        State of a stream that belongs to a thread or a task: `threading.local`, a context variable, a cancel scope or
        `asyncio.timeout` that is open between two events. A web server reads each event in another thread of its pool,
        and `asyncio.wait_for` in another task.
        """
        chat = self.make_chat(COUNTED)

        if mode == "astream":
            text, response, usage = self.in_time(lambda: asyncio.run(_read_by_tasks(chat)))
        else:
            text, response, usage = self.in_time(lambda: _read_by_threads(chat))

        assert (COUNTED.text, COUNTED.text) == (text, response.text), "the events, and `response`"
        assert response.usage == usage, "`usage` of the stream, and of its response"

    @clause("adapter.close-ends-calls", "complete", "stream")
    def test_closing_an_adapter_from_another_thread_ends_its_calls(self, mode: Mode) -> None:
        """`close` of an adapter ends the sync calls that wait in other threads: each raises a ChatError.

        The calls in progress, which the adapter must know to end them: closing a pool leaves a thread in its read. An
        answer that breaks off this way is never a short success. Without a way to interrupt a read, claim
        `closes_from_other_threads=False`.
        """
        self.skip_unless_waiting()

        self._require_prompt(lambda: self.in_time(lambda: self._close_the_adapter(mode)))

        assert self.recorder.all_freed(), "the connection is still open"

    def _close_the_stream(self, chat: ChatPort) -> float:
        stream = chat.stream(self._request())
        before = self.recorder.count
        waiting = _Waiting(lambda: list(stream))
        self._wait_for_request(before)
        waited = waiting.closed_by(stream.close)
        assert waiting.error is None, f"the reader saw {waiting.error!r} instead of the end of the iteration"
        require_same("events after the close", [], list(stream))
        with pytest.raises(RuntimeError):
            _ = stream.response
        return waited

    def _close_the_adapter(self, mode: Mode) -> float:
        chat = self.make_chat(WAITS["for the first event"])
        managed, before = self.chat_under_test, self.recorder.count
        if not isinstance(managed, Managed):
            raise NotExpressibleError("the adapter is no ManagedChatPort: it has no `close` and `aclose`")
        waiting = _Waiting(lambda: call_in_mode(chat, self._request(), mode))
        self._wait_for_request(before)
        waited = waiting.closed_by(managed.close)
        assert isinstance(waiting.error, ChatError), f"the call ended with {waiting.error!r}, which is no ChatError"
        self.forget(chat)
        return waited

    def _request(self) -> ChatRequest:
        seconds = 60 if self.capabilities.closes_from_other_threads else _TIMEOUT
        return attrs.evolve(SLOW_REQUEST, settings=ChatSettings(timeout=seconds))

    def _wait_for_request(self, before: int) -> None:
        until = time.monotonic() + _MAX_WAIT
        while self.recorder.count == before:
            assert time.monotonic() < until, f"no request arrived within {_MAX_WAIT:.0f} seconds"
            time.sleep(0.005)
        time.sleep(_STARTED)

    def _require_prompt(self, close: Callable[[], float]) -> None:
        waited = [close()]
        if not self.capabilities.closes_from_other_threads:
            return
        while waited[-1] > LATEST and len(waited) < ROUNDS:
            waited.append(close())
        assert waited[-1] < LATEST, f"the call went on for {waited[-1]:.1f} seconds after the close"


def _in_thread(work: Callable[[], Result]) -> Result:
    return in_time(_MAX_WAIT, work)[0]


def _read_by_threads(chat: ChatPort) -> tuple[str, ChatResponse, Usage | None]:
    stream, events = chat.stream(SLOW_REQUEST), list[StreamEvent]()
    _in_thread(stream.__enter__)
    while event := _in_thread(lambda: next(stream, None)):
        events.append(event)
    response, usage = _in_thread(lambda: (stream.response, stream.usage))
    _in_thread(stream.close)
    return response_from_events(events).text, response, usage


async def _read_by_tasks(chat: ChatPort) -> tuple[str, ChatResponse, Usage | None]:
    stream, events = chat.astream(SLOW_REQUEST), list[StreamEvent]()
    await asyncio.create_task(_entered(stream))
    while event := await asyncio.create_task(_next(stream)):
        events.append(event)
    response, usage = stream.response, stream.usage
    await asyncio.create_task(_closed(stream))
    return response_from_events(events).text, response, usage


async def _entered(stream: AsyncChatStream) -> None:
    await stream.__aenter__()


async def _next(stream: AsyncChatStream) -> StreamEvent | None:
    return await anext(aiter(stream), None)


async def _closed(stream: AsyncChatStream) -> None:
    await stream.aclose()
