"""A stream ends with exactly one StreamEnd, or raises; and it frees what it holds however it is left."""

import asyncio
import time

import attrs
import pytest

from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, response_from_events
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.testing.scenarios import Call, Framing, Replies

from .clause import clause
from .modes import EVERY, STREAMS, Mode, call_in_mode, events
from .sample_requests import SIMPLE_REQUEST, REQUEST_WITH_TOOLS, HARD_TEXT_WITHOUT_UNICODE_LINE_ENDS, REQUEST_WITH_SHORT_TIMEOUT
from .stream_break_clauses import StreamBreakClauses, refusal

RICH = Replies(
    text=HARD_TEXT_WITHOUT_UNICODE_LINE_ENDS,
    reasoning="Thinking of 🜁.",
    calls=[
        Call(id="call_1", name="get_weather", arguments_text='{"city": "Ålesund 🜁"}'),
        Call(id="call_2", name="get_time", arguments_text="{}"),
    ],
    usage=Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20),
)


SPLIT, WHOLE = "Hm. \ud83d\ude00!", "Hm. \U0001f600!"  # the same, as a server may send it and as it must be told
LONG_PAUSE = 0.6  # seconds: longer than that patience


class StreamClauses(StreamBreakClauses):
    """How an answer arrives."""

    @clause("stream.one-end", *STREAMS)
    def test_a_stream_ends_once(self, mode: Mode) -> None:
        """Deltas first, then exactly one StreamEnd, and nothing after it.

        The end of the stream: one StreamEnd after the last delta, also where usage comes in an event after the finish.
        An answer in one piece is no stream, and a piece of nothing is no piece.
        """
        told = self._rich_events(mode)

        assert [StreamEnd] == [type(event) for event in told if isinstance(event, StreamEnd)]
        assert isinstance(told[-1], StreamEnd)
        assert 1 < sum(isinstance(event, TextDelta) for event in told)
        assert all(event.text for event in told if isinstance(event, TextDelta | ReasoningDelta))

    @clause("stream.end-agrees", *STREAMS)
    def test_the_end_says_what_the_deltas_said(self, mode: Mode) -> None:
        """Folding the deltas gives the response that the end carries.

        The response in StreamEnd: it is put together from the same pieces as the deltas. `llm_core.domain.events.ResponseBuilder`
        does it.
        """
        told = self._rich_events(mode)

        end = told[-1]
        assert isinstance(end, StreamEnd)
        assert end.response == response_from_events(told)

    @clause("stream.equals-complete", *EVERY)
    @pytest.mark.parametrize("packet_size", [None, 1, 7])
    def test_all_modes_say_the_same(self, mode: Mode, packet_size: int | None) -> None:
        """Text, calls, reasoning, usage and finish reason are the same in every mode, however the network splits.

        Whatever is written twice, once for the stream and once for the whole answer. Bytes are split before they are
        text: keep what is left of a line, and of a character, for the next packet.
        """
        reply = (
            self._rich_reply() if packet_size is None else attrs.evolve(self._rich_reply(), packet_size=packet_size, chunk_size=3)
        )

        response = call_in_mode(self.make_chat(reply), self._rich_request(), mode)

        promised = self.expected_reply(reply, response)
        assert promised.message.content == response.text
        assert promised.tool_calls == response.tool_calls
        assert [part.text for part in promised.message.reasoning] == [part.text for part in response.message.reasoning]
        assert (promised.usage, promised.finish_reason) == (response.usage, response.finish_reason)

    @clause("stream.whole-characters", *STREAMS)
    def test_no_piece_ends_within_a_character(self, mode: Mode) -> None:
        """Each delta is text that can be encoded, also where the provider splits a character between two events.

        Where deltas are made: half of a surrogate pair, as JavaScript servers send it, waits for the other half.
        """
        split = Replies(text=SPLIT, reasoning=SPLIT, chunk_size=SPLIT.index("\ude00"))

        told = events(self.make_chat(split), SIMPLE_REQUEST, mode)

        pieces = [event.text for event in told if isinstance(event, TextDelta | ReasoningDelta)]
        assert [] == [piece for piece in pieces if piece.encode(errors="ignore").decode() != piece]
        assert WHOLE == response_from_events(told).text

    @clause("stream.begins-late")
    def test_nothing_is_sent_before_the_stream_is_read(self) -> None:
        """`stream` and `astream` send nothing by themselves.

        What `stream` and `astream` do before they return: nothing but making the stream. `llm_core.EventStream` takes a
        generator, which has not begun.
        """
        chat = self.make_chat(Replies())

        chat.stream(SIMPLE_REQUEST).close()
        asyncio.run(chat.astream(SIMPLE_REQUEST).aclose())

        assert 0 == self.recorder.count

    @clause("stream.begins-at-enter", *STREAMS)
    def test_entering_sends_the_request(self, mode: Mode) -> None:
        """The request is on its way once ``with`` is entered, before the first event is asked for.

        What `__enter__` and `__aenter__` do: they send, and wait for the first event. `llm_core.EventStream` does it.
        """
        sent = asyncio.run(self._async_enter()) if mode == "astream" else self._enter()

        assert 1 == sent

    @clause("stream.response", *STREAMS)
    def test_the_response_is_there_after_the_end(self, mode: Mode) -> None:
        """`until_done` reads the rest, and tells all; `response` is there afterwards, and before that a RuntimeError.

        The stream's own state. `llm_core.EventStream` keeps it around a generator.
        """
        chat = self.make_chat(Replies(text="All of it."))

        early, done, after = asyncio.run(_aread_to_end(chat)) if mode == "astream" else _read_to_end(chat)

        assert early
        assert ("All of it.", "All of it.") == (done, after)

    @clause("stream.once", *STREAMS)
    def test_a_stream_is_read_once(self, mode: Mode) -> None:
        """An ended stream tells nothing again, a closed one has no answer, and entering one that began asks no more.

        The stream's own state: begun, ended, closed. `llm_core.EventStream` keeps it around a generator.
        """
        chat = self.make_chat(Replies(text="All of it."))

        words, again = asyncio.run(_aread_twice(chat)) if mode == "astream" else _read_twice(chat)
        closed = asyncio.run(_aread_closed(chat)) if mode == "astream" else _read_closed(chat)

        assert ("All of it.", []) == (words, again)
        assert closed
        assert self.recorder.count <= 2, "asked again"

    @clause("stream.framing", *STREAMS)
    @pytest.mark.parametrize("framing", ["tight", "crlf", "comments"])
    def test_events_may_be_written_in_other_ways(self, mode: Mode, framing: Framing) -> None:
        """No space after the colon, lines that end in CR LF, comments between events: it is the same answer.

        Where lines become events: server-sent events are split at lines, not at an empty line of one kind, and the
        space after the colon need not be there.
        """
        response = call_in_mode(self.make_chat(attrs.evolve(self._rich_reply(), framing=framing)), self._rich_request(), mode)

        assert HARD_TEXT_WITHOUT_UNICODE_LINE_ENDS == response.text
        assert len(self._rich_reply().calls) == len(response.tool_calls)

    @clause("stream.slow-reader", *STREAMS)
    def test_a_slow_reader_is_no_silent_provider(self, mode: Mode) -> None:
        """`timeout` is the time that the provider takes; how long the caller thinks between two events is its own.

        Where the clock of a stream begins: when the next event is asked for, not when the last one was told.
        """
        chat = self.make_chat(Replies(text="All of it.", pause=0.02))

        words = asyncio.run(_aread_slowly(chat)) if mode == "astream" else _read_slowly(chat)

        assert "All of it." == words

    @clause("stream.slow-is-no-silence", *STREAMS)
    def test_a_slow_answer_is_no_silent_one(self, mode: Mode) -> None:
        """`timeout` is the time to the next event, not to the end: an answer that keeps coming may take longer.

        The timeout of a stream: it begins again with each event. A limit on the whole belongs to `complete` alone.
        """
        slow = Replies(text="slowly but surely, word by word", pause=0.06, chunk_size=2)
        patient = attrs.evolve(REQUEST_WITH_SHORT_TIMEOUT, settings=ChatSettings(timeout=0.6))

        response = call_in_mode(self.make_chat(slow), patient, mode)

        assert slow.text == response.text

    def _rich_reply(self) -> Replies:
        return RICH if self.capabilities.tools else attrs.evolve(RICH, calls=())

    def _rich_request(self) -> ChatRequest:
        return REQUEST_WITH_TOOLS if self.capabilities.tools else SIMPLE_REQUEST

    def _rich_events(self, mode: Mode) -> list[StreamEvent]:
        return events(self.make_chat(self._rich_reply()), self._rich_request(), mode)

    def _enter(self) -> int:
        with self.make_chat(Replies()).stream(SIMPLE_REQUEST):
            return self.recorder.count

    async def _async_enter(self) -> int:
        async with self.make_chat(Replies()).astream(SIMPLE_REQUEST):
            return self.recorder.count


