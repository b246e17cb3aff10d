"""The fake provider's dialect of Anthropic messages, tested without an adapter."""

import json
from collections.abc import Iterable

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    FinishReason,
    Message,
    NamedTool,
    SystemMessage,
    Tool,
    ToolMessage,
    Usage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.testing import Breaks, Call, Fails, RecordedRequest, Refuses, Replies, strategies
from llm_core.testing.clauses import properties
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages
from llm_core.testing.dialects.anthropic_requests import read_request

WIRE = AnthropicMessages()
QUICK = settings(max_examples=50, deadline=None)
TOOLS = (
    Tool(name="get", description="Get it.", parameters={"type": "object"}),
    Tool(name="set", description="", parameters={}, strict=True),
)
REQUESTS = st.builds(
    ChatRequest,
    messages=strategies.histories(TOOLS),
    tools=st.just(TOOLS),
    tool_choice=st.sampled_from(["auto", "none", "required", NamedTool("set")]),
    settings=st.builds(ChatSettings, max_tokens=st.integers(1, 9), temperature=st.none() | st.floats(0, 1)),
    model=st.just("x"),
)
CHOICES = {"auto": "auto", "none": "none", "required": "any"}
HI: list[JsonValue] = [{"role": "user", "content": "Hi."}]
CALLING: JsonValue = {
    "role": "assistant",
    "content": [{"type": "tool_use", "id": "call_1", "name": "get", "input": {"a": 1}}],
}
THINKING: JsonValue = {"type": "thinking", "thinking": "Hm.", "signature": "signed"}
REDACTED: JsonValue = {"type": "redacted_thinking", "data": "sealed"}
RESULT: JsonValue = {"type": "tool_result", "tool_use_id": "call_1", "content": "a"}
IMAGE: JsonValue = {"type": "image", "source": {"type": "url", "url": "https://a.test/b"}}
FAILED_WITH_IMAGE: JsonValue = {
    "type": "tool_result",
    "tool_use_id": "call_1",
    "content": [IMAGE],
    "is_error": True,
}
OPEN_SCHEMA: JsonValue = {
    "type": "json_schema",
    "schema": {"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}]},
}
CALL = Call(id="call_1", name="get", arguments_text='{"a": 1}')


def encode(request: ChatRequest) -> bytes:
    choice = request.tool_choice
    named = {"type": "tool", "name": choice.name} if isinstance(choice, NamedTool) else {"type": CHOICES[choice]}
    body: dict[str, object] = {
        "model": request.model,
        "max_tokens": request.settings.max_tokens,
        "system": [{"type": "text", "text": one.content} for one in request.messages if isinstance(one, SystemMessage)],
        "messages": [_wire(one) for one in request.messages if not isinstance(one, SystemMessage)],
        "tools": [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters, "strict": tool.strict}
            for tool in request.tools
        ],
        "tool_choice": named,
        "temperature": request.settings.temperature,
    }
    return json.dumps(body).encode()


def _wire(message: Message) -> dict[str, object]:
    match message:
        case AssistantMessage():
            calls = [
                {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}
                for call in message.tool_calls
            ]
            text = [{"type": "text", "text": message.content}] if message.content else []
            return {"role": "assistant", "content": [*text, *calls]}
        case ToolMessage():
            result = {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.content}
            return {"role": "user", "content": [result]}
        case _:
            return {"role": "user", "content": message.content}


def collected(events: Iterable[bytes]) -> dict[str, object]:
    """Return the message that a client builds from a stream, by Anthropic's API reference."""
    message: dict[str, object] = {}
    blocks: list[dict[str, str]] = []
    for event in events:
        name, data = event.decode().rstrip().split("\n")
        payload = json.loads(data.removeprefix("data: "))
        assert f"event: {payload['type']}" == name
        match payload:
            case {"type": "message_start", "message": started}:
                message = started
            case {"type": "content_block_start", "index": index, "content_block": block}:
                assert len(blocks) == index
                blocks.append(block)
            case {"type": "content_block_delta", "index": index, "delta": {"type": _, **delta}}:
                for key, chunk in delta.items():
                    blocks[index][key] = blocks[index].get(key, "") + chunk
            case {"type": "message_delta", "delta": ending, "usage": usage}:
                message |= {**ending, "usage": usage}
    return {**message, "content": [_complete_block(block) for block in blocks]}


