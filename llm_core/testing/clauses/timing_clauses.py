"""Clauses about time: a timeout is neither early nor late, counts from the start of the work, and nothing runs before.

A late timeout counts only if it is late in each of `ROUNDS` rounds: another process may have used the processor.
"""

import asyncio
import gc
import time
import warnings
from collections.abc import Callable
from contextlib import suppress

import attrs
import pytest

from llm_core.domain.errors import ChatError, ChatTimeoutError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import ChatPort
from llm_core.testing.guards.runtime_probes import wait_for_few_tasks
from llm_core.testing.scenarios import Breaks, HangsUp, Replies, Sends

from .author_api import ContractAuthorApi
from .clause import clause
from .closing import STILL_OPEN
from .field_comparison import require_same
from .modes import EVERY, Mode, call_in_mode
from .sample_requests import SIMPLE_REQUEST

TIMEOUT = 0.25  # seconds; rounded to whole seconds it is four times as long, or nothing
EARLIEST_SHARE, LATEST = 0.9, 1.7 * TIMEOUT
IDLE = 0.3  # seconds: longer than the timeout
ROUNDS = 4
LONG_TIMEOUT = 0.6  # seconds: room for a head that comes late, and for a bound that a second timeout exceeds
LATEST_OVERALL = 1.5 * LONG_TIMEOUT
SILENCE = 5.5  # seconds: httpx gives up a read after 5 by default
PHASES: dict[str, Breaks | HangsUp | Sends] = {
    "before the head": HangsUp(how="silence"),
    "within the head": HangsUp(how="drip"),
    "before the body": Breaks(how="silence", after=0),
    "within the answer": Breaks(how="silence", after=4),
    "keep-alives": Breaks(how="drip", after=4),
    "the body of an error": Sends(body=b'{"error": {"message": "it', status=500, stalls=True),
}
LATE_HEAD = Breaks(how="silence", after=0, reply=Replies(text="A rather long answer.", wait=0.9 * LONG_TIMEOUT))
_REQUEST = attrs.evolve(SIMPLE_REQUEST, settings=ChatSettings(timeout=TIMEOUT))
_LONG_REQUEST = attrs.evolve(SIMPLE_REQUEST, settings=ChatSettings(timeout=LONG_TIMEOUT))
_PATIENT_REQUEST = attrs.evolve(SIMPLE_REQUEST, settings=ChatSettings(timeout=60))


class TimingClauses(ContractAuthorApi):
    """When an answer must be there, and when a call begins."""

    @clause("timeout.bounds", *EVERY)
    @pytest.mark.parametrize("phase", sorted(PHASES))
    def test_a_timeout_comes_in_time_in_every_phase(self, mode: Mode, phase: str) -> None:
        """A ChatTimeoutError comes when `timeout` has passed, not earlier and not later, whatever is waited for.

        A timeout that is rounded to whole seconds, halved, or counted for each read or phase of the HTTP client: a
        deadline covers the whole call of `complete`, and the wait for the next event of a stream. The body of an error
        is part of the call; its status alone may be reported at once.
        """
        self.skip_unless_waiting()
        chat, answers = self.make_chat(PHASES[phase]), PHASES[phase]
        has_status = isinstance(answers, Sends)

        self._require_timely(
            lambda: _timed(lambda: call_in_mode(chat, _REQUEST, mode), ChatError if has_status else ChatTimeoutError),
            may_be_early=has_status,
        )

    @clause("timeout.covers-all-phases", *EVERY)
    def test_a_timeout_counts_once_for_all_phases(self, mode: Mode) -> None:
        """A head that comes just in time does not begin a new timeout: head and first event, or body, have one in all.

        A timeout for the response's head and another for its body, as `asyncio.timeout` around each of the two, or the
        client's own for each phase: one deadline covers connecting, head and body.
        """
        self.skip_unless_waiting()
        chat = self.make_chat(LATE_HEAD)

        self._require_timely(
            lambda: _timed(lambda: call_in_mode(chat, _LONG_REQUEST, mode)), LONG_TIMEOUT, LATEST_OVERALL
        )

    @clause("timeout.open-whole-body", "complete", "acomplete")
    def test_a_whole_body_that_stays_open_ends_within_the_timeout(self, mode: Mode) -> None:
        """A body that is whole and stays open is the answer, or a ChatTimeoutError, when `timeout` has passed.

        What reads the body of an answer: JSON has no last event, so only its HTTP framing says that no byte follows,
        and to wait for that until the deadline is right. It is neither broken nor awaited for longer.
        """
        self.skip_unless_waiting()
        chat = self.make_chat(Replies(text="All of it.", afterwards="hold"))
        texts: list[str] = []

        self._require_timely(lambda: _until_over(chat, mode, texts), may_be_early=True)

        assert {"All of it."} >= set(texts), f"another text than 'All of it.' was returned: {texts!r}"
        assert self.recorder.all_freed(), STILL_OPEN

    @clause("timeout.is-the-requests-own")
    def test_no_shorter_timeout_of_the_client_applies(self) -> None:
        """A silence of some seconds, shorter than `timeout`, ends no call: no other timeout applies.

        The HTTP client's or SDK's default, which stays in force beside the request's: httpx gives up each read after 5
        seconds. Turn it off (`timeout=None`), since the deadline of the request covers the whole call.
        """
        self.skip_unless_waiting()
        chat = self.make_chat(Replies(text="All of it.", wait=SILENCE))

        responses = self.all_in_time(*(_completing(chat, mode) for mode in EVERY))

        require_same("the texts of all modes", ["All of it."] * len(EVERY), [response.text for response in responses])

    @clause("timeout.counts-from-the-work", *EVERY)
    def test_a_timeout_counts_from_the_start_of_the_work(self, mode: Mode) -> None:
        """`timeout` counts from the start of the call's work: not from the adapter's making, nor from an earlier call.

        A deadline that is computed in the constructor, in `stream` or `astream`, or once for all calls: compute it when
        the request is about to be sent.
        """
        chat = self.make_chat(Replies())
        call_in_mode(chat, _REQUEST, mode)
        time.sleep(IDLE)
        self.switch(PHASES["before the body"])

        self._require_timely(lambda: _waited_after_a_pause(chat, mode))

    @clause("call.in-a-running-loop", "complete", "stream")
    def test_sync_methods_work_inside_a_running_event_loop(self, mode: Mode) -> None:
        """`complete` and `stream` work in a thread whose event loop is running, before and after async calls.

        `asyncio.run` inside `complete`, which fails there, and work that is handed to the running loop, which the call
        blocks: run it on a loop in another thread, as `llm_core.from_async` does.
        """
        chat = self.make_chat(Replies(text="All of it."))

        texts = self.in_time(lambda: asyncio.run(_mixed(chat, mode)))

        require_same("the texts of four calls", ["All of it."] * 4, texts)

    @clause("stream.dropped-warns")
    def test_an_async_stream_that_is_dropped_open_warns(self) -> None:
        """An async stream that is dropped before its end, without `aclose`, emits a ResourceWarning; no other one does.

        The stream's `__del__`, which cannot await what frees the connection: `llm_core.AsyncEventStream` warns there.
        """
        chat = self.make_chat(Replies(text="All of it."))
        gc.collect()  # what other tests left behind may warn too

        dropped, ended, unread = self.in_time(lambda: asyncio.run(_resource_warnings(chat)))

        assert (0, 0) == (ended, unread), "a stream that has ended, or was never read, warns"
        assert dropped > 0, "a stream that is dropped while it is open does not warn"

    def _require_timely(
        self, call: Callable[[], float], timeout: float = TIMEOUT, latest: float = LATEST, *, may_be_early: bool = False
    ) -> None:
        waited: list[float] = []
        while not waited or (waited[-1] > latest and len(waited) < ROUNDS):
            waited.append(self.in_time(call))
        early, late = waited[-1] < EARLIEST_SHARE * timeout, waited[-1] > latest
        assert may_be_early or not early, (
            f"a timeout of {timeout} seconds came after {waited[-1]:.2f} seconds: too early"
        )
        assert not late, f"a timeout of {timeout} seconds came after {waited[-1]:.2f} seconds: too late"


