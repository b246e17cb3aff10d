"""Clauses about the response: it holds exactly what the provider sent, in all four modes."""

import attrs
import pytest

from llm_core.domain.messages import AssistantMessage
from llm_core.domain.responses import FinishReason
from llm_core.domain.settings import ChatSettings
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Call, Replies, Sends, Thought, interleaved

from .calls import CallClauses
from .clause import clause
from .error_comparison import ErrorComparison
from .field_comparison import require_equal, require_same
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .rich_requests import SCHEMA
from .sample_requests import HARD_TEXT, REQUEST_WITH_TOOLS, SIMPLE_REQUEST

FULL_USAGE = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20)
ZERO_USAGE = Usage(input_tokens=70, output_tokens=0, cache_read_tokens=0, reasoning_tokens=0)
CACHE_WRITE_USAGE = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=10, cache_write_tokens=20)
CONTRADICTORY_USAGE = Usage(input_tokens=7, output_tokens=5, cache_read_tokens=9, reasoning_tokens=8)
USAGE_WITHOUT_DETAILS = Usage(input_tokens=70, output_tokens=50)  # the reasoning is included, its share is not reported
USAGES = {
    "full": FULL_USAGE,
    "zeros": ZERO_USAGE,
    "in-and-out": USAGE_WITHOUT_DETAILS,
    "written": CACHE_WRITE_USAGE,
    "contradicting": CONTRADICTORY_USAGE,
}
# Text that resembles Markdown, reasoning, a tool call or HTML.
TEXT_LIKE_MARKUP = {
    "fence": '```json\n{"city": "Oslo"}\n```',
    "thoughts": "<think>\nSix by seven.\n</think>\n\n42",
    "call": '{"name": "get_weather", "arguments": {"city": "Oslo"}}',
    "entities": "&lt;b&gt; &amp;amp; &#x41; %20 \\u00e5 \\n",
}
STOP = "END"
TEXT_EASILY_CHANGED = {
    "line-feeds-first": "\n\nTwo line feeds come first.",
    "line-feeds-last": "Two line feeds come last.\n\n",
    "decomposed": "A\u030angstro\u0308m, cafe\u0301 and \u1112\u1161\u11ab.",  # NFC would compose it
    "compatible": "\u212b, \ufb01ne, \u2460, \u00bd, \uff21 and x\u00b2.",  # NFKC would replace it
    "invisible": "\ufeffA mark, a soft\u00ad hyphen, \u200djoined, \u202eturned\u202c, \x1b[1mbold\x7f.",
    "stop-sequence": f"It ends with {STOP}, and it goes on after {STOP}",
    "blank": " \n\t ",
}
TEXT_FOR_SCHEMA = {
    "spaced": '{"city" :\t"\\u00c5l",\n "city": 1.0} \n',
    "cut": '{"city": "Os',
    "prose": "I would rather not.",
}
_FIRST = Call(id="call_1", name="get_weather", arguments_text='{"city": "Oslo"}')
_SECOND = Call(id="call_2", name="get_weather", arguments_text='{"city": "Rome"}')
REASONING_IN_PARTS = {
    "in-a-row": interleaved(Thought("First the weather."), Thought("Then the time."), Thought("At last."), "It rains."),
    "around-text": interleaved(
        "Well: ", Thought("It may rain."), "it rains, ", Thought("Is it late?"), "and it is noon."
    ),
    "around-calls": interleaved(Thought("Oslo first."), _FIRST, Thought("Rome then."), _SECOND),
    "repeated": interleaved(Thought("Hm."), "One. ", Thought("Hm."), "Two. ", Thought("Hm."), _FIRST),
}
INVALID_BODIES = {
    "no-choices": Sends(body=b'{"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": []}'),
    "html": Sends(body=b"<html><body>Welcome to our captive portal</body></html>", content_type="text/html"),
    "empty": Sends(body=b""),
    "null": Sends(body=b"null"),
    "array": Sends(body=b"[]"),
}