def _complete_block(block: dict[str, str]) -> dict[str, object]:
    arguments = block.pop("partial_json", "")
    return {**block, "input": json.loads(arguments)} if arguments else dict(block)


def _read(**fields: JsonValue) -> ChatRequest:
    return read_request({"model": "m", "max_tokens": 5000, "messages": HI, **fields})


def _content(*blocks: JsonValue) -> list[JsonValue]:
    return [{"role": "user", "content": list(blocks)}]


@QUICK
@given(REQUESTS)
def test_every_request_survives_the_wire(request: ChatRequest) -> None:
    properties.dialect_round_trip_is_identity(request, WIRE, encode, path="/v1/messages")


@QUICK
@given(strategies.replies(TOOLS))
def test_a_stream_adds_up_to_the_whole_answer(reply: Replies) -> None:
    assume(WIRE.inexpressible(reply, streams=False) is None)

    assert json.loads(WIRE.body(reply)) == collected(WIRE.events(reply))


def test_a_whole_answer_is_a_message() -> None:
    usage = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, cache_write_tokens=10, reasoning_tokens=20)
    reply = Replies(text="Hi.", reasoning="Hm.", calls=[CALL], finish_reason=FinishReason.TOOL_CALLS, usage=usage)

    body = json.loads(WIRE.body(reply))

    thinking, text, call = body.pop("content")
    assert ("thinking", "Hm.") == (thinking["type"], thinking["thinking"])
    assert thinking["signature"]
    assert {"type": "text", "text": "Hi."} == text
    assert {"type": "tool_use", "id": "call_1", "name": "get", "input": {"a": 1}} == call
    assert body.pop("usage") == {
        "input_tokens": 30,
        "cache_read_input_tokens": 30,
        "cache_creation_input_tokens": 10,
        "output_tokens": 50,
        "output_tokens_details": {"thinking_tokens": 20},
    }
    frame = {"id": "answer-1", "type": "message", "role": "assistant", "model": "fake-provider-1"}
    assert {**frame, "stop_reason": "tool_use", "stop_sequence": None} == body


@pytest.mark.parametrize(
    ("reply", "stop_reason"),
    [
        (Replies(), "end_turn"),
        (Replies(finish_reason=FinishReason.LENGTH), "max_tokens"),
        (Replies(finish_reason=FinishReason.CONTENT_FILTER), "refusal"),
        (Replies(refusal="No."), "refusal"),
        (Replies(finish_reason="wombat"), "wombat"),
    ],
)
def test_a_finish_reason_is_written_in_anthropics_terms(reply: Replies, stop_reason: str) -> None:
    assert stop_reason == json.loads(WIRE.body(reply))["stop_reason"]


def test_cache_counts_are_always_reported() -> None:
    visible = WIRE.visible(Replies(usage=Usage(input_tokens=7)))

    assert Usage(input_tokens=7, cache_read_tokens=0, cache_write_tokens=0) == visible.usage


@pytest.mark.parametrize(
    ("reply", "in_streams", "missing"),
    [
        (Replies(usage=None), True, "no usage"),
        (Replies(call_layout="interleaved"), True, "calls: interleaved"),
        (Replies(usage=Usage(input_tokens=1, cache_read_tokens=2)), True, "more cached than input tokens"),
        (Breaks(how="error", failure=Fails(status=429, reason="quota")), True, "quota within a stream"),
        (Replies(calls=[attrs.evolve(CALL, id=None)]), True, "a call without an id"),
        (Replies(calls=[attrs.evolve(CALL, arguments_text="{")]), False, "arguments that are not an object"),
        (Replies(calls=[attrs.evolve(CALL, arguments_text="{")]), True, None),
        (
            Replies(calls=[attrs.evolve(CALL, arguments_text="")], finish_reason=FinishReason.LENGTH),
            False,
            "arguments that are not an object",
        ),
        (Replies(calls=[attrs.evolve(CALL, arguments_text="")]), False, None),
        (Refuses(), False, None),
    ],
)
def test_what_anthropic_never_sends(reply: Replies | Refuses, in_streams: bool, missing: str | None) -> None:
    assert missing == WIRE.inexpressible(reply, streams=in_streams)


