"""Clauses about the tool calls of an answer: each has its own name, id and exact arguments, and none is invented."""

import json
import time

import attrs
import pytest

from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.tools import ToolCall
from llm_core.testing.scenarios import Call, CallLayout, Replies

from .answer_comparison import AnswerComparison
from .clause import clause
from .field_comparison import require_same
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .sample_requests import REQUEST_WITH_TOOLS, SIMPLE_REQUEST

# JSON text that no library writes by default: its spaces, escapes and order, and numbers that a float would round.
OSLO = Call(
    id="call_1",
    name="get_weather",
    arguments_text=' {"city" : "Oslo","at":"\u00c5\\u00e5", "n": 9007199254740993, "days": [1, 2.5, 1.0, null, true]}',
)
NOON = Call(id="call_2", name="get_time", arguments_text="{}")
BROKEN = ['{"city": "Os', '["Oslo"]', '"{\\"city\\": \\"Oslo\\"}"', '{"a": 1}{"a": 1}', "Oslo, please", '{"a": NaN}']
_NUMBERS, _TIMES, _LIMIT, _ROUNDS = 1_500, 4, 8.0, 3  # quadratic code takes 16 times as long
_CHUNK = 8_192  # characters
SPLIT_LAYOUTS: tuple[CallLayout, ...] = (
    "one index",
    "no index",
    "late ids",
    "changing ids",
    "repeated",
    "split names",
    "arguments first",
)


