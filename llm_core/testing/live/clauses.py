"""What can be promised of a genuine endpoint: the structure of its answers, never their words."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from llm_core.domain.errors import ChatError, UnsupportedFeatureError
from llm_core.domain.events import StreamEnd, TextDelta, response_from_events
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.ports.chat import ChatPort
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode

from .cancellation import cancel, leave, leave_async
from .live import Live, live
from .live_requests import HELLO, STORY, cut_after, results_of

PROMPTLY = 2.0  # seconds; what is being left would go on for longer


class LiveContract(Live):
    """Subclass it as ``class TestMyModel(LiveContract)`` and define `chat`; pytest does the rest."""

    @live("live.text", *EVERY)
    def test_a_plain_question_is_answered_in_words(self, mode: Mode) -> None:
        """The answer to a plain question has words, and calls nothing.

        Where the words are taken from the answer: an empty text is most often a field that was not read.
        """
        response = self.greeting(mode)

        assert response.text.strip()
        assert () == response.message.all_tool_calls

    @live("live.finish-reason", *EVERY)
    def test_a_plain_answer_ends_by_itself_or_by_its_limit(self, mode: Mode) -> None:
        """The finish reason of a plain answer is STOP or LENGTH.

        The table of finish reasons: OTHER is a word of the provider's that it does not hold.
        """
        response = self.greeting(mode)

        assert response.finish_reason in (FinishReason.STOP, FinishReason.LENGTH), response.raw_finish_reason

    @live("live.usage", *EVERY)
    def test_usage_is_told(self, mode: Mode) -> None:
        """Tokens are counted, and no count that is told is zero.

        Where usage is read; in a stream many providers tell it only if they are asked to.
        """
        usage = self.greeting(mode).usage

        assert usage is not None
        counts = (usage.input_tokens, usage.output_tokens)
        assert (None, None) != counts
        assert 0 not in counts

    @live("live.one-end", *STREAMS)
    def test_a_stream_ends_once(self, mode: Mode) -> None:
        """Words first, then exactly one StreamEnd, and nothing after it.

        The loop over the provider's events: what it yields at the end, and when it stops.
        """
        told = self.greeting_events(mode)

        assert [StreamEnd] == [type(event) for event in told if isinstance(event, StreamEnd)]
        assert isinstance(told[-1], StreamEnd)
        assert any(isinstance(event, TextDelta) for event in told)

    @live("live.end-agrees", *STREAMS)
    def test_the_end_says_what_the_deltas_said(self, mode: Mode) -> None:
        """Folding the deltas gives the response that the end carries.

        Where the last response of a stream is put together: from the same pieces that were yielded.
        """
        told = self.greeting_events(mode)

        end = told[-1]
        assert isinstance(end, StreamEnd)
        assert end.response == response_from_events(told)

    @live("live.length", *EVERY)
    @pytest.mark.parametrize("tokens", [1, 8])
    def test_an_answer_that_meets_its_limit_says_so(self, mode: Mode, tokens: int) -> None:
        """An answer that was cut by `max_tokens` ends by LENGTH.

        Whether `max_tokens` is sent, by the name that this model wants; then the table of finish reasons.
        """
        response = self.answer(cut_after(tokens), mode)

        assert FinishReason.LENGTH == response.finish_reason

    @live("live.tool-call", *EVERY)
    def test_a_call_that_is_demanded_comes(self, mode: Mode) -> None:
        """A call that is demanded can be carried out, or is an invalid call: it is never lost, and never a crash.

        Whether tools and their choice are sent, and where calls are read.
        """
        response = self._forced_tool_call(mode)

        calls = response.message.all_tool_calls
        assert calls
        assert len(calls) == len({call.id for call in calls})
        assert response.finish_reason in (FinishReason.TOOL_CALLS, FinishReason.LENGTH)

    @live("live.tool-result", *EVERY)
    def test_a_result_is_understood(self, mode: Mode) -> None:
        """The model answers to the results of its own calls.

        How calls and their results go back: ids, order, signatures, the text of the arguments.
        """
        called = self._forced_tool_call(mode)
        if not called.message.all_tool_calls:
            pytest.skip("the model called nothing, so that there is nothing to answer")

        response = self.answer(results_of(called), mode)

        assert response.text or response.message.all_tool_calls

    @live("live.colours")
    @pytest.mark.parametrize("verbs", [("complete", "acomplete"), ("stream", "astream")], ids=["complete", "stream"])
    def test_async_tells_what_sync_tells(self, verbs: tuple[Mode, Mode]) -> None:
        """What sync code is told (usage, model, id), async code is told too.

        What the two colours do not share: they should differ in ``await`` alone.
        """
        told, told_async = (_reported_fields(self.greeting(mode)) for mode in verbs)

        assert told == told_async

    @live("live.cancel", "acomplete", "astream")
    def test_cancelling_is_prompt(self, mode: Mode) -> None:
        """A task that is cancelled while an answer comes is over at once.

        Whatever stands between ``await`` and the connection: a shield, a thread, an ``except`` that is too wide.
        """
        cancelled, seconds = asyncio.run(cancel(self.make_chat(), STORY, mode))

        assert cancelled
        assert seconds < PROMPTLY

    @live("live.close", *STREAMS)
    def test_leaving_a_stream_is_prompt(self, mode: Mode) -> None:
        """A stream that is left after its first event is over at once, and tells no response.

        What leaving ``with`` does: it hangs up, and does not read what is left.
        """
        chat = self.make_chat()

        left = asyncio.run(leave_async(chat, STORY)) if mode == "astream" else leave(chat, STORY)

        assert left.seconds < PROMPTLY
        assert ([], False) == (left.rest, left.has_response)

    @live("live.two-at-once", "complete", "acomplete")
    def test_two_calls_at_once_do_not_mix(self, mode: Mode) -> None:
        """Two calls at once on one adapter get an answer each.

        State that calls share: what is kept on ``self`` while an answer comes.
        """
        chat = self.make_chat()

        both = asyncio.run(_in_tasks(chat)) if mode == "acomplete" else _in_threads(chat)

        assert all(self.count_usage(response).text.strip() for response in both)
        ids = [response.id for response in both if response.id is not None]
        assert len(ids) == len(set(ids))

    @live("live.unknown-model", *EVERY)
    def test_an_unknown_model_is_an_error_of_ours(self, mode: Mode) -> None:
        """A model that nobody knows is a ChatError, on which nothing foreign hangs.

        The table of errors, and how the name of the model reaches the provider.
        """
        error = self._refusal(ChatRequest(messages=HELLO.messages, model=self.unknown_model), mode)
        if error is None:
            pytest.skip("this endpoint answers to any model's name")

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
            pytest.skip(f"the adapter says that this model takes no tools: {error}")


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
