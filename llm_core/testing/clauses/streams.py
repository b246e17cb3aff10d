"""A stream ends with exactly one StreamEnd, or raises; and it frees what it holds however it is left."""

import asyncio
from typing import get_args

import attrs
import pytest

from llm_core.domain.errors import BadResponseError, ChatError
from llm_core.domain.events import StreamEnd, StreamEvent, TextDelta, fold
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.usage import Usage
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream
from llm_core.testing.promises import promised_error
from llm_core.testing.scenarios import Break, Breaks, Call, Replies

from .arranging import Arranging
from .asking import ASK, ASK_WITH_TOOLS, HARD_WORDS, SHORT_PATIENCE
from .clause import clause
from .modes import EVERY, STREAMS, Mode, ask, events

RICH = Replies(
    text=HARD_WORDS,
    reasoning="Thinking of 🜁.",
    calls=[
        Call(id="call_1", name="get_weather", arguments_text='{"city": "Ålesund 🜁"}'),
        Call(id="call_2", name="get_time", arguments_text="{}"),
    ],
    usage=Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20),
)
HOW: tuple[Break, ...] = get_args(Break)


class StreamClauses(Arranging):
    """How an answer arrives."""

    @clause("stream.one-end", *STREAMS)
    def test_a_stream_ends_once(self, mode: Mode) -> None:
        """Deltas first, then exactly one StreamEnd, and nothing after it.

        The end of the stream: one StreamEnd after the last delta, also where usage comes in an event after the finish.
        An answer in one piece is no stream.
        """
        told = self._rich_events(mode)

        assert [StreamEnd] == [type(event) for event in told if isinstance(event, StreamEnd)]
        assert isinstance(told[-1], StreamEnd)
        assert 1 < sum(isinstance(event, TextDelta) for event in told)

    @clause("stream.end-agrees", *STREAMS)
    def test_the_end_says_what_the_deltas_said(self, mode: Mode) -> None:
        """Folding the deltas gives the response that the end carries.

        The response in StreamEnd: it is put together from the same pieces as the deltas. `llm_core.domain.events.Fold`
        does it.
        """
        told = self._rich_events(mode)

        end = told[-1]
        assert isinstance(end, StreamEnd)
        assert end.response == fold(told)

    @clause("stream.equals-complete", *EVERY)
    @pytest.mark.parametrize("packet_size", [None, 1, 7])
    def test_all_modes_say_the_same(self, mode: Mode, packet_size: int | None) -> None:
        """Text, calls, reasoning, usage and finish reason are the same in every mode, however the network splits.

        Whatever is written twice, once for the stream and once for the whole answer. Bytes are split before they are
        text: keep what is left of a line, and of a character, for the next packet.
        """
        reply = (
            self._rich() if packet_size is None else attrs.evolve(self._rich(), packet_size=packet_size, chunk_size=3)
        )

        response = ask(self.given(reply), self._asking(), mode)

        promised = self.promised(reply, response)
        assert promised.message.content == response.text
        assert promised.tool_calls == response.tool_calls
        assert [part.text for part in promised.message.reasoning] == [part.text for part in response.message.reasoning]
        assert (promised.usage, promised.finish_reason) == (response.usage, response.finish_reason)

    @clause("stream.begins-late")
    def test_nothing_is_sent_before_the_stream_is_read(self) -> None:
        """`stream` and `astream` send nothing by themselves.

        What `stream` and `astream` do before they return: nothing but making the stream. `llm_core.EventStream` takes a
        generator, which has not begun.
        """
        chat = self.given(Replies())

        chat.stream(ASK).close()
        asyncio.run(chat.astream(ASK).aclose())

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
        """`until_done` reads the rest; `response` is there afterwards, and before that it is a RuntimeError.

        The stream's own state. `llm_core.EventStream` keeps it around a generator.
        """
        chat = self.given(Replies(text="All of it."))

        early, done, after = asyncio.run(_async_ends(chat)) if mode == "astream" else _ends(chat)

        assert early
        assert ("All of it.", "All of it.") == (done, after)

    @clause("stream.break-is-an-error", *STREAMS)
    @pytest.mark.parametrize("how", HOW)
    def test_a_break_in_mid_stream_is_an_error(self, mode: Mode, how: Break) -> None:
        """An answer that breaks off is never a short success: its error is told by kind, with what had arrived.

        The end of the reading loop: an end without a finish is a StreamInterruptedError, an event that is no JSON a
        BadResponseError, an error event its own kind, keep-alives no sign of life. `partial` comes from
        `llm_core.domain.events.Fold`.
        """
        broken, told = Breaks(how=how), list[str]()

        with pytest.raises(ChatError) as caught:
            _listen(self.given(broken), mode, told)

        assert type(promised_error(broken)) is type(caught.value)
        assert 1 == self.recorder.count
        partial = caught.value.partial
        assert isinstance(partial, AssistantMessage)
        assert partial.content
        assert partial.content.startswith("".join(told))
        assert "A rather long answer.".startswith(partial.content)

    @clause("stream.over-after-break", *STREAMS)
    def test_a_stream_that_broke_is_over(self, mode: Mode) -> None:
        """After an error there is no next event, and no response.

        The stream's own state after an error. `llm_core.EventStream` keeps it around a generator.
        """
        chat = self.given(Breaks(how="error"))

        rest, refusal = asyncio.run(_async_rest(chat)) if mode == "astream" else _rest(chat)

        assert [] == rest
        assert refusal

    @clause("stream.slow-is-no-silence", *STREAMS)
    def test_a_slow_answer_is_no_silent_one(self, mode: Mode) -> None:
        """`timeout` is the time to the next event, not to the end: an answer that keeps coming may take longer.

        The timeout of a stream: it begins again with each event. A limit on the whole belongs to `complete` alone.
        """
        slow = Replies(text="slowly but surely, word by word", pause=0.08)

        response = ask(self.given(slow), SHORT_PATIENCE, mode)

        assert slow.text == response.text

    @clause("complete.break-is-an-error", "complete", "acomplete")
    @pytest.mark.parametrize("how", HOW)
    def test_a_break_within_the_body_is_an_error(self, mode: Mode, how: Break) -> None:
        """Half a body is no answer; one that ends cleanly, or says something else, may be a BadResponseError.

        Where the body is read: fewer bytes than announced, half a document, an error object with a 200, and a limit on
        the whole that keep-alives do not lengthen.
        """
        broken = Breaks(how=how)
        promised = {type(promised_error(broken))} | ({BadResponseError} if how in {"end", "error"} else set())

        with pytest.raises(ChatError) as caught:
            ask(self.given(broken), SHORT_PATIENCE, mode)

        assert type(caught.value) in promised
        assert 1 == self.recorder.count

    @clause("stream.unfinished-call", *STREAMS, needs="tools")
    def test_an_unfinished_call_is_invalid_in_the_partial(self, mode: Mode) -> None:
        """A call whose arguments were still coming is an invalid call in `partial`, never one to carry out.

        How `partial` is made: `Fold.partial` takes calls that were still coming for invalid ones.
        """
        call = Call(id="call_1", name="get_weather", arguments_text='{"city": "Oslo"}')
        broken = Breaks(how="cut", after=3, reply=Replies(text=None, calls=[call]))

        with pytest.raises(ChatError) as caught:
            ask(self.given(broken), ASK_WITH_TOOLS, mode)

        partial = caught.value.partial
        assert isinstance(partial, AssistantMessage)
        assert (["get_weather"], ()) == ([call.name for call in partial.invalid_tool_calls], partial.tool_calls)

    def _rich(self) -> Replies:
        return RICH if self.capabilities.tools else attrs.evolve(RICH, calls=())

    def _asking(self) -> ChatRequest:
        return ASK_WITH_TOOLS if self.capabilities.tools else ASK

    def _rich_events(self, mode: Mode) -> list[StreamEvent]:
        return events(self.given(self._rich()), self._asking(), mode)

    def _enter(self) -> int:
        with self.given(Replies()).stream(ASK):
            return self.recorder.count

    async def _async_enter(self) -> int:
        async with self.given(Replies()).astream(ASK):
            return self.recorder.count


