"""How the fake provider reads a request to Ollama, field by field."""

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    ImagePart,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    OutputFormat,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.testing.dialects.ollama_requests import normal_form, read_request

HI: list[JsonValue] = [{"role": "user", "content": "Hi."}]
CALLS: list[JsonValue] = [{"function": {"name": name, "arguments": {}}} for name in ("get", "set")]
CALLING: JsonValue = {"role": "assistant", "content": "", "tool_calls": CALLS}


def _read(**fields: JsonValue) -> ChatRequest:
    return read_request({"model": "m", "messages": HI, **fields})


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"model": None}, "model: expected text"),
        ({"messages": "Hi."}, "messages: expected an array"),
        ({"messages": ["Hi."]}, "messages: unknown message"),
        ({"messages": [{"role": "wizard", "content": "Hi."}]}, "messages: unknown message"),
        ({"messages": [{"role": "system", "content": None}]}, "content: expected text"),
        ({"messages": [{"role": "user", "content": "Look.", "images": ["http:"]}]}, "base64"),
        ({"messages": [{"role": "tool", "content": "rain"}]}, "without a call"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]}, "tool_calls: unknown call"),
        ({"tools": [{"type": "function"}]}, "tools: unknown tool"),
        ({"format": "xml"}, "format: unknown format"),
        ({"options": "hot"}, "options: expected an object"),
        ({"think": 1}, "think: expected true or false"),
    ],
)
def test_what_the_provider_would_refuse_is_a_value_error(fields: dict[str, JsonValue], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _read(**fields)


def test_images_are_separate_from_the_text() -> None:
    sent = UserMessage([ImagePart(data=b"hi", media_type="image/png"), TextPart("What "), TextPart("is it?")])

    request = _read(messages=[{"role": "user", "content": "What is it?", "images": ["aGk="]}])

    assert (UserMessage([TextPart("What is it?"), ImagePart(data=b"hi")]),) == request.messages
    assert normal_form(ChatRequest(messages=[sent])).messages == request.messages


def test_a_result_answers_a_call_by_name_or_by_order() -> None:
    named: JsonValue = {"role": "tool", "content": "set", "tool_name": "set"}
    next_one: JsonValue = {"role": "tool", "content": "rain", "images": ["aGk="]}

    request = _read(messages=[CALLING, named, next_one])

    _, first, second = request.messages
    assert ToolMessage("set", tool_call_id="call_1") == first
    assert ToolMessage([TextPart("rain"), ImagePart(data=b"hi")], tool_call_id="call_0") == second


def test_thinking_is_read_as_reasoning() -> None:
    request = _read(messages=[{"role": "assistant", "content": "Hi.", "thinking": "Hm."}])

    assert (AssistantMessage("Hi.", reasoning=[ReasoningPart("Hm.")]),) == request.messages


def test_what_the_wire_cannot_carry_is_removed() -> None:
    call = ToolCall(id="a", name="get", arguments={})
    invalid = InvalidToolCall(id="b", name="set", arguments_text="{", problem="cut off")
    reasoning = [ReasoningPart("Hm. ", signature="signed"), ReasoningPart("Well.")]
    calling = AssistantMessage(tool_calls=[call], invalid_tool_calls=[invalid], reasoning=reasoning)
    request = ChatRequest(
        messages=[calling, ToolMessage("cut off", tool_call_id="b", is_error=True)],
        tools=[Tool(name="get", description="", parameters={}, strict=True)],
        tool_choice="required",
        output=JsonSchemaOutput(name="city", schema={}),
        settings=ChatSettings(parallel_tool_calls=False, timeout=3, seed=1),
    )

    seen = normal_form(request)

    answer, result = seen.messages
    assert isinstance(answer, AssistantMessage)
    assert ["call_0", "call_1"] == [one.id for one in answer.all_tool_calls]
    assert (ReasoningPart("Hm. Well."),) == answer.reasoning
    assert ToolMessage("Error: cut off", tool_call_id="call_1") == result
    assert ((Tool(name="get", description="", parameters={}),), "auto") == (seen.tools, seen.tool_choice)
    assert (JsonSchemaOutput(name="schema", schema={}), ChatSettings(seed=1)) == (seen.output, seen.settings)


@pytest.mark.parametrize(
    ("format_", "output"),
    [
        ("", None),
        ("json", JsonOutput()),
        ({"type": "x"}, JsonSchemaOutput(name="schema", schema={"type": "x"})),
    ],
)
def test_the_output_format_is_read(format_: JsonValue, output: OutputFormat | None) -> None:
    assert output == _read(format=format_).output


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"options": {"top_p": 0.0, "top_k": 3}}, ChatSettings(top_p=0.0, extra={"top_k": 3})),
        ({"keep_alive": "5m"}, ChatSettings(extra={"keep_alive": "5m"})),
        ({"think": True}, ChatSettings(reasoning_effort="medium")),
        ({"think": False}, ChatSettings(reasoning_effort="none")),
        ({"think": "low"}, ChatSettings(reasoning_effort="low")),
    ],
)
def test_settings_are_read(fields: dict[str, JsonValue], expected: ChatSettings) -> None:
    assert expected == _read(**fields).settings