def _read_to_end(chat: ChatPort) -> tuple[str, str, str]:
    with chat.stream(SIMPLE_REQUEST) as stream:
        next(stream)
        early = refusal(stream)
        done = stream.until_done().text
    return early, done, stream.response.text


async def _aread_to_end(chat: ChatPort) -> tuple[str, str, str]:
    async with chat.astream(SIMPLE_REQUEST) as stream:
        await anext(aiter(stream))
        early = refusal(stream)
        done = (await stream.until_done()).text
    return early, done, stream.response.text


def _read_twice(chat: ChatPort) -> tuple[str, list[StreamEvent]]:
    begun = chat.stream(SIMPLE_REQUEST)
    told = [next(begun)]
    with begun as stream:
        told += stream
        return response_from_events(told).text, list(stream)


async def _aread_twice(chat: ChatPort) -> tuple[str, list[StreamEvent]]:
    begun = chat.astream(SIMPLE_REQUEST)
    told = [await anext(aiter(begun))]
    async with begun as stream:
        told += [event async for event in stream]
        return response_from_events(told).text, [event async for event in stream]


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
        told = [next(stream)]
        time.sleep(LONG_PAUSE)
        return response_from_events([*told, *stream]).text


async def _aread_slowly(chat: ChatPort) -> str:
    async with chat.astream(REQUEST_WITH_SHORT_TIMEOUT) as stream:
        told = [await anext(aiter(stream))]
        await asyncio.sleep(LONG_PAUSE)
        return response_from_events([*told, *[event async for event in stream]]).text
