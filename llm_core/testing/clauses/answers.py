"""The answer says what the provider said: no more, no less, in all four modes alike."""

import attrs
import pytest

from llm_core.domain.errors import BadResponseError, ChatError
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Call, Replies, Sends

from .arranging import Arranging
from .asking import ASK, ASK_WITH_TOOLS, HARD_TEXT
from .clause import clause
from .modes import EVERY, Mode, ask

OSLO = Call(id="call_1", name="get_weather", arguments_text='{"city": "Oslo", "days": [1, 2.5, null, true]}')
NOON = Call(id="call_2", name="get_time", arguments_text="{}")
BROKEN = ['{"city": "Os', '["Oslo"]', '"{\\"city\\": \\"Oslo\\"}"', '{"a": 1}{"a": 1}', "Oslo, please", '{"a": NaN}']
FULL_USAGE = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20)
NO_TOKENS = Usage(input_tokens=70, output_tokens=0, cache_read_tokens=0, reasoning_tokens=0)
FEW_WORDS = Usage(input_tokens=70, output_tokens=50)  # the thinking is within, and nobody says how much it is
NO_ANSWERS = {
    "no-choices": Sends(body=b'{"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": []}'),
    "html": Sends(body=b"<html><body>Welcome to our captive portal</body></html>", content_type="text/html"),
    "empty": Sends(body=b""),
    "null": Sends(body=b"null"),
    "array": Sends(body=b"[]"),
}