class CallClauses(AnswerComparison):
    """The tool calls of an answer."""

    def answer(self, reply: Replies, mode: Mode) -> ChatResponse:
        """Return the adapter's response to *reply*."""
        return call_in_mode(self.make_chat(reply), REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST, mode)

    @clause("answer.calls", *EVERY, needs="tools")
    def test_calls_carry_name_id_and_typed_arguments(self, mode: Mode) -> None:
        """Two calls in one answer keep their own names, ids, arguments and order; no call is invented.

        The code that reads calls: keep the answer's order, ids and names. In a stream, assign the deltas of two calls
        by their index or id, not to the call that came last.
        """
        reply = Replies(text="Looking.", calls=[OSLO, NOON], finish_reason=FinishReason.TOOL_CALLS)

        response = self.answer(reply, mode)

        expected = self.expected_reply(reply, response).tool_calls
        require_same("tool_calls", expected, response.tool_calls)
        require_same(
            "the arguments", [_typed(call) for call in expected], [_typed(call) for call in response.tool_calls]
        )
        texts = self.argument_texts(OSLO, NOON)
        require_same("the texts of arguments", texts, self.argument_texts(*response.tool_calls))
        require_same("the text", "Looking.", response.text)
        require_same("finish_reason", FinishReason.TOOL_CALLS, response.finish_reason)

    @clause("answer.calls-by-turns", *EVERY, needs="tools")
    def test_interleaved_calls_are_kept_apart(self, mode: Mode) -> None:
        """The deltas of two calls may alternate, and both may call one tool: each call keeps its own arguments.

        The code that assembles calls: by their index. Neither the last call nor the tool's name identifies a delta's
        call.
        """
        twice = [OSLO, attrs.evolve(OSLO, id="call_3", arguments_text='{"city": "Ålesund"}')]
        reply = Replies(text=None, calls=twice, call_layout="interleaved")

        response = self.answer(reply, mode)

        require_same("tool_calls", self.expected_reply(reply, response).tool_calls, response.tool_calls)

    @clause("answer.calls-in-pieces", *STREAMS, needs="tools")
    @pytest.mark.parametrize("call_layout", SPLIT_LAYOUTS)
    def test_calls_are_complete_whichever_delta_comes_first(self, mode: Mode, call_layout: CallLayout) -> None:
        """Two calls may share an index, an id may come late, a name may be split or come after its arguments began.

        Deltas may have no index, another id each, or id and name again. The code that assembles calls: another id under
        the same index is another call, if a name comes with it, and `ToolCallStart` waits until both id and name have
        arrived.
        """
        reply = Replies(text=None, calls=[OSLO, NOON], call_layout=call_layout)

        response = self.answer(reply, mode)

        require_same("invalid_tool_calls", (), response.invalid_tool_calls)
        require_same("tool_calls", self.expected_reply(reply, response).tool_calls, response.tool_calls)

    @clause("answer.empty-arguments", *EVERY, needs="tools")
    @pytest.mark.parametrize("text", ["", "null"], ids=["nothing", "null"])
    def test_empty_arguments_are_an_empty_object(self, mode: Mode, text: str) -> None:
        """Empty arguments and `null` are `{}`: a call of a tool without parameters may come without any text.

        The code that parses arguments: an empty text, none, or `null` is `{}`, as in
        `llm_core.domain.tools.parse_tool_call`.
        """
        response = self.answer(Replies(text=None, calls=[attrs.evolve(NOON, arguments_text=text)]), mode)

        require_same("the arguments of all calls", [{}], [dict(call.arguments) for call in response.tool_calls])

    @clause("answer.broken-arguments", *EVERY, needs="tools")
    @pytest.mark.parametrize("text", BROKEN)
    def test_broken_arguments_are_an_invalid_call(self, mode: Mode, text: str) -> None:
        """Arguments other than a JSON object make an invalid call with the same text: no crash, no ``{}``, no repair.

        The code that parses arguments: catch what `json.loads` raises, and check the type that it returns, as
        `llm_core.domain.tools.parse_tool_call` does.
        """
        reply = Replies(text=None, calls=[attrs.evolve(OSLO, arguments_text=text)])

        response = self.answer(reply, mode)

        require_same("tool_calls", (), response.tool_calls)
        expected = [(call.id, "get_weather", text) for call in self.expected_reply(reply, response).invalid_tool_calls]
        seen = [(call.id, call.name, call.arguments_text) for call in response.invalid_tool_calls]
        require_same("invalid_tool_calls (id, name, text)", expected, seen)

    @clause("answer.truncated-call", *EVERY, needs="tools")
    @pytest.mark.parametrize("text", ['{"ci', ""], ids=["begun", "not-begun"])
    def test_a_call_cut_by_the_token_limit_is_invalid(self, mode: Mode, text: str) -> None:
        """A call that the token limit truncates is invalid, and the finish reason stays LENGTH.

        The code that combines finish reason and calls: pass `cut_off` to `llm_core.domain.tools.parse_tool_call`, and
        keep LENGTH beside calls.
        """
        reply = Replies(text=None, finish_reason=FinishReason.LENGTH, calls=[attrs.evolve(OSLO, arguments_text=text)])

        response = self.answer(reply, mode)

        require_same("finish_reason", FinishReason.LENGTH, response.finish_reason)
        require_same("tool_calls", (), response.tool_calls)
        seen = [call.arguments_text for call in response.invalid_tool_calls]
        require_same("the texts of invalid_tool_calls", [text], seen)

    @clause("answer.cut-beside-calls", *EVERY, needs="tools")
    @pytest.mark.parametrize("reason", [FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
    def test_a_limit_or_a_filter_stands_beside_calls(self, mode: Mode, reason: FinishReason) -> None:
        """LENGTH and CONTENT_FILTER stay the finish reason beside complete calls, since more content may be missing.

        The code that combines finish reason and calls: only "stop" becomes TOOL_CALLS. Some providers send the reason
        in an event after the calls.
        """
        reply = Replies(text="Looking.", calls=[OSLO], finish_reason=reason)

        response = self.answer(reply, mode)

        require_same("finish_reason", reason, response.finish_reason)
        require_same("tool_calls", self.expected_reply(reply, response).tool_calls, response.tool_calls)

    @clause("answer.linear-time", "complete", "stream", needs="tools")
    def test_a_long_key_over_many_numbers_is_read_in_linear_time(self, mode: Mode) -> None:
        """Four times the arguments take about four times as long, not sixteen: a call of a megabyte freezes no caller.

        The code that checks or copies arguments: build the path of a value only where there is an error to report, and
        do not join the deltas of a call each time one arrives.
        """
        few, many = (_long_key_over_numbers(number) for number in (_NUMBERS, _TIMES * _NUMBERS))

        short, long = self._cpu_seconds(few, mode), self._cpu_seconds(many, mode)
        for _ in range(_ROUNDS):  # more rounds only if a first one is too slow: the machine may be busy
            if long >= _LIMIT * short:
                short, long = min(short, self._cpu_seconds(few, mode)), min(long, self._cpu_seconds(many, mode))

        took = f"{_TIMES} times the arguments take {long / short:.0f} times as long"
        assert long < _LIMIT * short, took

    def _cpu_seconds(self, call: Call, mode: Mode) -> float:
        chat = self.make_chat(Replies(text=None, calls=[call], chunk_size=_CHUNK))
        begun = time.process_time()
        response = call_in_mode(chat, REQUEST_WITH_TOOLS, mode)
        seconds = time.process_time() - begun
        require_same("the arguments", [call.arguments_text], [one.arguments_json for one in response.tool_calls])
        return seconds

    @clause("answer.ids-made", *EVERY, needs="tools")
    def test_missing_call_ids_are_made(self, mode: Mode) -> None:
        """A call without an id gets one that is unique in its answer and in the whole history.

        The code that handles a missing or empty id: make a unique one (`uuid.uuid4`). Do not number the calls: numbers
        repeat in the next answer.
        """
        chat = self.make_chat(Replies(text=None, calls=[attrs.evolve(OSLO, id=None), attrs.evolve(NOON, id=None)]))

        answers = [call_in_mode(chat, REQUEST_WITH_TOOLS, mode) for _ in range(2)]

        ids = [call.id for answer in answers for call in answer.tool_calls]
        assert (4, 4) == (len(ids), len(set(ids))), f"{len(set(ids))} different ids of 4 calls in 2 answers: {ids}"

    @clause("answer.stop-with-calls", *EVERY, needs="tools")
    def test_the_finish_reason_agrees_with_the_calls(self, mode: Mode) -> None:
        """The finish reason of an answer with tool calls is TOOL_CALLS, where the provider sends "stop".

        `ChatResponse` derives it, if you pass the calls together with the reason.
        """
        reply = Replies(text=None, calls=[OSLO], finish_reason=FinishReason.STOP)

        response = self.answer(reply, mode)

        expected = self.expected_reply(reply, response)
        require_same("tool_calls", expected.tool_calls, response.tool_calls)
        require_same("finish_reason", FinishReason.TOOL_CALLS, response.finish_reason)


def _long_key_over_numbers(number: int) -> Call:
    """Return a call with one long key over *number* numbers."""
    return attrs.evolve(OSLO, arguments_text=json.dumps({"city " * 30 * number: [1] * number}))


def _typed(call: ToolCall) -> str:
    """Return the arguments of *call* as JSON, since == does not compare types (1 and 1.0) or order."""
    return json.dumps(dict(call.arguments))
