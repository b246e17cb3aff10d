"""How the fake provider reads an Anthropic request, field by field."""

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    ProviderData,
    ReasoningPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.domain.parts import UserPart
from llm_core.testing.dialects.anthropic_requests import normal_form, read_request

HI: list[JsonValue] = [{"role": "user", "content": "Hi."}]
THINKING: JsonValue = {"type": "thinking", "thinking": "Hm.", "signature": "signed"}
REDACTED: JsonValue = {"type": "redacted_thinking", "data": "sealed"}
CALLING: JsonValue = {
    "role": "assistant",
    "content": [{"type": "tool_use", "id": "call_1", "name": "get", "input": {"a": 1}}],
}


def _read(**fields: JsonValue) -> ChatRequest:
    return read_request({"model": "m", "max_tokens": 5000, "messages": HI, **fields})


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "image", "source": {"type": "url", "url": "https://a.test/b"}}, ImagePart(url="https://a.test/b")),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
            ImagePart(data=b"hi", media_type="image/png"),
        ),
        (
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}},
            FilePart(data=b"hi", media_type="application/pdf"),
        ),
        (
            {"type": "document", "title": "a.pdf", "source": {"type": "url", "url": "https://a.test/b"}},
            FilePart(url="https://a.test/b", media_type="application/pdf", name="a.pdf"),
        ),
        (
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hi"}},
            FilePart(data=b"hi", media_type="text/plain"),
        ),
    ],
)
def test_media_are_parts(block: JsonValue, part: UserPart) -> None:
    request = _read(messages=[{"role": "user", "content": [{"type": "text", "text": "Look: "}, block]}])

    assert (UserMessage([TextPart("Look: "), part]),) == request.messages


def test_reasoning_is_read_signed_or_redacted() -> None:
    request = _read(messages=[{"role": "assistant", "content": [THINKING, REDACTED, {"type": "text", "text": "Hi."}]}])

    reasoning_parts = [
        ReasoningPart("Hm.", signature="signed", provider_data=[ProviderData(provider="anthropic", value=THINKING)]),
        ReasoningPart("", provider_data=[ProviderData(provider="anthropic", value=REDACTED)]),
    ]
    assert (AssistantMessage("Hi.", reasoning=reasoning_parts),) == request.messages
    assert request.messages == normal_form(request).messages


def test_blocks_of_tools_that_the_provider_ran_are_no_calls() -> None:
    blocks: list[JsonValue] = [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
        {"type": "text", "text": "Hi."},
    ]

    assert (AssistantMessage("Hi."),) == _read(messages=[{"role": "assistant", "content": blocks}]).messages


@pytest.mark.parametrize("type_", ["disabled", "between_tools"])
def test_thinking_that_is_off_is_an_effort_of_none(type_: str) -> None:
    assert "none" == _read(thinking={"type": type_}).settings.reasoning_effort


def test_the_normal_form_closes_the_schema_of_a_strict_tool_and_types_any() -> None:
    tools = [Tool(name=name, description="", parameters={}, strict=name == "b") for name in "ab"]

    seen = normal_form(ChatRequest(messages=[UserMessage("hi")], tools=tools)).tools

    typed = {"type": "object"}
    assert [typed, {**typed, "additionalProperties": False}] == [tool.parameters for tool in seen]


def test_the_normal_form_puts_results_first_and_drops_blank_text() -> None:
    calls = [ToolCall(id=id, name="get", arguments={}) for id in ("a", "b")]
    failed = ToolMessage(" ", tool_call_id="b", is_error=True)
    history: list[Message] = [
        SystemMessage(""),
        AssistantMessage(" ", tool_calls=calls),
        UserMessage("hi"),
        ToolMessage([TextPart(""), TextPart("ok")], tool_call_id="a"),
        failed,
    ]

    seen = normal_form(ChatRequest(messages=history)).messages

    assert [
        AssistantMessage(tool_calls=calls),
        ToolMessage([TextPart("ok")], tool_call_id="a"),
        ToolMessage([TextPart("Error")], tool_call_id="b", is_error=True),
        UserMessage([TextPart("hi")]),
    ] == [*seen]


def test_a_result_may_be_an_error() -> None:
    result: JsonValue = {"type": "tool_result", "tool_use_id": "call_1", "is_error": True}

    request = _read(messages=[CALLING, {"role": "user", "content": [result]}])

    call = ToolCall(id="call_1", name="get", arguments={"a": 1})
    answer = ToolMessage([TextPart("")], tool_call_id="call_1", is_error=True)
    assert (AssistantMessage(tool_calls=[call]), answer) == request.messages


