"""A stream ends with exactly one StreamEnd, or raises; and it frees what it holds however it is left."""

import asyncio
from typing import get_args

import pytest

from llm_core.domain.errors import BadResponseError, ChatError
from llm_core.domain.events import StreamEnd, TextDelta, fold
from llm_core.domain.messages import AssistantMessage
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream

from .arranging import Arranging
from .asking import ASK, ASK_WITH_TOOLS, HARD_TEXT, SHORT_PATIENCE
from .modes import EVERY, STREAMS, Mode, ask, clause, events
from .promises import promised_error, promised_response
from .scenarios import Break, Breaks, Call, Replies

RICH = Replies(
    text=HARD_TEXT,
    reasoning="Thinking of 🜁.",
    calls=[
        Call(id="call_1", name="get_weather", arguments_text='{"city": "Ålesund 🜁"}'),
        Call(id="call_2", name="get_time", arguments_text="{}"),
    ],
)
HOW: tuple[Break, ...] = get_args(Break)


class StreamClauses(Arranging):
    """How an answer arrives."""

    @clause("stream.one-end", *STREAMS)
    def test_a_stream_ends_once(self, mode: Mode) -> None:
        """Deltas first, then exactly one StreamEnd, and nothing after it."""
        told = events(self.given(RICH), ASK_WITH_TOOLS, mode)

        assert [StreamEnd] == [type(event) for event in told if isinstance(event, StreamEnd)]
        assert isinstance(told[-1], StreamEnd)
        assert 1 < sum(isinstance(event, TextDelta) for event in told)

    @clause("stream.end-agrees", *STREAMS)
    def test_the_end_says_what_the_deltas_said(self, mode: Mode) -> None:
        """Folding the deltas gives the response that the end carries."""
        told = events(self.given(RICH), ASK_WITH_TOOLS, mode)

        end = told[-1]
        assert isinstance(end, StreamEnd)
        assert end.response == fold(told)

    @clause("stream.equals-complete", *EVERY)
    @pytest.mark.parametrize("packet_size", [None, 1, 7])
    def test_all_modes_say_the_same(self, mode: Mode, packet_size: int | None) -> None:
        """Text, calls, reasoning, usage and finish reason are the same in every mode, however the network splits."""
        reply = RICH if packet_size is None else _split(packet_size)

        response = ask(self.given(reply), ASK_WITH_TOOLS, mode)

        promised = promised_response(reply)
        assert promised.message.content == response.text
        assert promised.tool_calls == response.tool_calls
        assert [part.text for part in promised.message.reasoning] == [part.text for part in response.message.reasoning]
        assert (promised.usage, promised.finish_reason) == (response.usage, response.finish_reason)

    @clause("stream.begins-late")
    def test_nothing_is_sent_before_the_stream_is_read(self) -> None:
        """`stream` and `astream` send nothing by themselves."""
        chat = self.given(Replies())

        chat.stream(ASK).close()
        asyncio.run(chat.astream(ASK).aclose())

        assert 0 == self.recorder.count

    @clause("stream.begins-at-enter")
    def test_entering_sends_the_request(self) -> None:
        """The request is on its way once ``with`` is entered, before the first event is asked for."""
        with self.given(Replies()).stream(ASK):
            sent = self.recorder.count

        assert 1 == sent

    @clause("stream.response", *STREAMS)
    def test_the_response_is_there_after_the_end(self, mode: Mode) -> None:
        """`until_done` reads the rest; `response` is there afterwards, and before that it is a RuntimeError."""
        chat = self.given(Replies(text="All of it."))

        early, done, after = asyncio.run(_async_ends(chat)) if mode == "astream" else _ends(chat)

        assert early
        assert ("All of it.", "All of it.") == (done, after)

    @clause("stream.break-is-an-error", *STREAMS)
    @pytest.mark.parametrize("how", HOW)
    def test_a_break_in_mid_stream_is_an_error(self, mode: Mode, how: Break) -> None:
        """An answer that breaks off is never a short success: its error is told by kind, with what had arrived."""
        broken = Breaks(how=how)

        with pytest.raises(ChatError) as caught:
            ask(self.given(broken), SHORT_PATIENCE, mode)

        assert promised_error(broken) is type(caught.value)
        partial = caught.value.partial
        assert isinstance(partial, AssistantMessage)
        assert partial.content
        assert "A rather long answer.".startswith(partial.content)

    @clause("complete.break-is-an-error", "complete", "acomplete")
    @pytest.mark.parametrize("how", HOW)
    def test_a_break_within_the_body_is_an_error(self, mode: Mode, how: Break) -> None:
        """Half a body is no answer; one that ends cleanly, or says something else, may be a BadResponseError."""
        broken = Breaks(how=how)
        promised = {promised_error(broken)} | ({BadResponseError} if how in {"end", "error"} else set())

        with pytest.raises(ChatError) as caught:
            ask(self.given(broken), SHORT_PATIENCE, mode)

        assert type(caught.value) in promised
        assert 1 == self.recorder.count

    @clause("stream.unfinished-call", *STREAMS)
    def test_an_unfinished_call_is_invalid_in_the_partial(self, mode: Mode) -> None:
        """A call whose arguments were still coming is an invalid call in `partial`, never one to carry out."""
        call = Call(id="call_1", name="get_weather", arguments_text='{"city": "Oslo"}')
        broken = Breaks(how="cut", after=3, reply=Replies(text=None, calls=[call]))

        with pytest.raises(ChatError) as caught:
            ask(self.given(broken), ASK_WITH_TOOLS, mode)

        partial = caught.value.partial
        assert isinstance(partial, AssistantMessage)
        assert (["get_weather"], ()) == ([call.name for call in partial.invalid_tool_calls], partial.tool_calls)


def _split(packet_size: int) -> Replies:
    return Replies(text=RICH.text, reasoning=RICH.reasoning, calls=RICH.calls, packet_size=packet_size, chunk_size=3)


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


def _refusal(stream: ChatStream | AsyncChatStream) -> str:
    with pytest.raises(RuntimeError) as caught:
        _ = stream.response
    return str(caught.value)
