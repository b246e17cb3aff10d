"""Clauses about the modes: the four methods return one message, in the fields that only the provider can define too.

The other fields of a response are compared with what the provider sent, in every mode.
"""

import json
from collections.abc import Mapping

import attrs
import pytest

from llm_core.domain.errors import ChatError
from llm_core.domain.json_values import JsonValue
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.serialization import to_json
from llm_core.testing.scenarios import Breaks, Call, Fails, Replies, Sends

from .clause import clause
from .differences import document_differences
from .error_comparison import ErrorComparison, Failing
from .field_comparison import value_differences
from .histories import SIGNATURE
from .modes import EVERY, Mode, call_in_mode
from .sample_requests import REQUEST_WITH_TOOLS, SIMPLE_REQUEST

_OSLO = Call(id="call_1", name="get_weather", arguments_text='{"city" :  "\\u00c5lesund"}')
_THOUGHTFUL = Replies(
    text="Looking.",
    reasoning="First the weather, then the time.",
    usage=Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20),
)
ANSWERS: Mapping[str, Replies] = {
    "reasoning": _THOUGHTFUL,
    "signature": attrs.evolve(_THOUGHTFUL, signature=SIGNATURE),
    "calls": attrs.evolve(
        _THOUGHTFUL,
        signature=SIGNATURE,
        calls=[_OSLO, Call(id="call_2", name="get_time", arguments_text="")],
        finish_reason=FinishReason.TOOL_CALLS,
    ),
    "invalid calls": Replies(calls=[attrs.evolve(_OSLO, arguments_text='["Oslo"]'), _OSLO]),
}

_BROKEN_OFF = attrs.evolve(_THOUGHTFUL, calls=[_OSLO, attrs.evolve(_OSLO, id="call_2")])
FAILURES: Mapping[str, Fails | Breaks | Sends] = {
    "status": Fails(status=429, retry_after=7.0),
    "unfinished": Breaks(how="unfinished", reply=_BROKEN_OFF),
    "event": Breaks(how="error", reply=_THOUGHTFUL, after=6),
    "html": Sends(body=b"<html>It went wrong.", content_type="text/html"),
}
_PAIRS: Mapping[Mode, Mode] = {"complete": "acomplete", "stream": "astream"}


class AgreementClauses(ErrorComparison):
    """What the modes have in common."""

    @clause("answer.one-message")
    @pytest.mark.parametrize("name", sorted(ANSWERS))
    def test_all_modes_return_one_message(self, name: str) -> None:
        """The messages of all four methods for one answer are equal, field by field: signatures and opaque data too.

        Code that the modes do not share: the events of a stream and the fields of a whole answer that hold the same
        value under other names, such as the signature of reasoning. The ids that an adapter makes may differ.
        """
        reply = ANSWERS[name]
        if reply.calls and not self.capabilities.tools:
            self.skip_unless_expressible("calls without tools", expressible=False)
        chat = self.make_chat(reply)

        responses = [call_in_mode(chat, REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST, mode) for mode in EVERY]

        first, *others = map(self._document, responses)
        for mode, other in zip(EVERY[1:], others, strict=True):
            differences = document_differences(first, other)
            assert not differences, "\n".join([f"complete (expected) and {mode} (seen) differ:", *differences])
        for response in responses:
            self.require_content(reply, response)

    @clause("answer.own", *EVERY, needs="tools")
    def test_each_answer_stays_as_it_was(self, mode: Mode) -> None:
        """The response of a call stays what that call received, whatever later calls receive, and after the close.

        A response, or the arguments of its calls, that the adapter keeps and changes: make them anew for each call.
        """
        chat = self.make_chat(ANSWERS["calls"])
        response = call_in_mode(chat, REQUEST_WITH_TOOLS, mode)
        document = to_json(response)
        self.let_play(Replies(calls=[attrs.evolve(_OSLO, arguments_text='{"town": "Rome"}')]))

        for _ in range(2):
            call_in_mode(chat, REQUEST_WITH_TOOLS, mode)

        assert document == to_json(response), "a later call changed the response of an earlier one"

    @clause("error.one-value", *_PAIRS)
    @pytest.mark.parametrize("name", sorted(FAILURES))
    def test_sync_and_async_raise_one_value(self, mode: Mode, name: str) -> None:
        """The errors of a sync method and of its async twin are equal, field by field: detail and partial too.

        Code that sync and async do not share: what reads the body of an error, and what builds `partial`.
        """
        failure = FAILURES[name]
        has_calls = isinstance(failure, Breaks) and failure.reply.calls
        if has_calls and not self.capabilities.tools:
            self.skip_unless_expressible("calls without tools", expressible=False)
        chat, request = self.make_chat(failure), REQUEST_WITH_TOOLS if has_calls else SIMPLE_REQUEST

        of_sync, of_async = (self._error_fields(chat, request, failure, one) for one in (mode, _PAIRS[mode]))

        different = [
            line for field, value in of_sync.items() for line in value_differences(field, value, of_async.get(field))
        ]
        problem = f"the errors of {mode} (expected) and {_PAIRS[mode]} (got) differ:"
        assert not different, "\n".join([problem, *different])

    def _error_fields(self, chat: ChatPort, request: ChatRequest, failure: Failing, mode: Mode) -> dict[str, object]:
        """Check the error of *failure*; return its class and public fields, with positions in place of ids of calls."""
        with pytest.raises(ChatError) as caught:
            call_in_mode(chat, request, mode)
        self.require_error(caught.value, failure, mode, request)
        fields = {name: value for name, value in vars(caught.value).items() if not name.startswith("_")}
        partial = caught.value.partial
        if partial is not None and partial.all_tool_calls:
            fields["partial"] = attrs.evolve(
                partial,
                tool_calls=[attrs.evolve(call, id=f"id {index}") for index, call in enumerate(partial.tool_calls)],
                invalid_tool_calls=[
                    attrs.evolve(call, id=f"id {index}") for index, call in enumerate(partial.invalid_tool_calls)
                ],
                provider_data=(),
            )
        return {"class": type(caught.value).__name__, **fields}

    def _document(self, response: ChatResponse) -> JsonValue:
        """Return the message of *response* as JSON, with the text of arguments where the wire carries it.

        Its calls have their positions as ids: an adapter may have made them.
        """
        message, as_text = response.message, self.carries_arguments_as_text()
        calls = [
            attrs.evolve(call, arguments_text=call.arguments_json if as_text else None) for call in message.tool_calls
        ]
        text = to_json(attrs.evolve(message, tool_calls=calls))
        for position, call in enumerate(message.all_tool_calls):
            text = text.replace(json.dumps(call.id), f'"id {position}"')
        document: JsonValue = json.loads(text)
        return document