def test_an_invalid_call_is_read_from_a_key_of_its_own() -> None:
    call: JsonValue = {"type": "tool_use", "id": "call_1", "name": "get", "input": {"invalid_arguments": "{"}}
    invalid = InvalidToolCall(id="call_1", name="get", arguments_text="{", problem="cut off")
    sent = ChatRequest(messages=[AssistantMessage(invalid_tool_calls=[invalid])])

    request = _read(messages=[{"role": "assistant", "content": [call]}])

    assert normal_form(sent).messages == request.messages


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"top_p": 0.0, "stop_sequences": ["END"]}, ChatSettings(max_tokens=5000, top_p=0.0, stop=["END"])),
        ({"metadata": {"user_id": "a"}}, ChatSettings(max_tokens=5000, extra={"metadata": {"user_id": "a"}})),
        ({"thinking": {"type": "disabled"}}, ChatSettings(max_tokens=5000, reasoning_effort="none")),
        ({"thinking": {"type": "adaptive"}}, ChatSettings(max_tokens=5000)),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            ChatSettings(max_tokens=5000, reasoning_effort="low"),
        ),
        ({"output_config": {"effort": "max"}}, ChatSettings(max_tokens=5000, reasoning_effort="max")),
        (
            {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
            ChatSettings(max_tokens=5000, parallel_tool_calls=False),
        ),
    ],
)
def test_settings_are_read(fields: dict[str, JsonValue], expected: ChatSettings) -> None:
    assert expected == _read(**fields).settings


def test_schemas_have_no_name_and_closed_objects() -> None:
    items: list[JsonValue] = [{"type": "object"}, 1]
    closed_items: list[JsonValue] = [{"type": "object", "additionalProperties": False}, 1]
    schema: dict[str, JsonValue] = {"type": "object", "properties": {"a": {"type": "array", "items": items}}}
    properties: JsonValue = {"a": {"type": "array", "items": closed_items}}
    closed: JsonValue = {"type": "object", "properties": properties, "additionalProperties": False}
    sent = ChatRequest(messages=[UserMessage("Hi.")], output=JsonSchemaOutput(name="city", schema=schema))

    request = _read(output_format={"type": "json_schema", "schema": closed})

    assert normal_form(sent).output == normal_form(request).output == request.output


def test_what_the_wire_cannot_carry_is_removed() -> None:
    history: list[Message] = [
        UserMessage("Hi."),
        UserMessage("You there?"),
        AssistantMessage("Yes.", reasoning=[ReasoningPart("Hm.")]),
        SystemMessage("Be brief."),
    ]
    settings = ChatSettings(seed=1, presence_penalty=0.5, frequency_penalty=0.5, timeout=3, top_p=0.5)

    seen = normal_form(ChatRequest(messages=history, output=JsonOutput(), settings=settings))

    two = UserMessage([TextPart("Hi."), TextPart("You there?")])
    assert (SystemMessage("Be brief."), two, AssistantMessage("Yes.")) == seen.messages
    assert (None, ChatSettings(top_p=0.5)) == (seen.output, seen.settings)


def test_definitions_of_a_schema_are_inlined() -> None:
    text: JsonValue = {"type": "string"}
    node: JsonValue = {"type": "array", "items": {"$ref": "#/$defs/node"}}
    fields: JsonValue = {"a": {"$ref": "#/$defs/text"}, "b": {"$ref": "#/$defs/node"}, "c": {"$ref": "elsewhere"}}
    output = JsonSchemaOutput(name="n", schema={"properties": fields, "$defs": {"text": text, "node": node}})

    seen = normal_form(ChatRequest(messages=[UserMessage("Hi.")], output=output)).output

    assert isinstance(seen, JsonSchemaOutput)
    assert {"properties": {"a": text, "b": node, "c": {"$ref": "elsewhere"}}} == seen.schema


def test_neighbouring_messages_are_merged_and_empty_text_is_removed() -> None:
    question = UserMessage([TextPart("And"), TextPart(""), TextPart(" now?")])
    request = ChatRequest(messages=[question, AssistantMessage("Wait."), AssistantMessage(" Now.")])

    seen = normal_form(request).messages

    assert (UserMessage([TextPart("And"), TextPart(" now?")]), AssistantMessage("Wait. Now.")) == seen