def _completing(chat: ChatPort, mode: Mode) -> Callable[[], ChatResponse]:
    return lambda: call_in_mode(chat, _PATIENT_REQUEST, mode)


def _timed(call: Callable[[], object], error_class: type[ChatError] = ChatTimeoutError) -> float:
    began = time.monotonic()
    with pytest.raises(error_class):
        call()
    return time.monotonic() - began


def _until_over(chat: ChatPort, mode: Mode, texts: list[str]) -> float:
    """Return how long a call takes that is answered or times out; add the text of an answer to *texts*."""
    began = time.monotonic()
    with suppress(ChatTimeoutError):
        texts.append(call_in_mode(chat, _REQUEST, mode).text)
    return time.monotonic() - began


def _waited_after_a_pause(chat: ChatPort, mode: Mode) -> float:
    """Return the time from the start of the work to the timeout, where the stream was made some time before."""
    match mode:
        case "complete":
            return _timed(lambda: chat.complete(_REQUEST))
        case "stream":
            stream = chat.stream(_REQUEST)
            time.sleep(IDLE)
            return _timed(lambda: next(stream))
        case _:
            return asyncio.run(_awaited_after_a_pause(chat, mode))


async def _awaited_after_a_pause(chat: ChatPort, mode: Mode) -> float:
    if mode == "acomplete":
        work = chat.acomplete(_REQUEST)
    else:
        stream = chat.astream(_REQUEST)
        work = stream.until_done()
    await asyncio.sleep(IDLE)
    began = time.monotonic()
    with pytest.raises(ChatTimeoutError):
        await work
    return time.monotonic() - began


async def _mixed(chat: ChatPort, mode: Mode) -> list[str]:
    async def acomplete() -> str:
        return (await chat.acomplete(SIMPLE_REQUEST)).text

    first = call_in_mode(chat, SIMPLE_REQUEST, mode).text
    return [first, await acomplete(), call_in_mode(chat, SIMPLE_REQUEST, mode).text, await acomplete()]


async def _resource_warnings(chat: ChatPort) -> tuple[int, int, int]:
    """Return how many ResourceWarnings a stream emits that is dropped open, one that has ended, and an unread one."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ResourceWarning)
        await _read(chat, SIMPLE_REQUEST, whole=True)
        ended = len(caught)
        _ = chat.astream(SIMPLE_REQUEST)
        del _
        unread = len(caught) - ended
        await _read(chat, SIMPLE_REQUEST, whole=False)
        if len(caught) == ended + unread:
            gc.collect()  # the stream may be part of a cycle
        dropped = len(caught) - ended - unread
        caught.clear()  # a warning references the stream
        await asyncio.sleep(0.02)
        await wait_for_few_tasks(0)  # in which the loop closes what was dropped
        return dropped, ended, unread


async def _read(chat: ChatPort, request: ChatRequest, *, whole: bool) -> None:
    stream = chat.astream(request)
    await anext(aiter(stream))
    if whole:
        await stream.until_done()
