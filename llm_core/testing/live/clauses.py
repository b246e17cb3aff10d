"""Clauses for a real endpoint: they check the structure of its answers, never their text."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from llm_core.domain.errors import ChatError, UnsupportedFeatureError
from llm_core.domain.events import StreamEnd, TextDelta
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import response_from_events
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.ports.chat import ChatPort
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode

from .cancellation import cancel, leave, leave_async
from .live import Live, live
from .live_requests import HELLO, STORY, cut_after, results_of

PROMPTLY = 2.0  # seconds; the answers would take longer


class LiveContract(Live):
    """Subclass it as ``class TestMyModel(LiveContract)`` and define `chat`; pytest collects the clauses."""

    @live("live.text", *EVERY)
    def test_a_plain_question_is_answered_with_text(self, mode: Mode) -> None:
        """The answer to a plain question has text, and calls no tool.

        The code that reads the text of the answer: an empty text usually comes from a field that was not read.
        """
        response = self.greeting(mode)

        assert response.text.strip()
        assert () == response.message.all_tool_calls

    @live("live.finish-reason", *EVERY)
    def test_a_plain_answer_ends_by_itself_or_by_its_limit(self, mode: Mode) -> None:
        """The finish reason of a plain answer is STOP or LENGTH.

        The table of finish reasons: OTHER means that it does not contain the provider's value.
        """
        response = self.greeting(mode)

        assert response.finish_reason in (FinishReason.STOP, FinishReason.LENGTH), response.raw_finish_reason

    @live("live.usage", *EVERY)
    def test_usage_is_reported(self, mode: Mode) -> None:
        """Tokens are counted, and no reported count is zero.

        The code that reads usage; in a stream many providers report it only on request.
        """
        usage = self.greeting(mode).usage

        assert usage is not None
        counts = (usage.input_tokens, usage.output_tokens)
        assert (None, None) != counts
        assert 0 not in counts

    @live("live.one-end", *STREAMS)
    def test_a_stream_ends_once(self, mode: Mode) -> None:
        """A stream yields text, then exactly one StreamEnd, and nothing after it.

        The loop over the provider's events: what it yields at the end, and when it stops.
        """
        received = self.greeting_events(mode)

        assert [StreamEnd] == [type(event) for event in received if isinstance(event, StreamEnd)]
        assert isinstance(received[-1], StreamEnd)
        assert any(isinstance(event, TextDelta) for event in received)

    @live("live.end-agrees", *STREAMS)
    def test_the_end_agrees_with_the_deltas(self, mode: Mode) -> None:
        """The response in StreamEnd equals the one collected from the deltas.

        The code that builds the final response of a stream: use the deltas that were yielded.
        """
        received = self.greeting_events(mode)

        end = received[-1]
        assert isinstance(end, StreamEnd)
        assert end.response == response_from_events(received)

    @live("live.length", *EVERY)
    @pytest.mark.parametrize("tokens", [1, 8])
    def test_an_answer_cut_by_its_limit_ends_by_length(self, mode: Mode, tokens: int) -> None:
        """An answer that `max_tokens` truncates has the finish reason LENGTH.

        Whether `max_tokens` is sent, under the name that this model expects; then the table of finish reasons.
        """
        response = self.answer(cut_after(tokens), mode)

        assert FinishReason.LENGTH == response.finish_reason

    @live("live.tool-call", *EVERY)
    def test_a_forced_tool_call_arrives(self, mode: Mode) -> None:
        """A forced tool call arrives, valid or invalid: it is never lost, and never a crash.

        Whether tools and the tool choice are sent, and the code that reads calls.
        """
        response = self._forced_tool_call(mode)

        calls = response.message.all_tool_calls
        assert calls
        assert len(calls) == len({call.id for call in calls})
        assert response.finish_reason in (FinishReason.TOOL_CALLS, FinishReason.LENGTH)

    @live("live.tool-result", *EVERY)
    def test_a_result_is_understood(self, mode: Mode) -> None:
        """The model answers after the results of its own calls.

        How calls and their results are sent back: ids, order, signatures, the text of the arguments.
        """
        called = self._forced_tool_call(mode)
        if not called.message.all_tool_calls:
            pytest.skip("the model called no tool, so there is no result to send")

        response = self.answer(results_of(called), mode)

        assert response.text or response.message.all_tool_calls

    @live("live.colours")
    @pytest.mark.parametrize("verbs", [("complete", "acomplete"), ("stream", "astream")], ids=["complete", "stream"])
    def test_async_reports_what_sync_reports(self, verbs: tuple[Mode, Mode]) -> None:
        """Usage, model and id that a sync call reports, an async call reports too.

        Code that sync and async do not share: they should differ only in ``await``.
        """
        reported, reported_async = (_reported_fields(self.greeting(mode)) for mode in verbs)

        assert reported == reported_async

    @live("live.cancel", "acomplete", "astream")
    def test_cancelling_is_prompt(self, mode: Mode) -> None:
        """A task that is cancelled while an answer arrives ends at once.

        Code between ``await`` and the connection: a shield, a thread, an ``except`` that catches too much.
        """
        cancelled, seconds = asyncio.run(cancel(self.make_chat(), STORY, mode))

        assert cancelled
        assert seconds < PROMPTLY

    @live("live.close", *STREAMS)
    def test_leaving_a_stream_is_prompt(self, mode: Mode) -> None:
        """A stream that is left after its first event ends at once, and has no response.

        What leaving ``with`` does: it closes the connection, and does not read the remaining events.
        """
        chat = self.make_chat()

        left = asyncio.run(leave_async(chat, STORY)) if mode == "astream" else leave(chat, STORY)

        assert left.seconds < PROMPTLY
        assert ([], False) == (left.remaining, left.has_response)

    @live("live.two-at-once", "complete", "acomplete")
    def test_two_calls_at_once_do_not_mix(self, mode: Mode) -> None:
        """Two concurrent calls on one adapter get an answer each.

        State that calls share: values kept on ``self`` while an answer arrives.
        """
        chat = self.make_chat()

        both = asyncio.run(_in_tasks(chat)) if mode == "acomplete" else _in_threads(chat)

        assert all(self.count_usage(response).text.strip() for response in both)
        ids = [response.id for response in both if response.id is not None]
        assert len(ids) == len(set(ids))

    @live("live.unknown-model", *EVERY)
    def test_an_unknown_model_is_a_chat_error(self, mode: Mode) -> None:
        """An unknown model is a ChatError without a context.

        The table of errors, and how the model's name reaches the provider.
        """
        error = self._refusal(ChatRequest(messages=HELLO.messages, model=self.unknown_model), mode)
        if error is None:
            pytest.skip("this endpoint accepts any model name")

        assert None is error.__context__

    def _refusal(self, request: ChatRequest, mode: Mode) -> ChatError | None:
        try:
            self.answer(request, mode)
        except ChatError as error:
            return error
        return None

    def _forced_tool_call(self, mode: Mode) -> ChatResponse:
        try:
            return self.forced_tool_call(mode)
        except UnsupportedFeatureError as error:
            pytest.skip(f"the adapter refuses tools for this model: {error}")


def _reported_fields(response: ChatResponse) -> dict[str, bool]:
    usage = response.usage
    return {
        "input tokens": usage is not None and usage.input_tokens is not None,
        "output tokens": usage is not None and usage.output_tokens is not None,
        "model": response.model is not None,
        "id": response.id is not None,
    }


async def _in_tasks(chat: ChatPort) -> list[ChatResponse]:
    return list(await asyncio.gather(chat.acomplete(HELLO), chat.acomplete(HELLO)))


def _in_threads(chat: ChatPort) -> list[ChatResponse]:
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(chat.complete, (HELLO, HELLO)))