@pytest.mark.parametrize(
    ("failure", "status", "error_type", "headers"),
    [
        (Fails(status=418), 418, "invalid_request_error", {}),
        (Fails(status=429, retry_after=7.0), 429, "rate_limit_error", {"retry-after": "7"}),
        (Fails(status=529), 529, "overloaded_error", {}),
        (Fails(status=503), 503, "api_error", {}),
        (Fails(status=429, reason="quota"), 400, "invalid_request_error", {}),
    ],
)
def test_errors_are_anthropics_own(failure: Fails, status: int, error_type: str, headers: dict[str, str]) -> None:
    assert status == WIRE.status(failure)
    assert error_type == json.loads(WIRE.error(failure))["error"]["type"]
    assert {"request-id": "request-1", **headers} == dict(WIRE.headers(failure))


def test_an_unfinished_answer_has_no_finish_reason() -> None:
    unfinished = Replies(finish_reason=None)

    reply = WIRE.answers(unfinished, RecordedRequest(method="POST", path="/", headers={}, body=b"{}"))

    assert json.loads(WIRE.body(reply))["stop_reason"] is None
    assert b'"stop_reason": null' in WIRE.events(reply)[-2]
    assert b"message_stop" in WIRE.events(reply)[-1]


def test_reasoning_has_the_signature_of_the_scenario() -> None:
    signed = Replies(reasoning="Hm.", signature="c2ln")

    thinking, _ = json.loads(WIRE.body(signed))["content"]

    assert "c2ln" == thinking["signature"]
    assert b'"signature": "c2ln"' in b"".join(WIRE.events(signed))


def test_an_error_in_a_stream_is_an_event() -> None:
    name, data = WIRE.error_event(Fails(status=500)).decode().strip().split("\n")

    assert "event: error" == name
    assert "api_error" == json.loads(data.removeprefix("data: "))["error"]["type"]


def test_a_broken_event_is_not_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(WIRE.broken_event().decode().partition("data: ")[2])


def test_a_stream_is_requested_in_the_body() -> None:
    request = RecordedRequest(method="POST", path="/v1/messages", headers={}, body=b'{"stream": true}')

    assert WIRE.streams(request)
    assert not WIRE.streams(attrs.evolve(request, body=b"{}"))
    assert WIRE.auxiliary(request) is None


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"model": None}, "model: expected text"),
        ({"max_tokens": None}, "max_tokens: field required"),
        ({"max_tokens": "many"}, "max_tokens: expected an integer"),
        ({"messages": "Hi."}, "messages: expected an array"),
        ({"messages": ["Hi."]}, "messages: unknown message"),
        ({"messages": [{"role": "assistant", "content": [{"type": "wizard"}]}]}, "unknown block"),
        ({"messages": _content({"type": "video"})}, "unknown block"),
        ({"messages": [{"role": "user", "content": 1}]}, "expected text or an array of blocks"),
        ({"messages": _content({"type": "document", "source": {"type": "tape"}})}, "document: unknown source"),
        ({"messages": _content({"type": "text", "text": " "})}, "must contain non-whitespace text"),
        ({"messages": [CALLING, *_content({"type": "text", "text": "a"}, RESULT)]}, "blocks must come first"),
        ({"messages": [CALLING, *_content(FAILED_WITH_IMAGE)]}, "a failed result takes text only"),
        ({"output_config": {"format": OPEN_SCHEMA}}, "additionalProperties must be false"),
        ({"tools": [{"type": "computer"}]}, "tools: unknown tool"),
        ({"tool_choice": {"type": "wizard"}}, "tool_choice: unknown choice"),
        ({"tool_choice": "auto"}, "tool_choice: expected an object"),
        ({"output_config": {"format": {"type": "xml"}}}, "output_config: unknown format"),
        ({"thinking": {"type": "enabled", "budget_tokens": 5000}}, "budget_tokens: at least 1024, and less than"),
        ({"temperature": "hot"}, "temperature: expected a number"),
    ],
)
def test_what_the_provider_would_refuse_is_a_value_error(fields: dict[str, JsonValue], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _read(**fields)


def test_a_result_takes_no_document() -> None:
    document: JsonValue = {"type": "document", "source": {"type": "url", "url": "https://papers.test/a.pdf"}}
    result: JsonValue = {"type": "tool_result", "tool_use_id": "call_1", "content": [document]}

    with pytest.raises(ValueError, match="a tool result takes text and images only"):
        _read(messages=[CALLING, *_content(result)])
