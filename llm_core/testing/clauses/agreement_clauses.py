"""Clauses about the modes: the four methods return one message, in the fields that only the provider can define too.

The other fields of a response are compared with what the provider sent, in every mode.
"""

import json
from collections.abc import Mapping

import attrs
import pytest

from llm_core.domain.json_values import JsonValue
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.usage import Usage
from llm_core.serialization import to_json
from llm_core.testing.scenarios import Call, Replies

from .author_api import ContractAuthorApi
from .clause import clause
from .differences import document_differences
from .histories import SIGNATURE
from .modes import EVERY, call_in_mode
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


class AgreementClauses(ContractAuthorApi):
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
