"""The fake provider's dialect of Cohere, tested without an adapter."""

import json
from collections.abc import Iterable

import attrs
import pytest
from hypothesis import given, settings

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    FinishReason,
    ImagePart,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    NamedTool,
    OutputFormat,
    ReasoningPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    Usage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.testing import (
    Breaks,
    Call,
    Fails,
    RecordedRequest,
    Refuses,
    Replies,
    Scenario,
    assert_dialect,
    strategies,
)
from llm_core.testing.dialects.cohere_chat import CohereChat
from llm_core.testing.dialects.cohere_requests import normal_form, read_request

from .openai_writer import message_fields, tool_fields

WIRE = CohereChat()
TOOLS = (Tool(name="get", description="Get it.", parameters={"type": "object"}),)
CALL = Call(id="call_1", name="get", arguments_text='{"a": 1}')
HI: list[JsonValue] = [{"role": "user", "content": "Hi."}]
OFFERED: JsonValue = [{"type": "function", "function": {"name": "get", "parameters": {}}}]
CHOICES = {"none": "NONE", "required": "REQUIRED"}
THINKING: dict[str, JsonValue] = {
    "none": {"type": "disabled"},
    "low": {"type": "enabled", "token_budget": 1024},
    "high": {"type": "enabled", "token_budget": 8192},
}


def write(request: ChatRequest, *, stream: bool) -> RecordedRequest:
    """Write *request* as a client of Cohere does: messages and tools are as OpenAI's, but for the strictness."""
    chosen, output, options = request.tool_choice, request.output, request.settings
    if isinstance(chosen, NamedTool) or options.parallel_tool_calls is not None:
        raise UnsupportedFeatureError(feature="tool_choice by name, or parallel_tool_calls")
    strict = [function.pop("strict") for tool in tool_fields(request) if isinstance(function := tool["function"], dict)]
    body = {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
        "stream": stream,
        "tools": [_tool(tool) for tool in tool_fields(request)],
        "tool_choice": CHOICES.get(chosen) if request.tools else None,
        "strict_tools": True if any(strict) else None,
        "response_format": _format(output),
        "temperature": options.temperature,
        "p": options.top_p,
        "max_tokens": options.max_tokens,
        "stop_sequences": list(options.stop),
        "seed": options.seed,
        "presence_penalty": options.presence_penalty,
        "frequency_penalty": options.frequency_penalty,
        "thinking": THINKING.get(options.reasoning_effort or ""),
    }
    sent = {name: value for name, value in body.items() if value not in (None, [])} | dict(options.extra)
    return RecordedRequest(method="POST", path="/v2/chat", headers={}, body=json.dumps(sent).encode())


def _message(message: Message) -> dict[str, object]:
    fields = message_fields(message)
    parts = fields["content"] if isinstance(fields["content"], list) else []
    if any(part["type"] not in ("text", "image_url") for part in parts):
        raise UnsupportedFeatureError(feature="audio or a file")
    if isinstance(message, AssistantMessage) and message.reasoning:
        thoughts = [{"type": "thinking", "thinking": part.text} for part in message.reasoning]
        return {**fields, "content": [*thoughts, {"type": "text", "text": message.content}]}
    return fields


def _tool(tool: dict[str, object]) -> dict[str, object]:
    function = tool["function"]
    assert isinstance(function, dict)
    return {"type": "function", "function": {name: value for name, value in function.items() if name != "strict"}}


def _format(output: OutputFormat | None) -> dict[str, object] | None:
    match output:
        case None:
            return None
        case JsonOutput():
            return {"type": "json_object"}
        case JsonSchemaOutput(schema=schema):
            return {"type": "json_object", "json_schema": dict(schema)}


def collected(events: Iterable[bytes]) -> dict[str, object]:
    """Return the answer that a client builds from a stream."""
    *lines, last = [event.partition(b"data: ")[2] for event in events]
    assert b"[DONE]" == last.strip()
    started, *between, ended = [json.loads(line) for line in lines]
    assert ("message-start", "message-end") == (started["type"], ended["type"])
    message: dict[str, object] = {
        "role": "assistant",
        "tool_plan": "",
        "content": list[dict[str, str]](),
        "tool_calls": list[object](),
    }
    for event in between:
        _add(message, event["type"], event.get("delta", {}).get("message", {}))
    filled = {name: value for name, value in message.items() if value}
    return {"id": started["id"], "message": filled, **ended["delta"]}


