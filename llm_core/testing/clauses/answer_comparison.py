"""Compares a response with the reply that the provider sent: every field, in whichever mode it came."""

import json
from collections.abc import Iterator

import attrs

from llm_core.domain.responses import ChatResponse
from llm_core.domain.tools import InvalidToolCall, ToolCall
from llm_core.domain.usage import Usage
from llm_core.testing.dialects.answer_documents import answer_documents
from llm_core.testing.expectations import expected_response
from llm_core.testing.scenarios import Call, Replies

from .author_api import ContractAuthorApi
from .field_comparison import require_equal, texts_in


class AnswerComparison(ContractAuthorApi):
    """What a reply must become."""

    def require_answer(self, reply: Replies, response: ChatResponse) -> None:
        """Raise AssertionError, which names the fields, unless *response* is what the provider sent in *reply*."""
        __tracebackhide__ = True  # the traceback shows the clause, not this frame
        expected = self.expected_reply(reply, response)
        require_equal("the answer", self._fields(expected), self._fields(response))

    def require_content(self, reply: Replies, response: ChatResponse) -> None:
        """Do as `require_answer`, without the fields that have clauses of their own: id, model and raw reason."""
        __tracebackhide__ = True  # the traceback shows the clause, not this frame
        expected = attrs.evolve(
            self.expected_reply(reply, response),
            id=response.id,
            model=response.model,
            raw_finish_reason=response.raw_finish_reason,
        )
        require_equal("the answer", self._fields(expected), self._fields(response))

    def expected_reply(self, reply: Replies, seen: ChatResponse) -> ChatResponse:
        """Return the response that *reply* must become; made-up ids, price and opaque data are those of *seen*."""
        visible = self._dialect.visible(reply) if self.capabilities.http else reply
        expected = expected_response(visible)
        given_ids = {call.id for call in visible.calls}
        calls = [
            attrs.evolve(call, id=call.id if call.id in given_ids else id)
            for call, id in zip(expected.message.all_tool_calls, _ids(seen), strict=False)
        ]
        message = attrs.evolve(
            expected.message,
            tool_calls=[_opaque_as_in(seen, call) for call in calls if isinstance(call, ToolCall)],
            invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
            provider_data=seen.message.provider_data,
        )
        return attrs.evolve(
            expected,
            message=message,
            usage=_usage_as_in(seen, expected.usage),
            raw_finish_reason=self._raw_finish_reason(reply, seen),
        )

    def argument_texts(self, *calls: Call | ToolCall) -> list[str]:
        """Return the arguments of *calls* as the model wrote them; empty where the wire does not carry that text."""
        texts = [call.arguments_text if isinstance(call, Call) else call.arguments_json for call in calls]
        return texts if self.carries_arguments_as_text() else []

    def _raw_finish_reason(self, reply: Replies, seen: ChatResponse) -> str | None:
        """Return the provider's word for the end of *reply*; that of *seen* where the body does not show which it is.

        It is the text that an answer has with the finish reason, and does not have without it.
        """
        if not self.capabilities.http:
            return expected_response(reply).raw_finish_reason
        ending = Replies(text="", refusal=reply.refusal, finish_reason=reply.finish_reason)
        endless = Replies(text=reply.refusal, finish_reason=None)
        words = texts_in(*answer_documents(self._dialect, ending)) - texts_in(*answer_documents(self._dialect, endless))
        return seen.raw_finish_reason if not words or seen.raw_finish_reason in words else min(words)

    def _fields(self, response: ChatResponse) -> dict[str, object]:
        message = response.message
        return {
            "text": message.content,
            "reasoning": "".join(part.text for part in message.reasoning),
            "signed": [] if self.capabilities.http else [(part.text, part.signature) for part in message.reasoning],
            "tool calls": [(call.id, call.name, _typed(call)) for call in message.tool_calls],
            "texts of arguments": self.argument_texts(*message.tool_calls),
            "invalid tool calls": [(call.id, call.name, call.arguments_text) for call in message.invalid_tool_calls],
            "finish reason": response.finish_reason,
            "raw finish reason": response.raw_finish_reason,
            "usage": response.usage,
            "model": response.model,
            "id": response.id,
        }


def _ids(seen: ChatResponse) -> Iterator[str]:
    """Yield the ids of the calls of *seen*, then ids of which it has none, for calls that it lacks."""
    yield from (call.id for call in seen.message.all_tool_calls)
    while True:
        yield "an id of its own"


def _typed(call: ToolCall) -> str:
    """Return the arguments of *call* as JSON, since == does not compare types (1 and 1.0) or order."""
    return json.dumps(dict(call.arguments), ensure_ascii=False)


def _opaque_as_in(seen: ChatResponse, call: ToolCall) -> ToolCall:
    """Return *call* with the provider data of *seen*, since only the provider can define it."""
    data = {one.id: one.provider_data for one in seen.tool_calls}
    return attrs.evolve(call, provider_data=data.get(call.id, ()))


def _usage_as_in(seen: ChatResponse, usage: Usage | None) -> Usage | None:
    """Return *usage* with the price of *seen*; usage without any count may be None or empty."""
    if usage is None:
        return None
    priced = attrs.evolve(usage, cost_usd=seen.usage.cost_usd if seen.usage else None)
    return seen.usage if priced == Usage() and seen.usage is None else priced
