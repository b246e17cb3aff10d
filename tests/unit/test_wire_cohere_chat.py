"""Cohere's chat, whole and as events."""

from collections.abc import Mapping

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, ServerError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.cohere_chat.decode import CohereChatDecoder


def whole(body: Mapping[str, object]) -> ChatResponse:
    reader = ResponseAccumulator(provider="cohere_chat")
    for piece in CohereChatDecoder().whole(body):
        reader.add(piece)
    return reader.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    reader, wire = ResponseAccumulator(provider="cohere_chat"), CohereChatDecoder()
    for event in events:
        for piece in wire.event(event):
            reader.add(piece)
    return reader.response()


CALL = {"id": "c", "function": {"name": "get", "arguments": '{"a": 1}'}}
END = {"finish_reason": "TOOL_CALL", "usage": {"tokens": {"input_tokens": 7, "output_tokens": 5}, "cached_tokens": 3}}
BODY = {
    "id": "a",
    "message": {
        "tool_plan": "I look.",
        "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Hi."}],
        "tool_calls": [CALL],
    },
    **END,
}


def event(kind: str, index: int | None = None, **message: object) -> Mapping[str, object]:
    return {"type": kind, "index": index, "delta": {"message": message}}


EVENTS = [
    {"type": "message-start", "id": "a"},
    event("tool-plan-delta", tool_plan="I look."),
    event("content-start", 0, content={"type": "thinking", "thinking": ""}),
    event("content-delta", 0, content={"thinking": "Hm."}),
    event("content-end", 0),
    event("content-start", 1, content={"type": "text", "text": ""}),
    event("content-delta", 1, content={"text": "Hi."}),
    event("tool-call-start", 0, tool_calls={"id": "c", "function": {"name": "get", "arguments": None}}),
    event("tool-call-delta", 0, tool_calls={"function": {"arguments": '{"a": 1}'}}),
    event("tool-call-end", 0),
    {"type": "message-end", "delta": END},
]


def test_an_answer_is_the_same_whole_and_streamed() -> None:
    at_once, bit_by_bit = whole(BODY), streamed(*EVENTS)

    assert at_once == bit_by_bit
    assert ("a", "Hi.", [("get", {"a": 1})]) == (
        at_once.id,
        at_once.text,
        [(call.name, call.arguments) for call in at_once.tool_calls],
    )
    assert [("I look.", {"field": "tool_plan"}), ("Hm.", {"field": "content"})] == [
        (part.text, part.provider_data[0].value) for part in at_once.message.reasoning
    ]
    assert Usage(input_tokens=7, output_tokens=5, cache_read_tokens=3) == at_once.usage
    assert FinishReason.TOOL_CALLS is at_once.finish_reason


def test_the_last_event_is_known() -> None:
    wire = CohereChatDecoder()

    seen = [(list(wire.event(one)), wire.done)[1] for one in EVENTS]

    assert [False] * (len(EVENTS) - 1) + [True] == seen


def test_billed_units_count_where_no_tokens_are_told() -> None:
    seen = whole(
        {
            "message": {"content": [{"text": "Hi."}]},
            "finish_reason": "COMPLETE",
            "usage": {"billed_units": {"input_tokens": 7}},
        }
    )

    assert (Usage(input_tokens=7), FinishReason.STOP) == (seen.usage, seen.finish_reason)


def test_no_words_are_an_answer_too() -> None:
    said, end = {"type": "text", "text": ""}, {"finish_reason": "COMPLETE"}

    at_once = whole({"message": {"content": [said]}, **end})
    bit_by_bit = streamed(event("content-start", 0, content=said), {"type": "message-end", "delta": end})

    assert [("", FinishReason.STOP)] * 2 == [(one.text, one.finish_reason) for one in (at_once, bit_by_bit)]


def test_calls_without_ids_are_kept_apart_by_their_place() -> None:
    named, other = {"function": {"name": "get"}}, {"function": {"name": "get"}, "id": "c"}

    at_once = whole({"message": {"tool_calls": [named, other]}, **END})
    bit_by_bit = streamed(
        *(event("tool-call-start", index, tool_calls=named) for index in range(2)),
        *(event("tool-call-delta", index, tool_calls={"function": {"arguments": '{"a":'}}) for index in range(2)),
        *(event("tool-call-delta", index, tool_calls={"function": {"arguments": f"{index}}}"}}) for index in range(2)),
        {"type": "message-end", "delta": END},
    )

    assert [{}, {}] == [call.arguments for call in at_once.tool_calls]
    assert [{"a": 0}, {"a": 1}] == [call.arguments for call in bit_by_bit.tool_calls]


def test_usage_that_nobody_told_is_none() -> None:
    seen = whole({"message": {"content": [{"text": "Hi."}]}, "finish_reason": "COMPLETE"})

    assert seen.usage is None


@pytest.mark.parametrize("body", [{}, {"message": None}, {"message": "no"}, {"message": {}}])
def test_without_a_message_it_is_no_answer(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(body)

    assert "the answer holds no message" == caught.value.detail


def test_an_error_is_raised_wherever_it_stands() -> None:
    for read in (whole, streamed):
        with pytest.raises(ServerError):
            read({"error": {"message": "no"}})