def _add(message: dict[str, object], type_: str, delta: dict[str, object]) -> None:
    content, calls = message["content"], message["tool_calls"]
    assert isinstance(content, list)
    assert isinstance(calls, list)
    match type_, delta:
        case "tool-plan-delta", {"tool_plan": str(text)}:
            message["tool_plan"] = f"{message['tool_plan']}{text}"
        case "content-start", {"content": part}:
            content.append(part)
        case "content-delta", {"content": dict(part)}:
            [(name, text)] = part.items()
            content[-1][name] += text
        case "tool-call-start", {"tool_calls": call}:
            calls.append(call)
        case "tool-call-delta", {"tool_calls": {"function": {"arguments": str(text)}}}:
            calls[-1]["function"]["arguments"] += text


def read(**fields: JsonValue) -> ChatRequest:
    return read_request({"model": "m", "messages": HI, **fields})


def test_it_reads_what_a_client_writes_and_plays_what_it_claims() -> None:
    assert_dialect(WIRE, write)


@settings(max_examples=50, deadline=None)
@given(strategies.replies(TOOLS))
def test_a_stream_adds_up_to_the_whole_answer(reply: Replies) -> None:
    assert json.loads(WIRE.body(reply)) == collected(WIRE.events(reply))


def test_a_whole_answer_has_parts_calls_and_both_token_counts() -> None:
    usage = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30)

    thinking = json.loads(WIRE.body(Replies(text="Hi.", reasoning="Hm.", usage=usage)))
    calling = json.loads(WIRE.body(Replies(text=None, reasoning="I look.", calls=[CALL], usage=None, id=None)))

    parts = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Hi."}]
    assert ("answer-1", "COMPLETE", parts) == (
        thinking["id"],
        thinking["finish_reason"],
        thinking["message"]["content"],
    )
    assert {
        "billed_units": {"input_tokens": 35, "output_tokens": 25},
        "tokens": {"input_tokens": 70, "output_tokens": 50},
        "cached_tokens": 30,
    } == thinking["usage"]
    call = {"id": "call_1", "type": "function", "function": {"name": "get", "arguments": '{"a": 1}'}}
    assert {"role": "assistant", "tool_plan": "I look.", "tool_calls": [call]} == calling["message"]
    assert {"message", "finish_reason"} == set(calling)


@pytest.mark.parametrize(
    ("reason", "value"),
    [(FinishReason.LENGTH, "MAX_TOKENS"), (FinishReason.TOOL_CALLS, "TOOL_CALL"), ("wombat", "wombat")],
)
def test_a_finish_reason_is_written_in_coheres_terms(reason: FinishReason | str, value: str) -> None:
    assert value == json.loads(WIRE.body(Replies(finish_reason=reason)))["finish_reason"]


def test_neither_the_model_nor_reasoning_tokens_are_reported() -> None:
    usage = Usage(input_tokens=7, output_tokens=5, cache_write_tokens=3, reasoning_tokens=2)

    visible = WIRE.visible(Replies(usage=usage))

    assert (None, Usage(input_tokens=7, output_tokens=5)) == (visible.model, visible.usage)
    assert WIRE.visible(Replies(usage=None)).usage is None


@pytest.mark.parametrize(
    ("scenario", "streams", "missing"),
    [
        (Replies(calls=[CALL]), True, None),
        (Replies(calls=[attrs.evolve(CALL, id=None)]), True, "a call without an id"),
        (Replies(call_layout="interleaved"), True, "calls: interleaved"),
        (Replies(reasoning="Hm.", signature="c2ln"), True, "a signature"),
        (Replies(refusal="No."), True, "a refusal"),
        (Replies(finish_reason=FinishReason.CONTENT_FILTER), True, "a refusal"),
        (Breaks(how="error"), True, None),
        (Breaks(how="error"), False, "an error within a whole answer"),
        (Breaks(how="error", failure=Fails(status=429)), True, "the class of an error within a stream"),
        (Fails(status=400, reason="content_policy"), True, "content policy"),
        (Fails(status=429, reason="quota"), True, None),
        (Refuses(), True, None),
    ],
)
def test_what_cohere_never_sends(scenario: Scenario, streams: bool, missing: str | None) -> None:
    assert missing == WIRE.inexpressible(scenario, streams=streams)


