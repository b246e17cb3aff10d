"""Clauses about streams: each ends with exactly one StreamEnd, or raises."""

import asyncio
import time
from contextlib import suppress

import attrs
import pytest

from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import response_from_events
from llm_core.domain.responses import FinishReason
from llm_core.domain.settings import ChatSettings
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.testing.scenarios import Call, Framing, Replies

from .clause import clause
from .field_comparison import counted, require_same
from .modes import EVERY, STREAMS, Mode, call_in_mode, events
from .sample_requests import (
    HARD_TEXT_WITHOUT_UNICODE_LINE_ENDS,
    REQUEST_WITH_SHORT_TIMEOUT,
    REQUEST_WITH_TOOLS,
    SIMPLE_REQUEST,
)
from .stream_break_clauses import StreamBreakClauses, missing_response_message

RICH = Replies(
    text=HARD_TEXT_WITHOUT_UNICODE_LINE_ENDS,
    reasoning="Thinking of 🜁.",
    calls=[
        Call(id="call_1", name="get_weather", arguments_text='{"city": "Ålesund 🜁"}'),
        Call(id="call_2", name="get_time", arguments_text="{}"),
    ],
    finish_reason=FinishReason.TOOL_CALLS,
    usage=Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20),
)


SPLIT, WHOLE = (
    "Hm. \ud83d\ude00!",
    "Hm. \U0001f600!",
)  # one text: as a server may send it, and as the adapter must yield it
LOOP_TURNS, MOMENT = 20, 0.05  # seconds
LONG_PAUSE = 0.6  # seconds: longer than the timeout of REQUEST_WITH_SHORT_TIMEOUT


