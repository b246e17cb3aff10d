"""Cohere's chat, whole and as events."""

from collections.abc import Mapping

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, ServerError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.cohere_chat.decode import CohereChatDecoder


def whole(body: Mapping[str, object]) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="cohere_chat")
    for chunk in CohereChatDecoder().whole(body):
        accumulator.add(chunk)
    return accumulator.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    accumulator, decoder = ResponseAccumulator(provider="cohere_chat"), CohereChatDecoder()
    for event in events:
        for chunk in decoder.event(event):
            accumulator.add(chunk)
    return accumulator.response()


CALL = {"id": "c", "function": {"name": "get", "arguments": '{"a": 1}'}}
END = {
    "finish_reason": "TOOL_CALL",
    "usage": {"tokens": {"input_tokens": 7, "output_tokens": 5, "reasoning_tokens": 2}, "cached_tokens": 3},
}
BODY = {
    "id": "a",
    "message": {
        "tool_plan": "I look.",
        "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Hi."}],
        "tool_calls": [CALL],
    },
    **END,
}


def event(type_: str, index: int | None = None, **message: object) -> Mapping[str, object]:
    return {"type": type_, "index": index, "delta": {"message": message}}


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


def test_a_whole_answer_and_a_stream_make_the_same_response() -> None:
    complete, stream = whole(BODY), streamed(*EVENTS)

    assert complete == stream
    assert ("a", "Hi.", [("get", {"a": 1})]) == (
        complete.id,
        complete.text,
        [(call.name, call.arguments) for call in complete.tool_calls],
    )
    assert [("I look.", {"field": "tool_plan"}), ("Hm.", {"field": "content"})] == [
        (part.text, part.provider_data[0].value) for part in complete.message.reasoning
    ]
    assert Usage(input_tokens=7, output_tokens=5, cache_read_tokens=3, reasoning_tokens=2) == complete.usage
    assert FinishReason.TOOL_CALLS is complete.finish_reason


def test_an_error_at_the_end_of_a_stream_is_raised() -> None:
    ended = {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "it went wrong"}}

    with pytest.raises(ServerError) as raised:
        streamed(*EVENTS[:-1], ended)

    assert raised.value.detail == "it went wrong"


def test_the_decoder_is_done_after_message_end() -> None:
    decoder = CohereChatDecoder()

    seen = [(list(decoder.event(one)), decoder.done)[1] for one in EVENTS]

    assert [False] * (len(EVENTS) - 1) + [True] == seen


def test_billed_units_are_the_usage_where_tokens_are_missing() -> None:
    seen = whole(
        {
            "message": {"content": [{"text": "Hi."}]},
            "finish_reason": "COMPLETE",
            "usage": {"billed_units": {"input_tokens": 7}},
        }
    )

    assert (Usage(input_tokens=7), FinishReason.STOP) == (seen.usage, seen.finish_reason)


def test_an_empty_text_is_an_answer() -> None:
    part, end = {"type": "text", "text": ""}, {"finish_reason": "COMPLETE"}

    complete = whole({"message": {"content": [part]}, **end})
    stream = streamed(event("content-start", 0, content=part), {"type": "message-end", "delta": end})

    assert [("", FinishReason.STOP)] * 2 == [(one.text, one.finish_reason) for one in (complete, stream)]


def test_calls_without_ids_differ_by_index() -> None:
    named, other = {"function": {"name": "get"}}, {"function": {"name": "get"}, "id": "c"}

    complete = whole({"message": {"tool_calls": [named, other]}, **END})
    stream = streamed(
        *(event("tool-call-start", index, tool_calls=named) for index in range(2)),
        *(event("tool-call-delta", index, tool_calls={"function": {"arguments": '{"a":'}}) for index in range(2)),
        *(event("tool-call-delta", index, tool_calls={"function": {"arguments": f"{index}}}"}}) for index in range(2)),
        {"type": "message-end", "delta": END},
    )

    assert [{}, {}] == [call.arguments for call in complete.tool_calls]
    assert [{"a": 0}, {"a": 1}] == [call.arguments for call in stream.tool_calls]


def test_usage_that_the_provider_does_not_report_is_none() -> None:
    seen = whole({"message": {"content": [{"text": "Hi."}]}, "finish_reason": "COMPLETE"})

    assert seen.usage is None


@pytest.mark.parametrize("body", [{}, {"message": None}, {"message": ""}])
def test_a_body_without_a_message_is_a_bad_response(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(body)

    assert "the answer holds no message" == caught.value.detail


def test_an_error_is_raised_from_a_whole_answer_and_from_an_event() -> None:
    for read in (whole, streamed):
        with pytest.raises(ServerError):
            read({"error": {"message": "no"}})
