"""Clauses about broken streams: an error with everything received, and at the right time."""

import asyncio
from typing import get_args

import pytest

from llm_core.domain.errors import ChatError
from llm_core.domain.events import StreamEvent, TextDelta
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream
from llm_core.testing.scenarios import Break, Breaks, Call, Fails, Replies

from .clause import clause
from .error_comparison import ErrorComparison
from .failure import MAX_SHOWN, cut
from .field_comparison import require_same, shown
from .modes import STREAMS, Mode
from .sample_requests import REQUEST_WITH_SHORT_TIMEOUT, REQUEST_WITH_TOOLS, SIMPLE_REQUEST

HOW: tuple[Break, ...] = get_args(Break)
NO_PARTIAL = "the error of an answer that had begun has no text in `partial`"
TIMELY = ("silence", "drip")  # no more bytes come: the adapter must have yielded what was sent
FAILURES = {
    "too-many": Fails(status=429),
    "quota": Fails(status=429, reason="quota"),
    "context": Fails(status=400, reason="context_window"),
}


class StreamBreakClauses(ErrorComparison):
    """How an answer breaks off."""

    @clause("stream.break-is-an-error", *STREAMS)
    @pytest.mark.parametrize("how", HOW)
    def test_a_break_within_a_stream_is_an_error(self, mode: Mode, how: Break) -> None:
        """An answer that breaks off is never a short success: it raises the error of the break, with what arrived.

        The end of the reading loop: an end without a finish reason is a StreamInterruptedError, an event that is not
        JSON a BadResponseError, an error event has its own class, and keep-alives do not extend the timeout. `partial`
        comes from `llm_core.domain.response_builder.ResponseBuilder`.
        """
        broken, received = Breaks(how=how), list[str]()

        with pytest.raises(ChatError) as caught:
            _collect_text(self.make_chat(broken), mode, received)

        self.require_error(caught.value, broken, mode, REQUEST_WITH_SHORT_TIMEOUT)
        assert 1 == self.recorder.count, self.counted()
        partial = caught.value.partial
        assert partial is not None, NO_PARTIAL
        assert partial.content, NO_PARTIAL
        seen = "".join(received)
        assert partial.content.startswith(seen), (
            f"the text of `partial`, {partial.content!r}, does not begin with {seen!r}"
        )
        if how in TIMELY:
            require_same("the text that was yielded before the break", self.text_before_break(broken), seen)

    @clause("stream.error-has-its-kind", *STREAMS)
    @pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
    def test_an_error_event_has_its_error_class(self, mode: Mode, failure: Fails) -> None:
        """An error event within a stream has the error class that it would have with an HTTP status.

        The code that inspects an event before decoding it: read the error's code or type, as in the body of an error
        answer.
        """
        self.error_from(Breaks(how="error", failure=failure), mode)

    @clause("stream.over-after-break", *STREAMS)
    def test_a_stream_that_broke_is_over(self, mode: Mode) -> None:
        """After an error there is no next event, and no response.

        The stream's own state after an error, which `llm_core.EventStream` keeps for a generator.
        """
        chat = self.make_chat(Breaks(how="error"))

        remaining, message = (
            asyncio.run(_async_events_after_error(chat)) if mode == "astream" else _events_after_error(chat)
        )

        require_same("events after the error", [], remaining)
        assert message, "`response` of a stream that broke raises a RuntimeError without a message"

    @clause("complete.break-is-an-error", "complete", "acomplete")
    @pytest.mark.parametrize("how", HOW)
    def test_a_break_within_the_body_is_an_error(self, mode: Mode, how: Break) -> None:
        """Half a body is an error; one that ends properly or holds an error may be a BadResponseError.

        The code that reads the body: fewer bytes than announced, an incomplete document, an error object with a 200,
        and a limit on the total time that keep-alives do not extend.
        """
        self.error_from(Breaks(how=how), mode, REQUEST_WITH_SHORT_TIMEOUT)

        assert 1 == self.recorder.count, self.counted()

    @clause("complete.error-beside-text", "complete", "acomplete")
    @pytest.mark.parametrize("how", ["inner_error", "failed_finish"])
    def test_an_error_beside_the_text_of_an_answer_keeps_the_text(self, mode: Mode, how: Break) -> None:
        """An error within an answer, or a finish reason that means a failure, is an error; `partial` has the text.

        The code that reads an answer: look for an error in its choice too, and read the content before you raise it.
        """
        partial = self.error_from(Breaks(how=how), mode).partial

        assert partial is not None, NO_PARTIAL
        assert partial.content, NO_PARTIAL

    @clause("stream.unfinished-call", *STREAMS, needs="tools")
    def test_an_unfinished_call_is_invalid_in_the_partial(self, mode: Mode) -> None:
        """A call whose arguments are incomplete is an invalid call in `partial`, never one to execute.

        The code that builds `partial`: `ResponseBuilder.partial` turns unfinished calls into invalid ones.
        """
        call = Call(id="call_1", name="get_weather", arguments_text='{"city": "Oslo"}')
        broken = Breaks(how="cut", after=3, reply=Replies(text=None, calls=[call]))

        partial = self.error_from(broken, mode, REQUEST_WITH_TOOLS).partial

        assert partial is not None, NO_PARTIAL
        require_same(
            "invalid_tool_calls of `partial`", ["get_weather"], [call.name for call in partial.invalid_tool_calls]
        )
        require_same("tool_calls of `partial`", (), partial.tool_calls)


def _collect_text(chat: ChatPort, mode: Mode, received: list[str]) -> None:
    if mode == "astream":
        asyncio.run(_acollect_text(chat, received))
        return
    with chat.stream(REQUEST_WITH_SHORT_TIMEOUT) as stream:
        received.extend(event.text for event in stream if isinstance(event, TextDelta))


async def _acollect_text(chat: ChatPort, received: list[str]) -> None:
    async with chat.astream(REQUEST_WITH_SHORT_TIMEOUT) as stream:
        async for event in stream:
            received += [event.text] if isinstance(event, TextDelta) else []


def _events_after_error(chat: ChatPort) -> tuple[list[StreamEvent], str]:
    with chat.stream(SIMPLE_REQUEST) as stream:
        with pytest.raises(ChatError):
            stream.until_done()
        return list(stream), missing_response_message(stream)


async def _async_events_after_error(chat: ChatPort) -> tuple[list[StreamEvent], str]:
    async with chat.astream(SIMPLE_REQUEST) as stream:
        with pytest.raises(ChatError):
            await stream.until_done()
        return [event async for event in stream], missing_response_message(stream)


def missing_response_message(stream: ChatStream | AsyncChatStream) -> str:
    """Return the message of the RuntimeError that *stream* raises without a response."""
    try:
        response = stream.response
    except RuntimeError as error:
        return str(error)
    raise AssertionError(f"`response` raises no RuntimeError, and is {cut(shown(response.message), MAX_SHOWN)}")
