"""How answers of OpenAI's Responses API are read: what hosts send differently, and what has no value here."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from llm_core import BadResponseError, ChatError, ChatResponse, FinishReason, InvalidToolCall, Usage
from llm_core.domain.errors import QuotaExceededError, ServerError, StreamInterruptedError
from llm_core.domain.json_values import JsonObject
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.openai_responses import OPENAI_RESPONSES

MESSAGE: JsonObject = {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Hello."}]}
CALL: JsonObject = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get", "arguments": '{"a": 1}'}
THOUGHT: JsonObject = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]}
COMPLETED: JsonObject = {"id": "resp_1", "model": "m", "status": "completed"}
USAGE: JsonObject = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 1},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 16,
}


def whole(**fields: object) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="openai")
    for delta in OPENAI_RESPONSES.decoder().whole({**COMPLETED, **fields}):
        accumulator.add(delta)
    return accumulator.response()


def streamed(events: Sequence[JsonObject]) -> ChatResponse:
    decoder, accumulator = OPENAI_RESPONSES.decoder(), ResponseAccumulator(provider="openai")
    for event in events:
        for delta in decoder.event(event):
            accumulator.add(delta)
    return accumulator.response()


def event(name: str, **fields: object) -> JsonObject:
    return {"type": f"response.{name}", **fields}


def ended(**fields: object) -> JsonObject:
    return event("completed", response={**COMPLETED, **fields})


def test_a_whole_answer() -> None:
    seen = whole(output=[THOUGHT, MESSAGE, CALL], usage=USAGE)

    assert ("Hello.", ["Hm."]) == (seen.message.content, [part.text for part in seen.message.reasoning])
    assert [("call_1", "get", '{"a": 1}')] == [(c.id, c.name, c.arguments_json) for c in seen.message.tool_calls]
    assert (FinishReason.TOOL_CALLS, "completed", "resp_1", "m") == (
        seen.finish_reason,
        seen.raw_finish_reason,
        seen.id,
        seen.model,
    )
    assert Usage(input_tokens=9, output_tokens=7, cache_read_tokens=2, cache_write_tokens=1, reasoning_tokens=3) == (
        seen.usage
    )


@pytest.mark.parametrize(
    "events",
    [
        [ended(output=[THOUGHT, MESSAGE, CALL])],
        [
            event("output_item.done", output_index=0, item=THOUGHT),
            event("output_item.done", output_index=1, item=MESSAGE),
            event("output_item.done", output_index=2, item=CALL),
            ended(output=[]),
        ],
        [
            event("created", response={"id": "resp_1", "model": "m"}),
            event("output_item.added", output_index=0, item={"type": "reasoning"}),
            event("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="H"),
            event("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="m."),
            event("output_item.done", output_index=0, item=THOUGHT),
            event("output_text.delta", output_index=1, content_index=1, delta="Hel"),
            event("output_text.delta", output_index=1, content_index=1, delta="lo."),
            event("output_text.done", output_index=1, content_index=1, text="Hello."),
            event("output_item.done", output_index=1, item=MESSAGE),
            event("output_item.added", output_index=2, item={**CALL, "arguments": ""}),
            event("function_call_arguments.delta", output_index=2, delta='{"a":'),
            event("output_item.done", output_index=2, item=CALL),
            ended(output=[THOUGHT, MESSAGE, CALL]),
        ],
        [
            event("output_text.delta", output_index=1, content_index=0, delta="Hel"),
            ended(output=[THOUGHT, MESSAGE, CALL]),
        ],
    ],
    ids=["the last event alone", "complete items alone", "deltas", "a delta is missing"],
)
def test_streams_of_all_hosts_bring_the_same_answer(events: Sequence[JsonObject]) -> None:
    seen = streamed(events)

    assert ("Hello.", "Hm.", ['{"a": 1}']) == (
        seen.message.content,
        "".join(part.text for part in seen.message.reasoning),
        [call.arguments_json for call in seen.message.tool_calls],
    )


def test_open_reasoning_and_its_summary_are_parts_of_their_own() -> None:
    both: JsonObject = {**THOUGHT, "content": [{"type": "reasoning_text", "text": "Long."}]}

    complete = whole(output=[both, MESSAGE])
    stream = streamed(
        [
            event("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="Hm."),
            event("reasoning_text.delta", output_index=0, content_index=0, delta=""),
            event("reasoning_text.delta", output_index=0, content_index=0, delta="Long."),
            event("output_item.done", output_index=0, item=both),
            ended(output=[both, MESSAGE]),
        ]
    )

    assert complete == stream
    assert ["Hm.", "Long."] == [part.text for part in stream.message.reasoning]


def test_a_refusal_is_its_text() -> None:
    part: JsonObject = {"type": "refusal", "refusal": "No."}
    complete = whole(output=[{**MESSAGE, "content": [part]}])

    stream = streamed(
        [event("refusal.delta", output_index=0, delta="No."), ended(output=[{**MESSAGE, "content": [part]}])]
    )

    assert complete == stream
    assert ("No.", FinishReason.CONTENT_FILTER) == (stream.message.content, stream.finish_reason)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("max_output_tokens", FinishReason.LENGTH), ("content_filter", FinishReason.CONTENT_FILTER)],
)
def test_an_incomplete_answer_names_its_reason(reason: str, expected: FinishReason) -> None:
    fields: JsonObject = {
        "status": "incomplete",
        "incomplete_details": {"reason": reason},
        "output": [MESSAGE, {**CALL, "arguments": '{"a'}],
    }

    complete, stream = whole(**fields), streamed([event("incomplete", response={**COMPLETED, **fields})])

    assert complete == stream
    assert (expected, reason) == (stream.finish_reason, stream.raw_finish_reason)
    assert isinstance(stream.message.all_tool_calls[0], InvalidToolCall)


QUOTA: JsonObject = {"code": "insufficient_quota", "message": "You exceeded your current quota."}


@pytest.mark.parametrize(
    "last",
    [
        event("failed", response={"status": "failed", "error": QUOTA, "output": [MESSAGE]}),
        {"type": "error", **QUOTA, "param": None},
        {"type": "error", "error": QUOTA},
        {"error": QUOTA},
    ],
)
def test_an_error_keeps_the_providers_code_and_words(last: JsonObject) -> None:
    with pytest.raises(QuotaExceededError) as caught:
        streamed([event("output_text.delta", output_index=0, delta="Hel"), last])

    assert (caught.value.detail or "").startswith("You exceeded your current quota.")


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_failure_without_words_is_an_error_of_the_server(status: str) -> None:
    with pytest.raises(ServerError, match="failed"):
        whole(status=status, output=[])


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_an_answer_without_an_end_is_broken_off(status: str) -> None:
    with pytest.raises(StreamInterruptedError):
        whole(status=status, output=[MESSAGE])


@pytest.mark.parametrize("late", ["call_1", None])
def test_a_call_whose_id_comes_late_is_one_call(late: str | None) -> None:
    seen = streamed(
        [
            event("output_item.added", output_index=0, item={**CALL, "call_id": None, "arguments": ""}),
            event("function_call_arguments.delta", output_index=0, delta='{"a": 1}'),
            event("output_item.done", output_index=0, item={**CALL, "call_id": late}),
            ended(output=[]),
        ]
    )

    [call] = seen.message.tool_calls
    assert (late or call.id, '{"a": 1}') == (call.id, call.arguments_json)


def test_a_call_without_an_id_gets_one_that_is_not_its_items() -> None:
    [call] = whole(output=[{**CALL, "call_id": None}]).message.tool_calls

    assert call.id not in ("fc_1", "")


@pytest.mark.parametrize(
    "item",
    [
        {"type": "custom_tool_call", "call_id": "c", "name": "n", "input": "x"},
        {"type": "computer_call"},
        {"type": "local_shell_call"},
        {"type": "shell_call"},
        {"type": "apply_patch_call"},
        {"type": "mcp_approval_request"},
        {"type": "tool_search_call", "execution": "client"},
    ],
    ids=lambda item: item["type"],
)
def test_an_item_that_only_the_caller_could_run_is_named(item: JsonObject) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(output=[THOUGHT, item], usage=USAGE)

    assert f"the answer holds an item that has no value here: {item['type']}" == caught.value.detail
    assert (False, 9) == (caught.value.retryable, caught.value.usage and caught.value.usage.input_tokens)


def test_an_answer_that_ended_and_holds_nothing_is_an_empty_answer() -> None:
    seen = whole(output=[], usage=USAGE), streamed([event("created", response={}), ended(usage=USAGE)])

    assert [("", FinishReason.STOP)] * 2 == [(one.text, one.finish_reason) for one in seen]
    assert [9, 9] == [one.usage and one.usage.input_tokens for one in seen]


@pytest.mark.parametrize("arguments", [None, "null", ""])
def test_null_as_arguments_is_an_empty_object(arguments: str | None) -> None:
    [call] = whole(output=[{**CALL, "arguments": arguments}]).message.tool_calls

    assert {} == call.arguments


def test_the_usage_of_xai_is_inclusive_and_has_its_price() -> None:
    apart = {**USAGE, "total_tokens": 19, "cost_in_usd_ticks": 1724000}

    seen = whole(output=[MESSAGE], usage=apart).usage

    assert seen is not None
    assert (10, 3, Decimal("0.0001724")) == (seen.output_tokens, seen.reasoning_tokens, seen.cost_usd)


@pytest.mark.parametrize(
    "item",
    [
        {"type": "web_search_call", "id": "ws_1"},
        {"type": "shell_call", "environment": {"type": "container_reference"}},
        {"type": "tool_search_call", "execution": "server"},
    ],
    ids=lambda item: item["type"],
)
def test_an_item_of_the_providers_tools_is_kept(item: JsonObject) -> None:
    [data] = whole(output=[item, MESSAGE]).message.provider_data

    assert isinstance(data.value, dict)
    assert isinstance(data.value["items"], list)
    assert item == data.value["items"][0]


def test_items_of_unknown_types_are_left_out() -> None:
    seen = whole(output=[{"type": "telepathy"}, MESSAGE])

    assert "Hello." == seen.message.content
    assert "telepathy" not in str(seen.message.provider_data)


@pytest.mark.parametrize("output", [[], [{**MESSAGE, "content": []}], [{"type": "reasoning", "summary": []}]])
def test_an_answer_that_holds_nothing_is_an_empty_answer(output: list[JsonObject]) -> None:
    complete, stream = whole(output=output, usage=USAGE), streamed([ended(output=output, usage=USAGE)])

    assert complete == stream
    assert ("", FinishReason.STOP, 7) == (
        complete.text,
        complete.finish_reason,
        (complete.usage or Usage()).output_tokens,
    )


def test_a_status_that_is_missing_is_completed() -> None:
    assert "completed" == whole(status=None, output=[MESSAGE]).raw_finish_reason


@pytest.mark.parametrize("body", [{}, {"output": None}, {"choices": []}])
def test_a_body_without_output_is_no_answer(body: JsonObject) -> None:
    with pytest.raises(BadResponseError, match="could not be read"):
        list(OPENAI_RESPONSES.decoder().whole(body))


def test_an_error_in_place_of_a_body_is_raised() -> None:
    with pytest.raises(ChatError) as caught:
        list(OPENAI_RESPONSES.decoder().whole({"error": QUOTA}))

    assert (caught.value.detail or "").startswith("You exceeded your current quota.")


def test_a_stream_that_ends_early_is_broken_off() -> None:
    with pytest.raises(StreamInterruptedError):
        streamed([event("output_text.delta", output_index=0, delta="Hel")])


def test_a_note_is_left_out_where_the_items_differ_from_their_deltas() -> None:
    seen = streamed(
        [event("output_text.delta", output_index=0, delta="Bye."), ended(output=[MESSAGE])],
    )

    assert ("Bye.", ()) == (seen.message.content, seen.message.provider_data)


def test_the_stream_is_done_with_its_last_event() -> None:
    decoder = OPENAI_RESPONSES.decoder()
    before = decoder.done
    list(decoder.event(ended(output=[MESSAGE])))

    assert (False, True) == (before, decoder.done)
