"""A call that succeeds costs one request, whatever the answer says."""

import pytest

from llm_core.domain.responses import FinishReason
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.scenarios import Call, Replies

from .author_api import ContractAuthorApi
from .clause import clause
from .modes import EVERY, Mode, call_in_mode
from .sample_requests import SIMPLE_REQUEST, REQUEST_WITH_TOOLS

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
    """What it costs."""

    @clause("answer.one-request", *EVERY)
    @pytest.mark.parametrize("name", sorted(ANSWERS))
    def test_an_answer_costs_one_request(self, mode: Mode, name: str) -> None:
        """A call that succeeds is one request: nothing is asked beforehand, and no answer is asked for again.

        What asks beside the call itself (a warm-up, a count of tokens), and what asks again where an answer is cut,
        blank, or holds arguments that are broken: both are somebody else's decision.
        """
        reply = ANSWERS[name]
        if reply.calls and not self.capabilities.tools:
            raise NotExpressibleError("tools=False is claimed, and this answer calls one")

        call_in_mode(self.make_chat(reply), REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST, mode)

        assert 1 == self.recorder.count, f"{self.recorder.count} requests for one call"
