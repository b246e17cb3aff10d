"""The fake provider's dialect of OpenAI Responses, tested without an adapter: its proof, its answers and its errors."""

import json
from collections.abc import Mapping
from typing import cast

import attrs
import pytest
from hypothesis import given, settings

from llm_core import (
    AssistantMessage,
    ChatRequest,
    FinishReason,
    ProviderData,
    ReasoningPart,
    Tool,
    ToolCall,
    Usage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.testing import (
    Breaks,
    Call,
    Fails,
    RecordedRequest,
    Recorder,
    Replies,
    Scenario,
    assert_dialect,
    strategies,
)
from llm_core.testing.dialects.openai_responses import OpenAIResponses
from llm_core.testing.fake_provider.scripted_response import scripted_response
from llm_core.testing.hard_values import server_tool_of

from .openai_responses_writer import write_responses

WIRE = OpenAIResponses()
QUICK = settings(max_examples=25, deadline=None)
TOOLS = (Tool(name="get", description="", parameters={"type": "object"}),)
CALLS = [
    Call(id=id, name="get", arguments_text=text) for id, text in (("call_1", '{"a": 1}'), ("call_2", '{"a": [2, 3]}'))
]
FULL = Replies(
    text="Hi there.",
    reasoning="Well, well.",
    signature="c2lnbmVk",
    calls=CALLS,
    usage=Usage(input_tokens=7, output_tokens=5, cache_read_tokens=0, cache_write_tokens=3, reasoning_tokens=2),
)


def _request(path: str = "/v1/responses", **fields: JsonValue) -> RecordedRequest:
    body = {"model": "m", "input": "Hi.", "store": False, **fields}
    return RecordedRequest(method="POST", path=path, headers={}, body=json.dumps(body).encode())


def _payloads(reply: Replies) -> list[dict[str, JsonValue]]:
    return [json.loads(event.split(b"data: ", 1)[1]) for event in WIRE.events(reply)]


def _body(reply: Replies) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = json.loads(WIRE.body(reply))
    return body


def _output(response: Mapping[str, JsonValue]) -> list[dict[str, JsonValue]]:
    return cast(list[dict[str, JsonValue]], response["output"])


def test_the_dialect_reads_what_a_client_writes_and_plays_what_it_claims() -> None:
    assert_dialect(WIRE, write_responses)


@pytest.mark.parametrize(
    "path", ["/v1/responses", "/openai/v1/responses?api-version=preview", "/elsewhere/v1/responses"]
)
def test_a_path_that_ends_with_responses_is_served(path: str) -> None:
    assert (UserMessage("Hi."),) == WIRE.parse(_request(path)).messages


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses/resp_1", "/v1/x?y=/responses"])
def test_a_path_that_is_not_served_is_named(path: str) -> None:
    with pytest.raises(ValueError, match=r"path: .* is not served; the paths served end with /responses"):
        WIRE.parse(_request(path))


def test_a_body_holds_an_item_for_reasoning_for_text_and_for_each_call() -> None:
    body = _body(FULL)

    parts = [{"type": "output_text", "annotations": [], "logprobs": [], "text": "Hi there."}]
    summary = [{"type": "summary_text", "text": "Well, well."}]
    calls = [
        {
            "id": f"fc_{index}",
            "type": "function_call",
            "status": "completed",
            "call_id": call.id,
            "name": "get",
            "arguments": call.arguments_text,
        }
        for index, call in enumerate(CALLS, start=2)
    ]
    assert [
        {"id": "rs_0", "type": "reasoning", "summary": summary, "encrypted_content": "c2lnbmVk"},
        {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": parts},
        *calls,
    ] == body["output"]
    assert ("completed", None, None) == (body["status"], body["incomplete_details"], body["error"])
    assert {
        "input_tokens": 7,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 3},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 12,
    } == body["usage"]


def test_what_the_provider_does_not_report_is_absent() -> None:
    counted = _body(Replies(usage=Usage(input_tokens=7)))
    silent = _body(Replies(text=None, usage=None, id=None, model=None))

    assert {"input_tokens": 7, "output_tokens": None, "total_tokens": 7} == counted["usage"]
    assert (None, None, None, []) == (silent["usage"], silent["id"], silent["model"], silent["output"])


def test_a_refusal_is_a_part_of_the_message() -> None:
    [message] = _output(_body(Replies(text=None, refusal="No.")))

    assert [{"type": "refusal", "refusal": "No."}] == message["content"]


def test_reasoning_without_text_has_its_encrypted_content_alone() -> None:
    [reasoning, _] = _output(_body(Replies(signature="c2lnbmVk")))

    assert {"id": "rs_0", "type": "reasoning", "summary": [], "encrypted_content": "c2lnbmVk"} == reasoning
    assert {"response.reasoning_summary_part.added"}.isdisjoint(
        str(one["type"]) for one in _payloads(attrs.evolve(FULL, reasoning=""))
    )


@pytest.mark.parametrize(
    ("finish_reason", "status", "details"),
    [
        (FinishReason.STOP, "completed", None),
        (FinishReason.TOOL_CALLS, "completed", None),
        (FinishReason.LENGTH, "incomplete", {"reason": "max_output_tokens"}),
        (FinishReason.CONTENT_FILTER, "incomplete", {"reason": "content_filter"}),
        (FinishReason.OTHER, "incomplete", {"reason": "other"}),
        ("wombat", "incomplete", {"reason": "wombat"}),
    ],
)
def test_the_end_is_a_status_with_its_reason(
    finish_reason: FinishReason | str, status: str, details: JsonValue
) -> None:
    reply = Replies(finish_reason=finish_reason)

    body, last = _body(reply), _payloads(reply)[-1]

    assert (status, details) == (body["status"], body["incomplete_details"])
    assert (f"response.{status}", body) == (last["type"], last["response"])


def test_an_answer_without_its_end_is_still_in_progress() -> None:
    endless = Replies(finish_reason=None)

    assert "in_progress" == _body(endless)["status"]
    assert _payloads(Replies())[:-2] == _payloads(endless)[:-1]
    assert "response.output_item.done" == _payloads(endless)[-1]["type"]


def test_a_stream_is_numbered_and_names_each_event() -> None:
    events = WIRE.events(FULL)

    assert [*range(len(events))] == [one["sequence_number"] for one in _payloads(FULL)]
    assert [f"event: {one['type']}\ndata: ".encode() for one in _payloads(FULL)] == [
        event[: event.index(b"data: ") + 6] for event in events
    ]
    assert [None, None] == [cast(dict[str, JsonValue], one["response"])["usage"] for one in _payloads(FULL)[:2]]


def test_text_is_a_part_of_an_item() -> None:
    names = [str(one["type"]).removeprefix("response.") for one in _payloads(Replies(text="Hello."))]

    assert [
        *("created", "in_progress", "output_item.added", "content_part.added"),
        *("output_text.delta", "output_text.delta", "output_text.done", "content_part.done", "output_item.done"),
        "completed",
    ] == names


@given(strategies.replies(TOOLS, signed=True))
@QUICK
def test_the_deltas_of_a_stream_are_the_items_of_the_body(reply: Replies) -> None:
    written = _body(reply)
    payloads = _payloads(reply)

    assert _output(written) == [one["item"] for one in payloads if one["type"] == "response.output_item.done"]
    assert _texts(written) == [
        "".join(str(one["delta"]) for one in payloads if "delta" in one and one["output_index"] == index)
        for index in range(len(_output(written)))
    ]


def _texts(response: Mapping[str, JsonValue]) -> list[str]:
    """Return the text of each item: of its summary, of its content, or its arguments."""
    keys = ("text", "refusal")
    parts = [
        cast(list[dict[str, str]], item.get("summary") or item.get("content") or [{"text": item.get("arguments", "")}])
        for item in _output(response)
    ]
    return ["".join(part[key] for part in of_item for key in keys if key in part) for of_item in parts]


def test_text_arrives_before_a_break() -> None:
    broken = Breaks(how="cut", after=3, reply=Replies(text="A rather long answer.", chunk_size=4))

    sent = scripted_response(broken, WIRE, _request(stream=True), Recorder()).packets

    assert "A ra" == json.loads(sent[-1].split(b"data: ", 1)[1])["delta"]


@pytest.mark.parametrize(
    ("after", "leading", "expected"),
    [(3, 0, 3), (3, 2, 3), (3, 4, 5), (0, 4, 0)],
    ids=["none", "two", "four", "at once"],
)
def test_leading_events_beyond_two_come_before_a_break_in_addition(after: int, leading: int, expected: int) -> None:
    assert expected == Breaks(how="cut", after=after).events_sent(leading)


def test_calls_may_be_interleaved() -> None:
    mixed = attrs.evolve(FULL, call_layout="interleaved", chunk_size=8)

    deltas = [
        one["output_index"] for one in _payloads(mixed) if one["type"] == "response.function_call_arguments.delta"
    ]

    assert [2, 3, 3] == deltas
    assert sorted(map(str, _items_done(FULL))) == sorted(map(str, _items_done(mixed)))


def _items_done(reply: Replies) -> list[JsonValue]:
    return [one["item"] for one in _payloads(reply) if one["type"] == "response.output_item.done"]


def test_an_item_that_has_begun_has_another_encrypted_content() -> None:
    [begun] = [
        cast(dict[str, JsonValue], one["item"])
        for one in _payloads(FULL)
        if one["type"] == "response.output_item.added" and one["output_index"] == 0
    ]

    assert ("rs_0", []) == (begun["id"], begun["summary"])
    assert begun["encrypted_content"] not in (None, "", FULL.signature)
    assert "encrypted_content" not in str(WIRE.events(attrs.evolve(FULL, signature="")))


@pytest.mark.parametrize(
    ("include", "signature", "expected"),
    [
        ([], "c2lnbmVk", ""),
        (["web_search_call.action.sources"], "c2lnbmVk", ""),
        (["reasoning.encrypted_content"], "c2lnbmVk", "c2lnbmVk"),
    ],
)
def test_encrypted_reasoning_is_sent_on_request(include: list[JsonValue], signature: str, expected: str) -> None:
    answer = WIRE.answers(Replies(reasoning="Well.", signature=signature), _request(include=include))

    assert expected == answer.signature


def test_reasoning_is_encrypted_also_where_the_scenario_has_no_signature() -> None:
    request = _request(include=["reasoning.encrypted_content"])

    assert WIRE.answers(Replies(reasoning="Well."), request).signature
    assert "" == WIRE.answers(Replies(), request).signature


def test_an_answer_can_be_sent_back_item_by_item() -> None:
    items = _output(_body(FULL))

    request = WIRE.parse(_request(input=[{"role": "user", "content": "Hi."}, *items]))

    call_1, call_2 = (
        ToolCall(id=call.id or "", name="get", arguments=json.loads(call.arguments_text)) for call in CALLS
    )
    thought = ReasoningPart("Well, well.", provider_data=[ProviderData(provider="openai", value=items[0])])
    answer = AssistantMessage("Hi there.", reasoning=[thought], tool_calls=[call_1, call_2])
    assert (UserMessage("Hi."), answer) == request.messages


@pytest.mark.parametrize(
    ("scenario", "missing"),
    [
        (Replies(calls=CALLS, call_layout="interleaved"), None),
        (Replies(calls=CALLS, call_layout="late ids"), "calls: late ids"),
        (Replies(calls=CALLS, call_layout="one index"), "calls: one index"),
        (Replies(reasoning="Well.", signature="c2lnbmVk"), None),
        (Breaks(how="error"), None),
    ],
)
def test_the_deltas_of_an_item_name_it(scenario: Scenario, missing: str | None) -> None:
    assert [missing, missing] == [WIRE.inexpressible(scenario, streams=streams) for streams in (False, True)]


@pytest.mark.parametrize(
    ("failure", "error_type", "code"),
    [
        (Fails(status=400), "invalid_request_error", None),
        (Fails(status=401), "invalid_request_error", "invalid_api_key"),
        (Fails(status=404), "invalid_request_error", "model_not_found"),
        (Fails(status=503), "server_error", "server_error"),
        (Fails(status=429), "rate_limit_error", "rate_limit_exceeded"),
        (Fails(status=429, reason="quota"), "insufficient_quota", "insufficient_quota"),
        (Fails(status=400, reason="context_window"), "invalid_request_error", "context_length_exceeded"),
        (Fails(status=400, reason="content_policy"), "invalid_request_error", "invalid_prompt"),
    ],
)
def test_an_error_has_the_providers_code(failure: Fails, error_type: str, code: str | None) -> None:
    error = json.loads(WIRE.error(failure))["error"]
    event = json.loads(WIRE.error_event(failure).removeprefix(b"event: error\ndata: "))

    assert (error_type, code, None) == (error["type"], error["code"], error["param"])
    assert {"type": "error", "sequence_number": 5, "code": code, "message": error["message"], "param": None} == event
    assert failure.status == WIRE.status(failure)


def test_an_error_has_a_request_id_and_the_wait() -> None:
    assert (("x-request-id", "request-1"),) == WIRE.headers(Fails(status=500))
    assert (("x-request-id", "request-1"), ("retry-after", "1.5")) == WIRE.headers(Fails(status=429, retry_after=1.5))


def test_a_keep_alive_is_an_event_of_its_own() -> None:
    payload = json.loads(WIRE.keep_alive.removeprefix(b"event: keepalive\ndata: "))

    assert {"type": "keepalive", "sequence_number": 3} == payload


def test_its_server_tool_is_not_one_of_chat_completions() -> None:
    tool = server_tool_of("openai_responses")
    assert tool is not None
    request = ChatRequest(model="m", messages=[UserMessage("Hi.")], server_tools=[tool])

    assert (tool,) == WIRE.parse(write_responses(request, stream=False)).server_tools
    assert server_tool_of("openai_chat") is None