class StreamClauses(StreamBreakClauses):
    """How an answer arrives."""

    @clause("stream.one-end", *STREAMS)
    def test_a_stream_ends_once(self, mode: Mode) -> None:
        """A stream yields deltas, then exactly one StreamEnd, and nothing after it.

        The end of the stream: one StreamEnd after the last delta, also where usage comes in an event after the finish
        reason. An answer in a single delta is not a stream, and an empty delta is not yielded.
        """
        received = self._rich_events(mode)

        ends = [number for number, event in enumerate(received, 1) if isinstance(event, StreamEnd)]
        assert [len(received)] == ends, f"{len(received)} events came, and StreamEnd at the places {ends}"
        texts = sum(isinstance(event, TextDelta) for event in received)
        assert texts > 1, f"the text came in {texts} delta: it was not streamed"
        empty = sum(not event.text for event in received if isinstance(event, TextDelta | ReasoningDelta))
        assert not empty, f"{empty} deltas are empty"

    @clause("stream.end-agrees", *STREAMS)
    def test_the_end_agrees_with_the_deltas(self, mode: Mode) -> None:
        """The response in StreamEnd equals the one collected from the deltas.

        The response in StreamEnd: build it from the same deltas, as `ResponseBuilder` in
        `llm_core.domain.response_builder` does.
        """
        received = self._rich_events(mode)

        end = received[-1]
        assert isinstance(end, StreamEnd), f"the last event is a {type(end).__name__}, not StreamEnd"
        require_same("the response in StreamEnd", response_from_events(received), end.response)

    @clause("stream.equals-complete", *EVERY)
    @pytest.mark.parametrize("packet_size", [None, 1, 7])
    def test_all_modes_agree(self, mode: Mode, packet_size: int | None) -> None:
        """Text, calls, reasoning, usage and finish reason are those sent, in every mode, whatever the packet size.

        Code that exists twice, for streams and for complete answers. Bytes are split before they are text: keep the
        incomplete line and the incomplete character for the next packet.
        """
        reply = (
            self._rich_reply()
            if packet_size is None
            else attrs.evolve(self._rich_reply(), packet_size=packet_size, chunk_size=3)
        )

        response = call_in_mode(self.make_chat(reply), self._rich_request(), mode)

        self.require_content(reply, response)

    @clause("stream.whole-characters", *STREAMS)
    def test_no_delta_ends_within_a_character(self, mode: Mode) -> None:
        """Each delta is text that can be encoded, also where the provider splits a character between two events.

        The code that makes deltas: a lone surrogate, as JavaScript servers send it, waits for its other half.
        """
        split = Replies(text=SPLIT, reasoning=SPLIT, chunk_size=SPLIT.index("\ude00"))

        received = events(self.make_chat(split), SIMPLE_REQUEST, mode)

        deltas = [event.text for event in received if isinstance(event, TextDelta | ReasoningDelta)]
        split_deltas = [delta for delta in deltas if delta.encode(errors="ignore").decode() != delta]
        assert not split_deltas, (
            f"{len(split_deltas)} of {len(deltas)} deltas hold a lone surrogate: {split_deltas[:3]!r}"
        )
        require_same("the text", WHOLE, response_from_events(received).text)

    @clause("stream.begins-late")
    def test_nothing_is_sent_before_the_stream_is_read(self) -> None:
        """`stream` and `astream` send nothing before the stream is entered or read, also inside a running event loop.

        What `stream` and `astream` do before they return: they only create the stream, and start neither a task nor a
        thread. `llm_core.EventStream` takes a generator that has not started.
        """
        self.in_time(lambda: asyncio.run(self._make_streams(self.make_chat(Replies()))))

        assert (0, 0) == (self.recorder.count, self.recorder.accepted), f"{self.counted()} before a stream is read"

    @clause("stream.begins-at-enter", *STREAMS)
    def test_entering_sends_the_request(self, mode: Mode) -> None:
        """Entering ``with`` sends the request, before the first event is read.

        What `__enter__` and `__aenter__` do: they send, and wait for the first event, as `llm_core.EventStream` does.
        """
        sent = asyncio.run(self._async_enter()) if mode == "astream" else self._enter()

        assert sent == 1, f"entering the stream sent {counted(sent, 'request')}, not 1"

    @clause("stream.response", *STREAMS)
    def test_the_response_is_there_after_the_end(self, mode: Mode) -> None:
        """`until_done` reads the remaining events and returns the response; earlier, `response` raises RuntimeError.

        The stream's own state, which `llm_core.EventStream` keeps for a generator.
        """
        chat = self.make_chat(Replies(text="All of it."))

        early, done, after = asyncio.run(_aread_to_end(chat)) if mode == "astream" else _read_to_end(chat)

        assert early, "`response` of an unfinished stream raises a RuntimeError without a message"
        require_same("the text of `until_done` and of `response`", ["All of it."] * 2, [done, after])

    @clause("stream.once", *STREAMS)
    def test_a_stream_is_read_once(self, mode: Mode) -> None:
        """An ended stream yields nothing more, a closed one has no response, entering a started one sends no request.

        The stream's own state (started, ended, closed), which `llm_core.EventStream` keeps for a generator.
        """
        chat = self.make_chat(Replies(text="All of it."))

        text, events = asyncio.run(_aread_twice(chat)) if mode == "astream" else _read_twice(chat)
        closed = asyncio.run(_aread_closed(chat)) if mode == "astream" else _read_closed(chat)

        require_same("the text", "All of it.", text)
        require_same("events after the end", [], events)
        assert closed, "`response` of a closed stream raises a RuntimeError without a message"
        assert self.recorder.count <= 2, f"{self.counted()}: a stream was requested again"

    @clause("stream.framing", *STREAMS)
    @pytest.mark.parametrize("framing", ["tight", "crlf", "comments"])
    def test_events_may_be_written_in_other_ways(self, mode: Mode, framing: Framing) -> None:
        """Other framings give the same answer: no space after the colon, CR LF line ends, comments between events.

        The code that turns lines into events: split at lines of every type, and do not require the space after the
        colon.
        """
        reply = attrs.evolve(self._rich_reply(), framing=framing)

        response = call_in_mode(self.make_chat(reply), self._rich_request(), mode)

        self.require_content(reply, response)

    @clause("stream.slow-reader", *STREAMS)
    def test_a_slow_reader_is_not_a_timeout(self, mode: Mode) -> None:
        """`timeout` limits the provider only: the caller may take any time between two events.

        When the clock of a stream starts: when the next event is requested, not when the last one was yielded.
        """
        chat = self.make_chat(Replies(text="All of it.", pause=0.02))

        text = asyncio.run(_aread_slowly(chat)) if mode == "astream" else _read_slowly(chat)

        require_same("the text", "All of it.", text)

    @clause("stream.slow-is-no-silence", *STREAMS)
    def test_a_slow_answer_is_not_a_timeout(self, mode: Mode) -> None:
        """`timeout` is the time until the next event, not until the end: a stream that keeps coming may take longer.

        The timeout of a stream: it starts again with each event. Only `complete` has a limit on the whole answer.
        """
        slow = Replies(text="slowly but surely, word by word", pause=0.06, chunk_size=2)
        patient = attrs.evolve(REQUEST_WITH_SHORT_TIMEOUT, settings=ChatSettings(timeout=0.6))

        response = call_in_mode(self.make_chat(slow), patient, mode)

        require_same("the text", slow.text, response.text)

    def _rich_reply(self) -> Replies:
        return RICH if self.capabilities.tools else attrs.evolve(RICH, calls=(), finish_reason=FinishReason.STOP)

    def _rich_request(self) -> ChatRequest:
        return REQUEST_WITH_TOOLS if self.capabilities.tools else SIMPLE_REQUEST

    def _rich_events(self, mode: Mode) -> list[StreamEvent]:
        return events(self.make_chat(self._rich_reply()), self._rich_request(), mode)

    async def _make_streams(self, chat: ChatPort) -> None:
        stream, async_stream = chat.stream(SIMPLE_REQUEST), chat.astream(SIMPLE_REQUEST)
        for _ in range(LOOP_TURNS):
            await asyncio.sleep(0)
        await asyncio.sleep(MOMENT)  # a request that was sent arrives meanwhile
        stream.close()
        await async_stream.aclose()

    def _enter(self) -> int:
        with self.make_chat(Replies()).stream(SIMPLE_REQUEST):
            return self.recorder.count

    async def _async_enter(self) -> int:
        async with self.make_chat(Replies()).astream(SIMPLE_REQUEST):
            return self.recorder.count


