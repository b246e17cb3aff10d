"""The answer says what the provider said: no more, no less, in all four modes alike."""

import attrs
import pytest

from llm_core.domain.errors import BadResponseError, ChatError
from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Replies, Sends

from .calls import CallClauses
from .clause import clause
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .rich_requests import SCHEMA
from .sample_requests import SIMPLE_REQUEST, REQUEST_WITH_TOOLS, HARD_TEXT

FULL_USAGE = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20)
ZERO_USAGE = Usage(input_tokens=70, output_tokens=0, cache_read_tokens=0, reasoning_tokens=0)
CACHE_WRITE_USAGE = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=10, cache_write_tokens=20)
CONTRADICTORY_USAGE = Usage(input_tokens=7, output_tokens=5, cache_read_tokens=9, reasoning_tokens=8)
USAGE_WITHOUT_DETAILS = Usage(input_tokens=70, output_tokens=50)  # the thinking is within, and nobody says how much it is
USAGES = {
    "full": FULL_USAGE,
    "zeros": ZERO_USAGE,
    "in-and-out": USAGE_WITHOUT_DETAILS,
    "written": CACHE_WRITE_USAGE,
    "contradicting": CONTRADICTORY_USAGE,
}
# What some take for something else than words: Markdown, thoughts, a call, HTML.
TEXT_LIKE_MARKUP = {
    "fence": '```json\n{"city": "Oslo"}\n```',
    "thoughts": "<think>\nSix by seven.\n</think>\n\n42",
    "call": '{"name": "get_weather", "arguments": {"city": "Oslo"}}',
    "entities": "&lt;b&gt; &amp;amp; &#x41; %20 \\u00e5 \\n",
}
TEXT_FOR_SCHEMA = {
    "spaced": '{"city" :\t"\\u00c5l",\n "city": 1.0} \n',
    "cut": '{"city": "Os',
    "words": "I would rather not.",
}
INVALID_BODIES = {
    "no-choices": Sends(body=b'{"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": []}'),
    "html": Sends(body=b"<html><body>Welcome to our captive portal</body></html>", content_type="text/html"),
    "empty": Sends(body=b""),
    "null": Sends(body=b"null"),
    "array": Sends(body=b"[]"),
}


class AnswerClauses(CallClauses):
    """What comes back."""

    @clause("answer.text", *EVERY)
    def test_the_text_is_the_models_own(self, mode: Mode) -> None:
        """Not a character is stripped, moved or re-encoded.

        Where the answer's text is read: a `strip`, a join with spaces, `splitlines`, or bytes decoded piece by piece.
        """
        response = self.answer(Replies(text=HARD_TEXT), mode)

        assert response.text == HARD_TEXT

    @clause("answer.words", *EVERY)
    @pytest.mark.parametrize("text", TEXT_LIKE_MARKUP.values(), ids=TEXT_LIKE_MARKUP)
    def test_words_are_words(self, mode: Mode, text: str) -> None:
        """Nothing is read into the text: no fence is cut, no thought or call found in it, no escape undone.

        What looks for something else among the words. Calls and reasoning have fields of their own on the wire.
        """
        response = call_in_mode(
            self.make_chat(Replies(text=text)), REQUEST_WITH_TOOLS if self.capabilities.tools else SIMPLE_REQUEST, mode
        )

        assert response.text == text
        assert () == response.message.all_tool_calls

    @clause("answer.structured", *EVERY)
    @pytest.mark.parametrize("text", TEXT_FOR_SCHEMA.values(), ids=TEXT_FOR_SCHEMA)
    def test_an_answer_by_a_schema_is_the_models_own(self, mode: Mode, text: str) -> None:
        """Where a schema was asked for, the text is still what the model wrote, be it JSON or not.

        What is done with an answer where `request.output` is set: nothing. Whoever asked reads it, and sees what is
        wrong with it.
        """
        self.skip_unless_expressible("a schema of the answer", expressible=self.capabilities.json_schema_output)

        response = call_in_mode(self.make_chat(Replies(text=text)), attrs.evolve(SIMPLE_REQUEST, output=SCHEMA), mode)

        assert response.text == text

    @clause("answer.usage", *EVERY)
    @pytest.mark.parametrize("usage", USAGES.values(), ids=USAGES)
    def test_usage_is_what_was_told(self, mode: Mode, usage: Usage) -> None:
        """Tokens by kind, inclusive: cached within input, reasoning within output. Zero is a number; none is mended.

        The table from the provider's figures to ours: providers that count cached or reasoning tokens apart are added
        up. A test by truth (`or None`) loses zeros.
        """
        reply = Replies(usage=usage, reasoning="Six by seven.")

        response = self.answer(reply, mode)

        promised = self.expected_reply(reply, response).usage
        if promised and not self.capabilities.http:  # where there is no wire, all is told
            promised = attrs.evolve(promised, cache_write_tokens=usage.cache_write_tokens)
        assert promised == response.usage

    @clause("answer.usage-counted", *STREAMS)
    def test_what_was_counted_last_stands(self, mode: Mode) -> None:
        """Where every event tells what was counted so far, the last figures are the usage, and nothing is added up.

        Where the usage of a stream is kept: a later figure takes the place of an earlier one.
        """
        reply = Replies(text="CountingChat as it goes.", usage=FULL_USAGE, counting=True)

        response = self.answer(reply, mode)

        assert self.expected_reply(reply, response).usage == response.usage

    @clause("answer.no-price", *EVERY)
    def test_a_price_that_nobody_knows_is_none(self, mode: Mode) -> None:
        """The cost is told only where it is known: not estimated, and not zero.

        Where the price comes from: a model that is in no table has none, unless the answer tells it.
        """
        request = attrs.evolve(SIMPLE_REQUEST, model=f"{self.other_model}-that-nobody-priced")

        response = call_in_mode(self.make_chat(Replies()), request, mode)

        assert response.usage is not None
        assert response.usage.cost_usd is None

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
        reply = Replies(model="fake-provider-1-2026", id="answer-7")

        response = self.answer(reply, mode)

        promised = self.expected_reply(reply, response)
        assert (promised.model, promised.id) == (response.model, response.id)

    @clause("answer.no-answer", *EVERY)
    @pytest.mark.parametrize("name", sorted(INVALID_BODIES))
    def test_what_is_no_answer_is_an_error(self, mode: Mode, name: str) -> None:
        """A 200 with HTML, nothing, or no choices is an error, never an empty answer.

        Whatever is done with a 200: the content type, the parsing, the empty list. Each failure there is a
        BadResponseError.
        """
        with pytest.raises(ChatError) as caught:
            call_in_mode(self.make_chat(INVALID_BODIES[name]), SIMPLE_REQUEST, mode)

        assert isinstance(caught.value, BadResponseError)

    @clause("answer.null-content", *EVERY)
    def test_an_answer_of_nothing_is_an_error(self, mode: Mode) -> None:
        """No text, no call, no refusal, and yet "stop": that is no answer.

        Where the message is put together: an answer that holds nothing is refused before it becomes an empty text.
        """
        with pytest.raises(BadResponseError):
            self.answer(Replies(text=None), mode)
