"""The fake provider's own reading and writing of Anthropic messages, which no adapter has a part in."""

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
ASKED: JsonValue = {
    "role": "assistant",
    "content": [{"type": "tool_use", "id": "call_1", "name": "get", "input": {"a": 1}}],
}
THOUGHT: JsonValue = {"type": "thinking", "thinking": "Hm.", "signature": "signed"}
SEALED: JsonValue = {"type": "redacted_thinking", "data": "sealed"}
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
            return {"role": "assistant", "content": [{"type": "text", "text": message.content}, *calls]}
        case ToolMessage():
            told = {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.content}
            return {"role": "user", "content": [told]}
        case _:
            return {"role": "user", "content": message.content}


def gathered(events: Iterable[bytes]) -> dict[str, object]:
    """Return the message that a client makes of a stream, as the reference tells it to."""
    message: dict[str, object] = {}
    blocks: list[dict[str, str]] = []
    for event in events:
        name, data = event.decode().rstrip().split("\n")
        told = json.loads(data.removeprefix("data: "))
        assert f"event: {told['type']}" == name
        match told:
            case {"type": "message_start", "message": started}:
                message = started
            case {"type": "content_block_start", "index": index, "content_block": block}:
                assert len(blocks) == index
                blocks.append(block)
            case {"type": "content_block_delta", "index": index, "delta": {"type": _, **delta}}:
                for key, piece in delta.items():
                    blocks[index][key] = blocks[index].get(key, "") + piece
            case {"type": "message_delta", "delta": ending, "usage": usage}:
                message |= {**ending, "usage": usage}
    return {**message, "content": [_whole(block) for block in blocks]}


def _whole(block: dict[str, str]) -> dict[str, object]:
    pieces = block.pop("partial_json", "")
    return {**block, "input": json.loads(pieces)} if pieces else dict(block)


def _read(**fields: JsonValue) -> ChatRequest:
    return read_request({"model": "m", "max_tokens": 5000, "messages": HI, **fields})


def _content(*blocks: JsonValue) -> list[JsonValue]:
    return [{"role": "user", "content": list(blocks)}]


@QUICK
@given(REQUESTS)
def test_every_request_survives_the_wire(request: ChatRequest) -> None:
    properties.dialect_round_trip_is_identity(request, WIRE, encode)


@QUICK
@given(strategies.replies(TOOLS))
def test_a_stream_says_what_the_whole_answer_says(reply: Replies) -> None:
    assume(WIRE.inexpressible(reply, streams=False) is None)

    assert json.loads(WIRE.body(reply)) == gathered(WIRE.events(reply))


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
    ("reply", "word"),
    [
        (Replies(), "end_turn"),
        (Replies(finish_reason=FinishReason.LENGTH), "max_tokens"),
        (Replies(finish_reason=FinishReason.CONTENT_FILTER), "refusal"),
        (Replies(refusal="No."), "refusal"),
        (Replies(finish_reason="wombat"), "wombat"),
    ],
)
def test_an_answer_ends_in_anthropics_words(reply: Replies, word: str) -> None:
    assert word == json.loads(WIRE.body(reply))["stop_reason"]


def test_what_the_cache_did_is_always_told() -> None:
    told = WIRE.visible(Replies(usage=Usage(input_tokens=7)))

    assert Usage(input_tokens=7, cache_read_tokens=0, cache_write_tokens=0) == told.usage


@pytest.mark.parametrize(
    ("reply", "in_streams", "missing"),
    [
        (Replies(usage=None), True, "no usage"),
        (Replies(call_layout="interleaved"), True, "calls: interleaved"),
        (Replies(usage=Usage(input_tokens=1, cache_read_tokens=2)), True, "more from the cache than went in"),
        (Breaks(how="error", failure=Fails(status=429, reason="quota")), True, "quota in mid-stream"),
        (Replies(calls=[attrs.evolve(CALL, id=None)]), True, "a call without an id"),
        (Replies(calls=[attrs.evolve(CALL, arguments_text="{")]), False, "arguments that are no object"),
        (Replies(calls=[attrs.evolve(CALL, arguments_text="{")]), True, None),
        (
            Replies(calls=[attrs.evolve(CALL, arguments_text="")], finish_reason=FinishReason.LENGTH),
            False,
            "arguments that are no object",
        ),
        (Replies(calls=[attrs.evolve(CALL, arguments_text="")]), False, None),
        (Refuses(), False, None),
    ],
)
def test_what_anthropic_never_says(reply: Replies | Refuses, in_streams: bool, missing: str | None) -> None:
    assert missing == WIRE.inexpressible(reply, streams=in_streams)


