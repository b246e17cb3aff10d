"""Anthropic's messages, whole and as events."""

import json
from collections.abc import Mapping

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, ServerError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder


def whole(body: Mapping[str, object]) -> ChatResponse:
    reader = ResponseAccumulator(provider="anthropic")
    for piece in AnthropicMessagesDecoder().whole(body):
        reader.add(piece)
    return reader.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    reader, wire = ResponseAccumulator(provider="anthropic"), AnthropicMessagesDecoder()
    for event in events:
        for piece in wire.event(event):
            reader.add(piece)
    return reader.response()


THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
BODY: Mapping[str, object] = {
    "id": "a",
    "model": "m",
    "content": [
        THOUGHT,
        {"type": "redacted_thinking", "data": "d"},
        {"type": "text", "text": "Hi."},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        {"type": "tool_use", "id": "c", "name": "get", "input": {"a": 1}},
        {"type": "tool_use", "id": "d", "name": "now", "input": {}},
    ],
    "stop_reason": "tool_use",
    "usage": {
        "input_tokens": 7,
        "output_tokens": 5,
        "cache_read_input_tokens": 2,
        "cache_creation_input_tokens": 1,
        "output_tokens_details": {"thinking_tokens": 3},
    },
}


def start(index: int, **block: object) -> Mapping[str, object]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, kind: str, **told: object) -> Mapping[str, object]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **told}}


EVENTS: list[Mapping[str, object]] = [
    {
        "type": "message_start",
        "message": {
            "id": "a",
            "model": "m",
            "usage": {"input_tokens": 7, "output_tokens": 1, "cache_read_input_tokens": 2},
        },
    },
    {"type": "ping"},
    start(0, type="thinking", thinking=""),
    delta(0, "thinking_delta", thinking="Hm."),
    delta(0, "signature_delta", signature="s"),
    start(1, type="redacted_thinking", data="d"),
    start(2, type="text", text=""),
    delta(2, "text_delta", text="Hi."),
    start(3, type="server_tool_use", id="srvtoolu_1", name="web_search", input={}),
    delta(3, "input_json_delta", partial_json='{"q": 1}'),
    start(4, type="tool_use", id="c", name="get", input={}),
    delta(4, "input_json_delta", partial_json=""),
    delta(4, "input_json_delta", partial_json='{"a"'),
    delta(4, "input_json_delta", partial_json=": 1}"),
    delta(4, "citations_delta", citation={}),
    start(5, type="tool_use", id="d", name="now", input={}),
    {"type": "content_block_stop", "index": 5},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use"},
        "usage": {
            "output_tokens": 5,
            "cache_creation_input_tokens": 1,
            "input_tokens": None,
            "output_tokens_details": {"thinking_tokens": 3},
        },
    },
    {"type": "message_stop"},
]


def test_an_answer_is_the_same_whole_and_streamed() -> None:
    at_once, bit_by_bit = whole(BODY), streamed(*EVENTS)

    assert at_once == bit_by_bit
    assert ("Hi.", ["get", "now"]) == (at_once.text, [call.name for call in at_once.tool_calls])
    assert [("Hm.", "s"), ("", None)] == [(part.text, part.signature) for part in at_once.message.reasoning]
    assert (
        Usage(input_tokens=10, output_tokens=5, cache_read_tokens=2, cache_write_tokens=1, reasoning_tokens=3)
        == at_once.usage
    )
    assert FinishReason.TOOL_CALLS is at_once.finish_reason


def test_the_last_event_is_known() -> None:
    wire = AnthropicMessagesDecoder()

    seen = [(list(wire.event(event)), wire.done)[1] for event in EVENTS]

    assert [False] * (len(EVENTS) - 1) + [True] == seen


@pytest.mark.parametrize("name", ["json_tool_call"])
def test_json_that_older_models_are_asked_for_as_a_call_is_text(name: str) -> None:
    block = {"type": "tool_use", "id": "c", "name": name, "input": {"city": "Oslo"}}

    at_once = whole({"content": [block], "stop_reason": "end_turn"})
    bit_by_bit = streamed(
        start(0, **{**block, "input": {}}),
        delta(0, "input_json_delta", partial_json='{"city": '),
        delta(0, "input_json_delta", partial_json='"Oslo"}'),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    )

    assert [{"city": "Oslo"}] * 2 == [json.loads(one.text) for one in (at_once, bit_by_bit)]
    assert ((), ()) == (at_once.tool_calls, bit_by_bit.tool_calls)


def test_an_empty_object_that_older_models_were_asked_for_is_text_too() -> None:
    block = {"type": "tool_use", "id": "c", "name": "json_tool_call", "input": {}}

    assert "{}" == whole({"content": [block], "stop_reason": "end_turn"}).text


def test_no_words_are_an_answer_too() -> None:
    at_once = whole({"content": [{"type": "text", "text": ""}], "stop_reason": "end_turn"})
    bit_by_bit = streamed(
        start(0, type="text", text=""), {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    )

    assert [("", FinishReason.STOP)] * 2 == [(one.text, one.finish_reason) for one in (at_once, bit_by_bit)]


@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": "Hi."}])
def test_without_content_it_is_no_answer(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(body)

    assert "the answer holds no content" == caught.value.detail


def test_an_error_is_raised_wherever_it_stands() -> None:
    for read in (whole, streamed):
        with pytest.raises(ServerError):
            read({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})


def test_usage_that_nobody_told_is_none() -> None:
    assert whole({"content": [{"type": "text", "text": "Hi."}], "stop_reason": "end_turn"}).usage is None
