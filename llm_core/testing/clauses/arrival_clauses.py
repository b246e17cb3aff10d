"""Clauses for any request: whatever its fields permit arrives unchanged, or is refused before it is sent."""

from collections.abc import Mapping

import attrs
import pytest

from llm_core.domain.messages import AssistantMessage, ToolMessage, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.hard_values import OPAQUE
from llm_core.testing.request_strategies import fits, requests_within
from llm_core.testing.scenarios import Replies
from llm_core.testing.strategies import replies

from .clause import clause
from .drawn_values import DrawnValues
from .field_comparison import require_same
from .hard_requests import HARD_REQUESTS, history_of_others
from .modes import EVERY, Mode, call_in_mode, in_two_modes
from .request_assertions import RequestAssertions
from .sample_requests import CLOCK, HARD_TEXT, REQUEST_WITH_TOOLS, SIMPLE_REQUEST, WEATHER

_SEEDS: Mapping[Mode, int] = {mode: index for index, mode in enumerate(EVERY)}
_HALF = 2
# What some libraries cannot send comes first, so that their adapters fail in every mode: an xfail is strict.
_FIRST = ("tool schema: keywords as names", "output schema: keywords", "extra: nulls")


class ArrivalClauses(RequestAssertions, DrawnValues):
    """What is sent of any request."""

    @clause("law.hard-values-arrive")
    @pytest.mark.parametrize(("name", "mode"), in_two_modes(HARD_REQUESTS))
    def test_each_hard_value_arrives(self, name: str, mode: Mode) -> None:
        """A long, precise, empty, repeated or oddly named value arrives unchanged, or its request is refused.

        The message names the path of what differs. Look for limits on lengths, rounding, truthiness tests, lists of
        known schema keywords, sets and sorted keys, and identical values that are sent once.
        """
        request = HARD_REQUESTS[name]
        if not fits(request, self.capabilities):
            raise NotExpressibleError(f"the adapter does not claim what is in: {name}")

        self._arrives_or_is_refused(request, mode)

    @clause("law.foreign-history-arrives", *EVERY)
    def test_a_history_of_other_providers_arrives(self, mode: Mode) -> None:
        """An answer of another provider is sent with its text and calls, and without the other's opaque data.

        The encoding of `provider_data`: check its `provider`, on messages, reasoning and calls alike.
        """
        self.make_chat(Replies())  # the dialect is known from here on
        messages = history_of_others(self.dialect_name(), with_calls=self.capabilities.tools)
        request = ChatRequest(messages=messages, tools=(WEATHER,) if self.capabilities.tools else ())

        self._arrives_or_is_refused(request, mode)

        if self.capabilities.http and self.recorder.count:
            assert OPAQUE not in self.sent(), "opaque data of another provider was sent"

    @clause("law.request-arrives", *EVERY)
    def test_every_request_arrives_whole(self, mode: Mode) -> None:
        """For any request, every field reaches the model unchanged, or the request is refused before it is sent.

        The message names the path of what differs. Code that strips, joins, drops, reorders, rounds or re-encodes a
        value, or where one field displaces another. A setting that is named in `ignored_settings` must not be sent.
        """
        outcomes: list[bool] = []

        self.for_every(
            requests_within(self.capabilities, self.other_model),
            lambda request: outcomes.append(self._arrives_or_is_refused(request, mode)),
            first=[
                *(HARD_REQUESTS[name] for name in _FIRST if fits(HARD_REQUESTS[name], self.capabilities)),
                *([attrs.evolve(REQUEST_WITH_TOOLS, model=self.other_model)] if self.capabilities.tools else []),
            ],
            stream_of_seeds=_SEEDS[mode],
        )

        refused = outcomes.count(False)
        assert refused * _HALF <= len(outcomes), (
            f"{refused} of {len(outcomes)} requests that `capabilities` claims were refused; see request.together"
        )

    @clause("law.answer-goes-back", *EVERY)
    def test_every_answer_goes_back_whole(self, mode: Mode) -> None:
        """For any answer, the message that the adapter made of it is sent back whole in the next request.

        The decoding and encoding of answers: text, calls, ids, and reasoning with its signature where the wire has it.
        """
        tools = REQUEST_WITH_TOOLS.tools if self.capabilities.tools else ()
        self.for_every(
            replies(tools, signed=True),
            lambda reply: self._goes_back(reply, mode),
            first=[Replies(reasoning="Well."), Replies(text=HARD_TEXT)],
            stream_of_seeds=_SEEDS[mode],
        )

    def _arrives_or_is_refused(self, request: ChatRequest, mode: Mode) -> bool:
        """Return True if *request* arrived unchanged, False if it was refused."""
        response = self.answer_unless_refused(request, mode)
        if response is None:
            return False
        self.require_arrival(request, response.ignored_settings)
        return True

    def _goes_back(self, reply: Replies, mode: Mode) -> None:
        first = attrs.evolve(SIMPLE_REQUEST, tools=(WEATHER, CLOCK) if self.capabilities.tools else ())
        chat = self.make_chat(reply)
        message = call_in_mode(chat, first, mode).message
        results = [ToolMessage("rain", tool_call_id=call.id) for call in message.all_tool_calls]
        later = (
            [] if results else [message, UserMessage("Go on.")]
        )  # reasoning goes back with every answer, not the last
        history = [*first.messages, message, *results, UserMessage("And?"), *later]
        following = attrs.evolve(first, messages=history)

        call_in_mode(chat, following, mode)

        self.require_arrival(following)
        expected, seen = self.expected_request(following), self.received_request(following)
        require_same("the reasoning", _reasoning(expected), _reasoning(seen))
        assert reply.signature in self.sent(), "the signature of the reasoning was not sent back"


def _reasoning(request: ChatRequest) -> str:
    """Return the text of all reasoning: a wire may send it in other parts."""
    answers = [message for message in request.messages if isinstance(message, AssistantMessage)]
    return "".join(part.text for message in answers for part in message.reasoning)