class AnswerClauses(CallClauses, ErrorComparison):
    """What an answer contains."""

    @clause("answer.text", *EVERY)
    def test_the_text_is_the_models_own(self, mode: Mode) -> None:
        """The text is exactly what the model wrote: no character is stripped, moved or re-encoded.

        The code that reads the answer's text: a `strip`, a join with spaces, `splitlines`, or bytes decoded chunk by
        chunk.
        """
        response = self.answer(Replies(text=HARD_TEXT), mode)

        require_same("the text", HARD_TEXT, response.text)

    @clause("answer.verbatim", *EVERY)
    @pytest.mark.parametrize("text", TEXT_EASILY_CHANGED.values(), ids=TEXT_EASILY_CHANGED)
    def test_text_at_which_a_library_might_change_something_arrives_unchanged(self, mode: Mode, text: str) -> None:
        """Line feeds at both ends, Unicode of any form and the request's own stop sequence arrive as they were sent.

        Code that tidies text: `strip` or `lstrip`, `unicodedata.normalize`, removal of control characters or of a byte
        order mark, or a cut at a stop sequence, which is the provider's affair.
        """
        can_stop = "stop" in self.capabilities.settings
        request = attrs.evolve(SIMPLE_REQUEST, settings=ChatSettings(stop=[STOP] if can_stop else []))

        response = call_in_mode(self.make_chat(Replies(text=text)), request, mode)

        require_equal("the answer", {"text": text}, {"text": response.text})

    @clause("answer.words", *EVERY)
    @pytest.mark.parametrize("text", TEXT_LIKE_MARKUP.values(), ids=TEXT_LIKE_MARKUP)
    def test_text_that_resembles_markup_stays_text(self, mode: Mode, text: str) -> None:
        """Text stays text: no code fence is removed, no reasoning or call is extracted from it, no escape is decoded.

        Code that searches the text for markup. Tool calls and reasoning have fields of their own on the wire.
        """
        response = call_in_mode(
            self.make_chat(Replies(text=text)), REQUEST_WITH_TOOLS if self.capabilities.tools else SIMPLE_REQUEST, mode
        )

        require_same("the text", text, response.text)
        assert () == response.message.all_tool_calls, "a call was made of text"

    @clause("answer.structured", *EVERY)
    @pytest.mark.parametrize("text", TEXT_FOR_SCHEMA.values(), ids=TEXT_FOR_SCHEMA)
    def test_an_answer_by_a_schema_is_the_models_own(self, mode: Mode, text: str) -> None:
        """With an output schema in the request, the text is still exactly what the model wrote, valid JSON or not.

        Code that processes the answer where `request.output` is set: there should be none. The caller parses the text
        and sees what is wrong with it.
        """
        self.skip_unless_expressible("a schema of the answer", expressible=self.capabilities.json_schema_output)

        response = call_in_mode(self.make_chat(Replies(text=text)), attrs.evolve(SIMPLE_REQUEST, output=SCHEMA), mode)

        require_same("the text", text, response.text)

    @clause("answer.usage", *EVERY)
    @pytest.mark.parametrize("usage", USAGES.values(), ids=USAGES)
    def test_usage_is_what_the_provider_reports(self, mode: Mode, usage: Usage) -> None:
        """Counts are inclusive: cached within input, reasoning within output. Zero stays zero, no count is changed.

        The table from the provider's counts to ours: add up the counts of providers that report cached or reasoning
        tokens separately. A truthiness test (`or None`) loses zeros.
        """
        reply = Replies(usage=usage, reasoning="Six by seven.")

        response = self.answer(reply, mode)

        require_same("usage", self.expected_reply(reply, response).usage, response.usage)

    @clause("answer.usage-counted", *STREAMS)
    def test_the_last_reported_usage_is_the_usage(self, mode: Mode) -> None:
        """Where each event of a stream reports the usage so far, the last report is the usage, not their sum.

        The code that keeps the usage of a stream: a later report replaces an earlier one.
        """
        reply = Replies(text="Counting as it goes.", usage=FULL_USAGE, counting=True)

        response = self.answer(reply, mode)

        require_same("usage", self.expected_reply(reply, response).usage, response.usage)

    @clause("answer.no-price", *EVERY)
    def test_a_cost_without_a_known_price_is_none(self, mode: Mode) -> None:
        """The cost is None where no price is known: it is neither estimated nor zero.

        The code that computes the cost: a model without a price has no cost, unless the provider reports one.
        """
        request = attrs.evolve(SIMPLE_REQUEST, model=f"{self.other_model}-that-has-no-price")

        response = call_in_mode(self.make_chat(Replies()), request, mode)

        assert response.usage is not None, "`usage` is None, and the provider reports tokens"
        require_same("usage.cost_usd", None, response.usage.cost_usd)

    @clause("answer.usage-not-told", *EVERY)
    def test_usage_that_the_provider_does_not_report_is_none(self, mode: Mode) -> None:
        """Usage that the provider does not report is None: it is not zero and not estimated.

        The code that handles missing usage: None, not `Usage()` and not zeros. A library between adapter and provider
        may count tokens itself.
        """
        response = self.answer(Replies(usage=None), mode)

        require_same("usage", None, response.usage)

    @clause("answer.finish-reason", *EVERY)
    @pytest.mark.parametrize("reason", [FinishReason.STOP, FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
    def test_the_finish_reason_is_the_providers(self, mode: Mode, reason: FinishReason) -> None:
        """An answer that a limit or a filter ended never has the finish reason STOP, nor does one with STOP another.

        The table from the provider's finish reasons to `FinishReason`; in a stream the reason arrives in a late event.
        """
        response = self.answer(Replies(finish_reason=reason), mode)

        require_same("finish_reason", reason, response.finish_reason)

    @clause("answer.raw-finish-reason", *EVERY)
    @pytest.mark.parametrize("reason", [FinishReason.STOP, FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
    def test_the_raw_finish_reason_is_the_providers_own_word(self, mode: Mode, reason: FinishReason) -> None:
        """`raw_finish_reason` is the provider's own word, letter by letter, also where its meaning is known.

        The code that maps the finish reason: keep the word beside the `FinishReason`, in streams too. A library between
        adapter and provider may have replaced it.
        """
        reply = Replies(finish_reason=reason)

        response = self.answer(reply, mode)

        expected = self.expected_reply(reply, response).raw_finish_reason
        require_same("raw_finish_reason", expected, response.raw_finish_reason)

    @clause("answer.empty-at-limit", *EVERY)
    def test_an_answer_that_the_limit_ended_may_be_empty(self, mode: Mode) -> None:
        """An answer that the token limit ended before its first text is an empty answer with its usage, not an error.

        The code that reads the finish reason: no answer with one is an error for want of text.
        """
        reply = Replies(text="", finish_reason=FinishReason.LENGTH, usage=Usage(input_tokens=7, output_tokens=5))

        response = self.answer(reply, mode)

        require_same("the text", "", response.text)
        require_same("finish_reason", FinishReason.LENGTH, response.finish_reason)
        assert response.usage is not None, "the usage of an empty answer is missing"
        require_same("usage.output_tokens", 5, response.usage.output_tokens)

    @clause("answer.unknown-finish-reason", *EVERY)
    def test_an_unknown_finish_reason_is_other(self, mode: Mode) -> None:
        """An unknown finish reason is OTHER, and `raw_finish_reason` keeps the provider's value.

        The default of that table: a value that it does not contain becomes OTHER and goes into `raw_finish_reason`.
        """
        response = self.answer(Replies(finish_reason="wombat"), mode)

        require_same("finish_reason", FinishReason.OTHER, response.finish_reason)
        require_same("raw_finish_reason", "wombat", response.raw_finish_reason)

    @clause("answer.refusal", *EVERY)
    def test_a_refusal_is_content_with_a_filter_as_its_reason(self, mode: Mode) -> None:
        """A refusal by the model is the content, and the finish reason CONTENT_FILTER distinguishes it from an answer.

        Where the provider has a separate field for a refusal: its text is the content, and the reason CONTENT_FILTER.
        In a stream it has deltas of its own.
        """
        response = self.answer(Replies(text=None, refusal="I can't help with that."), mode)

        require_same("the text", "I can't help with that.", response.text)
        require_same("finish_reason", FinishReason.CONTENT_FILTER, response.finish_reason)

    @clause("answer.reasoning", *EVERY)
    def test_reasoning_is_apart_from_the_text(self, mode: Mode) -> None:
        """The model's reasoning is not part of the text.

        The code that reads reasoning: its field or block goes into `AssistantMessage.reasoning`, and into
        `ReasoningDelta` in a stream.
        """
        response = self.answer(Replies(text="42", reasoning="Six by seven."), mode)

        require_same("the text", "42", response.text)
        require_same("the reasoning", "Six by seven.", "".join(part.text for part in response.message.reasoning))

    @clause("answer.reasoning-parts", *EVERY)
    @pytest.mark.parametrize("name", REASONING_IN_PARTS)
    def test_every_part_of_the_reasoning_is_a_part(self, mode: Mode, name: str) -> None:
        """Reasoning in several parts, between text and calls, stays apart: its parts are as many, in the same order.

        The code that reads reasoning: a new block or item of it begins a new `ReasoningPart`, and a delta of the same
        block does not. In a stream the parts are those of the response in `StreamEnd`.
        """
        reply = REASONING_IN_PARTS[name]
        if reply.calls and not self.capabilities.tools:
            self.skip_unless_expressible("calls without tools", expressible=False)
        chat = self.make_chat(reply)

        response = call_in_mode(chat, REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST, mode)

        parts = [thought.text for thought in reply.thoughts]
        require_equal(
            "the answer", {"reasoning": parts}, {"reasoning": [part.text for part in response.message.reasoning]}
        )
        self.require_content(reply, response)

    @clause("answer.who", *EVERY)
    def test_model_and_id_are_the_providers(self, mode: Mode) -> None:
        """The response names the model that answered, and the provider's id of the answer.

        Read the answer's own `model` and `id`, not those of the request. In a stream they are fields of its events.
        """
        reply = Replies(model="fake-provider-1-2026", id="answer-7")

        response = self.answer(reply, mode)

        expected = self.expected_reply(reply, response)
        require_same("model", expected.model, response.model)
        require_same("id", expected.id, response.id)

    @clause("answer.unnamed", *EVERY)
    def test_a_model_and_an_id_that_the_provider_does_not_send_are_none(self, mode: Mode) -> None:
        """A model and an id that the provider does not send are None: neither made up, nor those of the request.

        The code that reads the answer's `model` and `id`: no default for a missing value.
        """
        response = self.answer(Replies(model=None, id=None), mode)

        require_same("model", None, response.model)
        require_same("id", None, response.id)

    @clause("answer.no-answer", *EVERY)
    @pytest.mark.parametrize("name", sorted(INVALID_BODIES))
    def test_a_body_that_is_not_an_answer_is_an_error(self, mode: Mode, name: str) -> None:
        """A 200 with HTML, an empty body or no choices is an error, never an empty answer.

        The code that handles a 200: its content type, the parsing, an empty list. Each failure there is a
        BadResponseError.
        """
        self.error_from(INVALID_BODIES[name], mode)

    @clause("answer.null-content", *EVERY)
    def test_an_answer_that_ended_and_holds_nothing_is_an_empty_answer(self, mode: Mode) -> None:
        """An answer that ended properly and holds no content is an empty answer with its usage, never an error.

        The code that refuses an answer without content: a call that is repeated for it is paid again. Only a body
        without the fields of an answer is a BadResponseError.
        """
        reply = Replies(text=None, usage=Usage(input_tokens=7, output_tokens=0))

        response = self.answer(reply, mode)

        require_same("the message", AssistantMessage(), attrs.evolve(response.message, provider_data=()))
        require_same("usage", self.expected_reply(reply, response).usage, response.usage)
        require_same("finish_reason", FinishReason.STOP, response.finish_reason)