class AnswerClauses(Arranging):
    """What comes back."""

    def answer(self, reply: Replies, mode: Mode) -> ChatResponse:
        """Return what the adapter makes of *reply*."""
        return ask(self.given(reply), ASK_WITH_TOOLS if reply.calls else ASK, mode)

    @clause("answer.text", *EVERY)
    def test_the_text_is_the_models_own(self, mode: Mode) -> None:
        """Not a character is stripped, moved or re-encoded.

        Where the answer's text is read: a `strip`, a join with spaces, `splitlines`, or bytes decoded piece by piece.
        """
        response = self.answer(Replies(text=HARD_TEXT), mode)

        assert response.text == HARD_TEXT

    @clause("answer.calls", *EVERY, needs="tools")
    def test_calls_carry_name_id_and_typed_arguments(self, mode: Mode) -> None:
        """Two calls at once: each with its own name, id and arguments, in their order; none is invented.

        Where calls are read: one list in the answer's order, ids and names as told. In a stream the pieces of two calls
        are told apart by their index or id, not by who spoke last.
        """
        reply = Replies(text="Looking.", calls=[OSLO, NOON], finish_reason=FinishReason.TOOL_CALLS)

        response = self.answer(reply, mode)

        assert self.promised(reply, response).tool_calls == response.tool_calls
        assert self.spelled(OSLO, NOON) == self.spelled(*response.tool_calls)
        assert (response.text, response.finish_reason) == ("Looking.", FinishReason.TOOL_CALLS)

    @clause("answer.calls-by-turns", *EVERY, needs="tools")
    def test_calls_that_come_by_turns_are_kept_apart(self, mode: Mode) -> None:
        """The pieces of two calls may come by turns, and one tool may be called twice: each call keeps its own.

        Where the pieces of calls are put together: by their index. Neither who spoke last nor the
        name tells them apart.
        """
        twice = [OSLO, attrs.evolve(OSLO, id="call_3", arguments_text='{"city": "Ålesund"}')]
        reply = Replies(text=None, calls=twice, by_turns=True)

        response = self.answer(reply, mode)

        assert self.promised(reply, response).tool_calls == response.tool_calls

    @clause("answer.empty-arguments", *EVERY, needs="tools")
    def test_empty_arguments_are_an_empty_object(self, mode: Mode) -> None:
        """A call of a tool without parameters may come without arguments.

        Where arguments are parsed: no text, or none at all, is `{}`. `llm_core.domain.tools.read_call` does it.
        """
        response = self.answer(Replies(text=None, calls=[attrs.evolve(NOON, arguments_text="")]), mode)

        assert [call.arguments for call in response.tool_calls] == [{}]

    @clause("answer.broken-arguments", *EVERY, needs="tools")
    @pytest.mark.parametrize("text", BROKEN)
    def test_broken_arguments_are_an_invalid_call(self, mode: Mode, text: str) -> None:
        """What is no JSON object is never a crash, never ``{}``, never repaired: an invalid call keeps it verbatim.

        Where arguments are parsed: catch what `json.loads` raises, and look at what it returns.
        `llm_core.domain.tools.read_call` does both.
        """
        reply = Replies(text=None, calls=[attrs.evolve(OSLO, arguments_text=text)])

        response = self.answer(reply, mode)

        assert response.tool_calls == ()
        promised = [(call.id, "get_weather", text) for call in self.promised(reply, response).invalid_tool_calls]
        assert promised == [(call.id, call.name, call.arguments_text) for call in response.invalid_tool_calls]

    @clause("answer.truncated-call", *EVERY, needs="tools")
    @pytest.mark.parametrize("text", ['{"ci', ""], ids=["begun", "not-begun"])
    def test_a_call_cut_by_the_token_limit_is_invalid(self, mode: Mode, text: str) -> None:
        """LENGTH in the middle of a call: the finish reason stands, and the call is not carried out.

        Where the finish reason meets the calls: hand `cut_off` to `llm_core.domain.tools.read_call`, and let LENGTH
        stand beside calls.
        """
        reply = Replies(text=None, finish_reason=FinishReason.LENGTH, calls=[attrs.evolve(OSLO, arguments_text=text)])

        response = self.answer(reply, mode)

        assert (response.finish_reason, response.tool_calls) == (FinishReason.LENGTH, ())
        assert [call.arguments_text for call in response.invalid_tool_calls] == [text]

    @clause("answer.cut-beside-calls", *EVERY, needs="tools")
    @pytest.mark.parametrize("reason", [FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
    def test_a_limit_or_a_filter_stands_beside_calls(self, mode: Mode, reason: FinishReason) -> None:
        """LENGTH and CONTENT_FILTER stand as told beside calls that are whole: more may have been meant to come.

        Where the finish reason meets the calls: calls make TOOL_CALLS of "stop", and of nothing else. Some providers
        tell the reason in an event after the calls.
        """
        reply = Replies(text="Looking.", calls=[OSLO], finish_reason=reason)

        response = self.answer(reply, mode)

        assert reason == response.finish_reason
        assert self.promised(reply, response).tool_calls == response.tool_calls

    @clause("answer.ids-made", *EVERY, needs="tools")
    def test_missing_call_ids_are_made(self, mode: Mode) -> None:
        """Every call has an id, and no two have the same: not in one answer, and not in one history.

        Where an id is missing or empty: make one that is unique (`uuid.uuid4`), not one by its place: places repeat in
        the next answer.
        """
        chat = self.given(Replies(text=None, calls=[attrs.evolve(OSLO, id=None), attrs.evolve(NOON, id=None)]))

        answers = [ask(chat, ASK_WITH_TOOLS, mode) for _ in range(2)]

        ids = [call.id for answer in answers for call in answer.tool_calls]
        assert (4, 4) == (len(ids), len(set(ids)))

    @clause("answer.usage", *EVERY)
    @pytest.mark.parametrize("usage", [FULL_USAGE, NO_TOKENS, FEW_WORDS], ids=["full", "zeros", "in-and-out"])
    def test_usage_is_what_was_told(self, mode: Mode, usage: Usage) -> None:
        """Tokens by kind, inclusive: cached within input, reasoning within output. Zero is a number.

        The table from the provider's figures to ours: providers that count cached or reasoning tokens apart are added
        up. A test by truth (`or None`) loses zeros.
        """
        reply = Replies(usage=usage, reasoning="Six by seven.")

        response = self.answer(reply, mode)

        assert self.promised(reply, response).usage == response.usage

    @clause("answer.usage-not-told", *EVERY)
    def test_usage_that_nobody_told_is_none(self, mode: Mode) -> None:
        """None is not zero, and nothing is estimated.

        Where usage is missing: None, not `Usage()` and not zeros. A library between may count tokens by itself.
        """
        response = self.answer(Replies(usage=None), mode)

        assert response.usage is None

    @clause("answer.finish-reason", *EVERY)
    @pytest.mark.parametrize("reason", [FinishReason.STOP, FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
    def test_the_finish_reason_is_the_providers(self, mode: Mode, reason: FinishReason) -> None:
        """A limit or a filter is never "stop".

        The table from the provider's words to `FinishReason`; in a stream the word comes in a late event.
        """
        response = self.answer(Replies(finish_reason=reason), mode)

        assert reason == response.finish_reason

    @clause("answer.unknown-finish-reason", *EVERY)
    def test_an_unknown_finish_reason_is_other(self, mode: Mode) -> None:
        """A word that nobody knows is OTHER, with the word kept.

        The end of that table: what is not in it is OTHER, and the word goes into `raw_finish_reason`.
        """
        response = self.answer(Replies(finish_reason="wombat"), mode)

        assert (response.finish_reason, response.raw_finish_reason) == (FinishReason.OTHER, "wombat")

    @clause("answer.stop-with-calls", *EVERY, needs="tools")
    def test_the_finish_reason_agrees_with_the_calls(self, mode: Mode) -> None:
        """Providers say "stop" on an answer that calls tools; it is TOOL_CALLS.

        `ChatResponse` does it by itself, if it is given the calls together with the reason.
        """
        reply = Replies(text=None, calls=[OSLO], finish_reason=FinishReason.STOP)

        response = self.answer(reply, mode)

        promised = self.promised(reply, response)
        assert (promised.tool_calls, FinishReason.TOOL_CALLS) == (response.tool_calls, response.finish_reason)

    @clause("answer.refusal", *EVERY)
    def test_a_refusal_is_its_text_and_a_filter(self, mode: Mode) -> None:
        """The model's refusal is shown, and told apart from an answer.

        Where the provider has a field of its own for a refusal: its text is the content, and the reason CONTENT_FILTER.
        In a stream it has deltas of its own.
        """
        response = self.answer(Replies(text=None, refusal="I can't help with that."), mode)

        assert (response.text, response.finish_reason) == ("I can't help with that.", FinishReason.CONTENT_FILTER)

    @clause("answer.reasoning", *EVERY)
    def test_reasoning_is_apart_from_the_text(self, mode: Mode) -> None:
        """What the model thought is no part of what it said.

        Where reasoning is read: its own field or block goes into `AssistantMessage.reasoning`, as `ReasoningDelta` in a
        stream.
        """
        response = self.answer(Replies(text="42", reasoning="Six by seven."), mode)

        assert response.text == "42"
        assert "".join(part.text for part in response.message.reasoning) == "Six by seven."

    @clause("answer.who", *EVERY)
    def test_model_and_id_are_told(self, mode: Mode) -> None:
        """Which model answered, and the provider's name for the answer.

        The answer's own `model` and `id`, not those of the request. In a stream they stand in its events.
        """
        reply = Replies(model="far-side-1-2026", id="answer-7")

        response = self.answer(reply, mode)

        promised = self.promised(reply, response)
        assert (promised.model, promised.id) == (response.model, response.id)

    @clause("answer.no-answer", *EVERY)
    @pytest.mark.parametrize("name", sorted(NO_ANSWERS))
    def test_what_is_no_answer_is_an_error(self, mode: Mode, name: str) -> None:
        """A 200 with HTML, nothing, or no choices is an error, never an empty answer.

        Whatever is done with a 200: the content type, the parsing, the empty list. Each failure there is a
        BadResponseError.
        """
        with pytest.raises(ChatError) as caught:
            ask(self.given(NO_ANSWERS[name]), ASK, mode)

        assert isinstance(caught.value, BadResponseError)

    @clause("answer.null-content", *EVERY)
    def test_an_answer_of_nothing_is_an_error(self, mode: Mode) -> None:
        """No text, no call, no refusal, and yet "stop": that is no answer.

        Where the message is put together: an answer that holds nothing is refused before it becomes an empty text.
        """
        with pytest.raises(BadResponseError):
            self.answer(Replies(text=None), mode)