@pytest.mark.parametrize(
    ("failure", "status", "kind", "headers"),
    [
        (Fails(status=418), 418, "invalid_request_error", {}),
        (Fails(status=429, retry_after=7.0), 429, "rate_limit_error", {"retry-after": "7"}),
        (Fails(status=529), 529, "overloaded_error", {}),
        (Fails(status=503), 503, "api_error", {}),
        (Fails(status=429, reason="quota"), 400, "invalid_request_error", {}),
    ],
)
def test_errors_are_anthropics_own(failure: Fails, status: int, kind: str, headers: dict[str, str]) -> None:
    assert status == WIRE.status(failure)
    assert kind == json.loads(WIRE.error(failure))["error"]["type"]
    assert {"request-id": "request-1", **headers} == dict(WIRE.headers(failure))


def test_an_answer_that_nobody_finished_has_no_reason() -> None:
    unfinished = Replies(finish_reason=None)

    told = WIRE.answers(unfinished, RecordedRequest(method="POST", path="/", headers={}, body=b"{}"))

    assert json.loads(WIRE.body(told))["stop_reason"] is None
    assert b'"stop_reason": null' in WIRE.events(told)[-2]
    assert b"message_stop" in WIRE.events(told)[-1]


def test_a_thought_is_signed_as_the_scenario_says() -> None:
    signed = Replies(reasoning="Hm.", signature="c2ln")

    thought, _ = json.loads(WIRE.body(signed))["content"]

    assert "c2ln" == thought["signature"]
    assert b'"signature": "c2ln"' in b"".join(WIRE.events(signed))


def test_an_error_in_a_stream_is_an_event() -> None:
    name, data = WIRE.error_event(Fails(status=500)).decode().strip().split("\n")

    assert "event: error" == name
    assert "api_error" == json.loads(data.removeprefix("data: "))["error"]["type"]


def test_a_broken_event_is_no_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(WIRE.broken_event().decode().partition("data: ")[2])


def test_a_stream_is_asked_for_in_the_body() -> None:
    asked = RecordedRequest(method="POST", path="/v1/messages", headers={}, body=b'{"stream": true}')

    assert WIRE.streams(asked)
    assert not WIRE.streams(attrs.evolve(asked, body=b"{}"))
    assert WIRE.auxiliary(asked) is None


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"model": None}, "model: expected text"),
        ({"max_tokens": None}, "max_tokens: field required"),
        ({"max_tokens": "many"}, "max_tokens: expected a whole number"),
        ({"messages": "Hi."}, "messages: expected an array"),
        ({"messages": ["Hi."]}, "messages: no such message"),
        ({"messages": [{"role": "assistant", "content": [{"type": "wizard"}]}]}, "no such block"),
        ({"messages": _content({"type": "video"})}, "no such block"),
        ({"messages": [{"role": "user", "content": 1}]}, "expected text or an array of blocks"),
        ({"messages": _content({"type": "document", "source": {"type": "tape"}})}, "document: no such source"),
        ({"tools": [{"type": "computer"}]}, "tools: no such tool"),
        ({"tool_choice": {"type": "wizard"}}, "tool_choice: no such choice"),
        ({"tool_choice": "auto"}, "tool_choice: expected an object"),
        ({"output_config": {"format": {"type": "xml"}}}, "output_config: no such format"),
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

    with pytest.raises(ValueError, match="a tool result takes text and images alone"):
        _read(messages=[ASKED, *_content(result)])
