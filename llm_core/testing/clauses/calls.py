"""The calls of an answer: each with its own name, id and arguments, to the letter, and none is invented."""

import json

import attrs
import pytest

from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.tools import ToolCall
from llm_core.testing.scenarios import Call, CallLayout, Replies

from .author_api import ContractAuthorApi
from .clause import clause
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .sample_requests import SIMPLE_REQUEST, REQUEST_WITH_TOOLS

# As no JSON library writes it by itself: its spaces, its escapes, its order, and numbers that a float would lose.
OSLO = Call(
    id="call_1",
    name="get_weather",
    arguments_text=' {"city" : "Oslo","at":"\u00c5\\u00e5", "n": 9007199254740993, "days": [1, 2.5, 1.0, null, true]}',
)
NOON = Call(id="call_2", name="get_time", arguments_text="{}")
BROKEN = ['{"city": "Os', '["Oslo"]', '"{\\"city\\": \\"Oslo\\"}"', '{"a": 1}{"a": 1}', "Oslo, please", '{"a": NaN}']
SPLIT_LAYOUTS: tuple[CallLayout, ...] = ("one index", "late ids", "split names", "arguments first")


class CallClauses(ContractAuthorApi):
    """What the model asks for."""

    def answer(self, reply: Replies, mode: Mode) -> ChatResponse:
        """Return what the adapter makes of *reply*."""
        return call_in_mode(self.make_chat(reply), REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST, mode)

    @clause("answer.calls", *EVERY, needs="tools")
    def test_calls_carry_name_id_and_typed_arguments(self, mode: Mode) -> None:
        """Two calls at once: each with its own name, id and arguments, in their order; none is invented.

        Where calls are read: one list in the answer's order, ids and names as told. In a stream the pieces of two calls
        are told apart by their index or id, not by who spoke last.
        """
        reply = Replies(text="Looking.", calls=[OSLO, NOON], finish_reason=FinishReason.TOOL_CALLS)

        response = self.answer(reply, mode)

        promised = self.expected_reply(reply, response).tool_calls
        assert promised == response.tool_calls
        assert [_typed(call) for call in promised] == [_typed(call) for call in response.tool_calls]
        assert self.argument_texts(OSLO, NOON) == self.argument_texts(*response.tool_calls)
        assert (response.text, response.finish_reason) == ("Looking.", FinishReason.TOOL_CALLS)

    @clause("answer.calls-by-turns", *EVERY, needs="tools")
    def test_calls_that_come_by_turns_are_kept_apart(self, mode: Mode) -> None:
        """The pieces of two calls may come by turns, and one tool may be called twice: each call keeps its own.

        Where the pieces of calls are put together: by their index. Neither who spoke last nor the
        name tells them apart.
        """
        twice = [OSLO, attrs.evolve(OSLO, id="call_3", arguments_text='{"city": "Ålesund"}')]
        reply = Replies(text=None, calls=twice, call_layout="interleaved")

        response = self.answer(reply, mode)

        assert self.expected_reply(reply, response).tool_calls == response.tool_calls

    @clause("answer.calls-in-pieces", *STREAMS, needs="tools")
    @pytest.mark.parametrize("telling", SPLIT_LAYOUTS)
    def test_calls_are_whole_whichever_piece_comes_first(self, mode: Mode, call_layout: CallLayout) -> None:
        """Two calls may share an index, an id may come late, a name in pieces or after its arguments began.

        Where the pieces of calls are put together: another id under the same index is another call, and no call is told
        before its id and its name are there.
        """
        reply = Replies(text=None, calls=[OSLO, NOON], call_layout=call_layout)

        response = self.answer(reply, mode)

        assert () == response.invalid_tool_calls
        assert self.expected_reply(reply, response).tool_calls == response.tool_calls

    @clause("answer.empty-arguments", *EVERY, needs="tools")
    def test_empty_arguments_are_an_empty_object(self, mode: Mode) -> None:
        """A call of a tool without parameters may come without arguments.

        Where arguments are parsed: no text, or none at all, is `{}`. `llm_core.domain.tools.parse_tool_call` does it.
        """
        response = self.answer(Replies(text=None, calls=[attrs.evolve(NOON, arguments_text="")]), mode)

        assert [call.arguments for call in response.tool_calls] == [{}]

    @clause("answer.broken-arguments", *EVERY, needs="tools")
    @pytest.mark.parametrize("text", BROKEN)
    def test_broken_arguments_are_an_invalid_call(self, mode: Mode, text: str) -> None:
        """What is no JSON object is never a crash, never ``{}``, never repaired: an invalid call keeps it verbatim.

        Where arguments are parsed: catch what `json.loads` raises, and look at what it returns.
        `llm_core.domain.tools.parse_tool_call` does both.
        """
        reply = Replies(text=None, calls=[attrs.evolve(OSLO, arguments_text=text)])

        response = self.answer(reply, mode)

        assert response.tool_calls == ()
        promised = [(call.id, "get_weather", text) for call in self.expected_reply(reply, response).invalid_tool_calls]
        assert promised == [(call.id, call.name, call.arguments_text) for call in response.invalid_tool_calls]

    @clause("answer.truncated-call", *EVERY, needs="tools")
    @pytest.mark.parametrize("text", ['{"ci', ""], ids=["begun", "not-begun"])
    def test_a_call_cut_by_the_token_limit_is_invalid(self, mode: Mode, text: str) -> None:
        """LENGTH in the middle of a call: the finish reason stands, and the call is not carried out.

        Where the finish reason meets the calls: hand `cut_off` to `llm_core.domain.tools.parse_tool_call`, and let LENGTH
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
        assert self.expected_reply(reply, response).tool_calls == response.tool_calls

    @clause("answer.ids-made", *EVERY, needs="tools")
    def test_missing_call_ids_are_made(self, mode: Mode) -> None:
        """Every call has an id, and no two have the same: not in one answer, and not in one history.

        Where an id is missing or empty: make one that is unique (`uuid.uuid4`), not one by its place: places repeat in
        the next answer.
        """
        chat = self.make_chat(Replies(text=None, calls=[attrs.evolve(OSLO, id=None), attrs.evolve(NOON, id=None)]))

        answers = [call_in_mode(chat, REQUEST_WITH_TOOLS, mode) for _ in range(2)]

        ids = [call.id for answer in answers for call in answer.tool_calls]
        assert (4, 4) == (len(ids), len(set(ids)))

    @clause("answer.stop-with-calls", *EVERY, needs="tools")
    def test_the_finish_reason_agrees_with_the_calls(self, mode: Mode) -> None:
        """Providers say "stop" on an answer that calls tools; it is TOOL_CALLS.

        `ChatResponse` does it by itself, if it is given the calls together with the reason.
        """
        reply = Replies(text=None, calls=[OSLO], finish_reason=FinishReason.STOP)

        response = self.answer(reply, mode)

        promised = self.expected_reply(reply, response)
        assert (promised.tool_calls, FinishReason.TOOL_CALLS) == (response.tool_calls, response.finish_reason)


def _typed(call: ToolCall) -> str:
    """Return the arguments of *call* with what == does not compare: 1 and 1.0, and their order."""
    return json.dumps(dict(call.arguments))