def test_an_error_has_a_message_alone() -> None:
    quota, length = Fails(status=429, reason="quota"), Fails(status=400, reason="context_window")

    assert (402, 400) == (WIRE.status(quota), WIRE.status(length))
    assert "payment method" in json.loads(WIRE.error(quota))["message"]
    assert "too many tokens" in json.loads(WIRE.error(length))["message"]
    assert {"id": "error-1", "message": "it went wrong"} == json.loads(WIRE.error(Fails(status=500)))
    ended = {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "it went wrong"}}
    assert ended == json.loads(WIRE.error_event(Fails(status=500)).partition(b"data: ")[2])


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"model": None}, "model: expected text"),
        ({"messages": "Hi."}, "messages: expected an array"),
        ({"messages": ["Hi."]}, "messages: unknown message"),
        ({"messages": [{"role": "wizard", "content": "Hi."}]}, "messages: unknown message"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "content: unknown part"),
        ({"messages": [{"role": "assistant", "content": [{"type": "image_url"}]}]}, "content: unknown part"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}]}, "tool_calls: unknown call"),
        ({"tools": [{"type": "function"}]}, "tools: unknown tool"),
        ({"tools": [{"type": "function", "function": {"name": "get", "strict": True}}]}, "tools: strict"),
        ({"tools": OFFERED, "response_format": {"type": "json_object"}}, "not supported together with tools"),
        ({"tools": OFFERED, "tool_choice": "required"}, "tool_choice: expected REQUIRED or NONE"),
        ({"tool_choice": "NONE"}, "tool_choice: expected REQUIRED or NONE, with tools"),
        ({"response_format": {"type": "xml"}}, "response_format: unknown format"),
        ({"thinking": {"type": "deep"}}, "thinking: type"),
        ({"strict_tools": "yes"}, "strict_tools: expected true or false"),
    ],
)
def test_what_the_provider_would_refuse_is_a_value_error(fields: dict[str, JsonValue], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read(**fields)


def test_a_result_takes_text_alone() -> None:
    image: JsonValue = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    calling: JsonValue = {
        "role": "assistant",
        "tool_calls": [{"id": "a", "type": "function", "function": {"name": "get", "arguments": "{"}}],
    }

    with pytest.raises(ValueError, match="a tool message takes text and documents only"):
        read(messages=[calling, {"role": "tool", "tool_call_id": "a", "content": [image]}])

    request = read(
        messages=[calling, {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "x"}]}]
    )
    assert ToolMessage([TextPart("x")], tool_call_id="a") == request.messages[1]


def test_content_is_text_or_parts() -> None:
    parts: JsonValue = [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]
    image: JsonValue = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    linked: JsonValue = {"type": "image_url", "image_url": {"url": "https://pictures.test/cat.png"}}
    thought: JsonValue = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Hi."}]

    request = read(
        messages=[
            {"role": "system", "content": parts},
            {"role": "user", "content": [image, linked]},
            {"role": "assistant", "tool_plan": "I look. ", "content": thought},
        ]
    )

    assert (
        SystemMessage("Be brief."),
        UserMessage([ImagePart(data=b"hi", media_type="image/png"), ImagePart(url="https://pictures.test/cat.png")]),
        AssistantMessage("Hi.", reasoning=[ReasoningPart("I look. Hm.")]),
    ) == request.messages


def test_what_the_wire_cannot_carry_is_removed() -> None:
    invalid = InvalidToolCall(id="b", name="set", arguments_text="{", problem="cut off")
    reasoning = [ReasoningPart("Hm. ", signature="signed"), ReasoningPart("Well.")]
    call = ToolCall(id="a", name="get", arguments={})
    answer = AssistantMessage(tool_calls=[call], invalid_tool_calls=[invalid], reasoning=reasoning)
    request = ChatRequest(
        messages=[answer, ToolMessage("cut off", tool_call_id="b", is_error=True)],
        tools=[*TOOLS, attrs.evolve(TOOLS[0], name="set", strict=True)],
        output=JsonSchemaOutput(name="city", schema={}, strict=False),
        settings=ChatSettings(parallel_tool_calls=False, timeout=3, seed=1),
    )

    seen = normal_form(request)

    assert attrs.evolve(answer, reasoning=[ReasoningPart("Hm. Well.")]) == seen.messages[0]
    assert ToolMessage("Error: cut off", tool_call_id="b") == seen.messages[1]
    assert [True, True] == [tool.strict for tool in seen.tools]
    assert (JsonSchemaOutput(name="schema", schema={}), ChatSettings(seed=1)) == (seen.output, seen.settings)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"p": 0.0, "k": 3}, ChatSettings(top_p=0.0, extra={"k": 3})),
        ({"thinking": {"type": "enabled"}}, ChatSettings(reasoning_effort="medium")),
        ({"thinking": {"type": "disabled"}}, ChatSettings(reasoning_effort="none")),
        ({"thinking": {"type": "enabled", "token_budget": 1024}}, ChatSettings(reasoning_effort="low")),
        ({"response_format": {"type": "text"}}, ChatSettings()),
    ],
)
def test_settings_are_read(fields: dict[str, JsonValue], expected: ChatSettings) -> None:
    assert expected == read(**fields).settings