def _ends(chat: ChatPort) -> tuple[str, str, str]:
    with chat.stream(ASK) as stream:
        early = _refusal(stream)
        done = stream.until_done().text
    return early, done, stream.response.text


async def _async_ends(chat: ChatPort) -> tuple[str, str, str]:
    async with chat.astream(ASK) as stream:
        early = _refusal(stream)
        done = (await stream.until_done()).text
    return early, done, stream.response.text


def _listen(chat: ChatPort, mode: Mode, told: list[str]) -> None:
    if mode == "astream":
        asyncio.run(_alisten(chat, told))
        return
    with chat.stream(SHORT_PATIENCE) as stream:
        told.extend(event.text for event in stream if isinstance(event, TextDelta))


async def _alisten(chat: ChatPort, told: list[str]) -> None:
    async with chat.astream(SHORT_PATIENCE) as stream:
        async for event in stream:
            told += [event.text] if isinstance(event, TextDelta) else []


def _rest(chat: ChatPort) -> tuple[list[StreamEvent], str]:
    with chat.stream(ASK) as stream:
        with pytest.raises(ChatError):
            stream.until_done()
        return list(stream), _refusal(stream)


async def _async_rest(chat: ChatPort) -> tuple[list[StreamEvent], str]:
    async with chat.astream(ASK) as stream:
        with pytest.raises(ChatError):
            await stream.until_done()
        return [event async for event in stream], _refusal(stream)


def _refusal(stream: ChatStream | AsyncChatStream) -> str:
    with pytest.raises(RuntimeError) as caught:
        _ = stream.response
    return str(caught.value)