def _read_to_end(chat: ChatPort) -> tuple[str, str, str]:
    with chat.stream(SIMPLE_REQUEST) as stream:
        next(stream)
        early = missing_response_message(stream)
        done = stream.until_done().text
    return early, done, stream.response.text


async def _aread_to_end(chat: ChatPort) -> tuple[str, str, str]:
    async with chat.astream(SIMPLE_REQUEST) as stream:
        await anext(aiter(stream))
        early = missing_response_message(stream)
        done = (await stream.until_done()).text
    return early, done, stream.response.text


def _read_twice(chat: ChatPort) -> tuple[str, list[StreamEvent]]:
    begun = chat.stream(SIMPLE_REQUEST)
    received = [next(begun)]
    with begun as stream:
        received += stream
        more = list(stream)
    with suppress(RuntimeError), begun as stream:  # it may refuse to be entered again
        more += stream
    return response_from_events(received).text, more


async def _aread_twice(chat: ChatPort) -> tuple[str, list[StreamEvent]]:
    begun = chat.astream(SIMPLE_REQUEST)
    received = [await anext(aiter(begun))]
    async with begun as stream:
        received += [event async for event in stream]
        more = [event async for event in stream]
    with suppress(RuntimeError):  # it may refuse to be entered again
        async with begun as stream:
            more += [event async for event in stream]
    return response_from_events(received).text, more


def _read_closed(chat: ChatPort) -> str:
    with chat.stream(SIMPLE_REQUEST) as stream:
        next(stream)
    with pytest.raises(RuntimeError) as caught:
        stream.until_done()
    return str(caught.value)


async def _aread_closed(chat: ChatPort) -> str:
    async with chat.astream(SIMPLE_REQUEST) as stream:
        await anext(aiter(stream))
    with pytest.raises(RuntimeError) as caught:
        await stream.until_done()
    return str(caught.value)


def _read_slowly(chat: ChatPort) -> str:
    with chat.stream(REQUEST_WITH_SHORT_TIMEOUT) as stream:
        received = [next(stream)]
        time.sleep(LONG_PAUSE)
        return response_from_events([*received, *stream]).text


async def _aread_slowly(chat: ChatPort) -> str:
    async with chat.astream(REQUEST_WITH_SHORT_TIMEOUT) as stream:
        received = [await anext(aiter(stream))]
        await asyncio.sleep(LONG_PAUSE)
        return response_from_events([*received, *[event async for event in stream]]).text
