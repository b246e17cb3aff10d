"""Anthropic's messages, whole and as events."""

import json
from collections.abc import Mapping

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, ServerError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder


def whole(body: Mapping[str, object]) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="anthropic")
    for chunk in AnthropicMessagesDecoder().whole(body):
        accumulator.add(chunk)
    return accumulator.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    accumulator, decoder = ResponseAccumulator(provider="anthropic"), AnthropicMessagesDecoder()
    for event in events:
        for chunk in decoder.event(event):
            accumulator.add(chunk)
    return accumulator.response()


THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
BODY: Mapping[str, object] = {
    "id": "a",
    "model": "m",
    "content": [
        THOUGHT,
        {"type": "redacted_thinking", "data": "d"},
        {"type": "text", "text": "Hi."},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": 1}},
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


def delta(index: int, type_: str, **fields: object) -> Mapping[str, object]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": type_, **fields}}


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


def test_a_whole_answer_and_a_stream_make_the_same_response() -> None:
    complete, stream = whole(BODY), streamed(*EVENTS)

    assert complete == stream
    assert ("Hi.", ["get", "now"]) == (complete.text, [call.name for call in complete.tool_calls])
    assert [("Hm.", "s"), ("", None)] == [(part.text, part.signature) for part in complete.message.reasoning]
    assert (
        Usage(input_tokens=10, output_tokens=5, cache_read_tokens=2, cache_write_tokens=1, reasoning_tokens=3)
        == complete.usage
    )
    assert FinishReason.TOOL_CALLS is complete.finish_reason


def test_arguments_belong_to_the_call_of_their_index() -> None:
    events = (
        *(start(index, type="tool_use", id=id, name="get", input={}) for index, id in enumerate("ab")),
        *(delta(index, "input_json_delta", partial_json=f'{{"n": {index}') for index in (0, 1)),
        *(delta(index, "input_json_delta", partial_json="}") for index in (0, 1)),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    )

    calls = streamed(*events).tool_calls

    assert [("a", {"n": 0}), ("b", {"n": 1})] == [(call.id, call.arguments) for call in calls]


def test_the_decoder_is_done_after_message_stop() -> None:
    decoder = AnthropicMessagesDecoder()

    seen = [(list(decoder.event(event)), decoder.done)[1] for event in EVENTS]

    assert [False] * (len(EVENTS) - 1) + [True] == seen


@pytest.mark.parametrize("name", ["json_tool_call"])
def test_arguments_of_the_json_tool_call_of_litellm_are_text(name: str) -> None:
    block = {"type": "tool_use", "id": "c", "name": name, "input": {"city": "Oslo"}}

    complete = whole({"content": [block], "stop_reason": "end_turn"})
    stream = streamed(
        start(0, **{**block, "input": {}}),
        delta(0, "input_json_delta", partial_json='{"city": '),
        delta(0, "input_json_delta", partial_json='"Oslo"}'),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    )

    assert [{"city": "Oslo"}] * 2 == [json.loads(one.text) for one in (complete, stream)]
    assert ((), ()) == (complete.tool_calls, stream.tool_calls)


def test_an_empty_object_of_the_json_tool_call_is_text() -> None:
    block = {"type": "tool_use", "id": "c", "name": "json_tool_call", "input": {}}

    assert "{}" == whole({"content": [block], "stop_reason": "end_turn"}).text


def test_an_empty_text_is_an_answer() -> None:
    complete = whole({"content": [{"type": "text", "text": ""}], "stop_reason": "end_turn"})
    stream = streamed(start(0, type="text", text=""), {"type": "message_delta", "delta": {"stop_reason": "end_turn"}})

    assert [("", FinishReason.STOP)] * 2 == [(one.text, one.finish_reason) for one in (complete, stream)]


@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": "Hi."}])
def test_a_body_without_a_content_list_is_a_bad_response(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(body)

    assert "the answer holds no content" == caught.value.detail


def test_an_error_is_raised_from_a_whole_answer_and_from_an_event() -> None:
    for read in (whole, streamed):
        with pytest.raises(ServerError):
            read({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})


def test_usage_that_the_provider_does_not_report_is_none() -> None:
    assert whole({"content": [{"type": "text", "text": "Hi."}], "stop_reason": "end_turn"}).usage is None
