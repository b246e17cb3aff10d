"""Clauses about the number of requests: a successful call sends one."""

import attrs
import pytest

from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import FinishReason
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.scenarios import Call, Replies

from .author_api import ContractAuthorApi
from .clause import clause
from .modes import EVERY, Mode, call_in_mode
from .rich_requests import ZERO_SETTINGS, select_settings
from .sample_requests import REQUEST_WITH_TOOLS, SIMPLE_REQUEST

_OSLO = Call(id="call_1", name="get_weather", arguments_text='{"city": "Oslo"}')
_BROKEN = Call(id="call_1", name="get_weather", arguments_text='{"city": "Os')
ANSWERS: dict[str, Replies] = {
    "plain": Replies(),
    "blank": Replies(text=" "),
    "cut": Replies(text="A rather long", finish_reason=FinishReason.LENGTH),
    "filtered": Replies(text="A rather", finish_reason=FinishReason.CONTENT_FILTER),
    "call": Replies(text=None, calls=[_OSLO], finish_reason=FinishReason.TOOL_CALLS),
    "broken arguments": Replies(text=None, calls=[_BROKEN], finish_reason=FinishReason.TOOL_CALLS),
    "no usage": Replies(usage=None),
}


class AttemptClauses(ContractAuthorApi):
    """What a call costs."""

    @clause("answer.one-request", *EVERY)
    @pytest.mark.parametrize("name", sorted(ANSWERS))
    def test_an_answer_costs_one_request(self, mode: Mode, name: str) -> None:
        """A successful call sends one request: nothing is requested beforehand, and no answer is requested again.

        Code that sends other requests (a warm-up, a token count), and code that repeats the request where an answer is
        truncated, blank or has broken arguments: the caller decides about that.
        """
        reply = ANSWERS[name]
        if reply.calls and not self.capabilities.tools:
            raise NotExpressibleError("the adapter claims tools=False, and this answer calls a tool")

        call_in_mode(self.make_chat(reply), REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST, mode)

        assert 1 == self.recorder.count, self.counted()

    @clause("answer.no-stored-answer", *EVERY)
    def test_equal_requests_are_sent_each_time(self, mode: Mode) -> None:
        """Equal requests are sent each time: no answer is stored and given again, at temperature 0 either.

        A cache of answers, by the request or by its text, perhaps for those requests alone whose answers hardly differ.
        To cache, wrap the chat.
        """
        chat, settings = self.make_chat(Replies()), select_settings(ZERO_SETTINGS, self.capabilities.settings)
        repeated = [SIMPLE_REQUEST] * 2 + [attrs.evolve(SIMPLE_REQUEST, settings=settings)] * 2

        for number, request in enumerate(repeated):
            call_in_mode(chat, _numbered(request, number) if self.may_answer_without_request else request, mode)

        assert len(repeated) == self.recorder.count, self.counted()


def _numbered(request: ChatRequest, number: int) -> ChatRequest:
    return attrs.evolve(request, messages=[UserMessage(f"Hello for the {number}th time.")])
