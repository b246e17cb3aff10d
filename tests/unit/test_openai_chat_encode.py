import copy

import pytest

from llm_core import (
    AssistantMessage,
    ChatSettings,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    NamedTool,
    ProviderData,
    ReasoningPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMessage,
    UserMessage,
)
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.domain.json_values import JsonObject
from llm_core.wires.openai_chat.encode_fields import (
    encode_choice,
    encode_messages,
    encode_output,
    encode_settings,
    encode_tools,
)

OPENAI = ModelInfo(name="openai/x", bare_name="x", provider="openai", openai_wire=True, supported_params=None)
ANTHROPIC = ModelInfo(name="anthropic/x", bare_name="x", provider="anthropic", openai_wire=False, supported_params=None)
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
CALL = ToolCall(id="c1", name="get", arguments={"city": "Oslo"}, arguments_text='{"city" :  "Oslo"}')
CUT_OFF = InvalidToolCall(id="c2", name="get", arguments_text='{"city": "Os', problem="arguments: not JSON")
BLOCK = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
REASONING = ReasoningPart("Hm.", signature="s", provider_data=[ProviderData(provider="anthropic", value=BLOCK)])


def encoded(message: Message, model: ModelInfo = OPENAI) -> JsonObject:
    (wire,) = encode_messages([message], model)
    return wire


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        ({"role": "system", "content": " Be brief.\n"}, SystemMessage(" Be brief.\n")),
        ({"role": "user", "content": " hi "}, UserMessage(" hi ")),
        ({"role": "user", "content": [{"type": "text", "text": "hi"}]}, UserMessage([TextPart("hi")])),
        ({"role": "assistant", "content": "Hello"}, AssistantMessage("Hello")),
        ({"role": "assistant", "content": ""}, AssistantMessage()),
        ({"role": "tool", "tool_call_id": "c1", "content": "rain"}, ToolMessage("rain", tool_call_id="c1")),
        (
            {"role": "tool", "tool_call_id": "c1", "content": "Error: no such city"},
            ToolMessage("no such city", tool_call_id="c1", is_error=True),
        ),
        (
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "rain"}]},
            ToolMessage([TextPart("rain")], tool_call_id="c1"),
        ),
        (
            {
                "role": "tool",
                "tool_call_id": "c1",
                "content": [{"type": "text", "text": "Error: "}, {"type": "text", "text": "no"}],
            },
            ToolMessage([TextPart("no")], tool_call_id="c1", is_error=True),
        ),
    ],
)
def test_a_message_is_encoded_with_its_role(wire: JsonObject, message: Message) -> None:
    seen = encoded(message)

    assert wire == seen


@pytest.mark.parametrize(
    ("arguments", "call", "model"),
    [
        ('{"city" :  "Oslo"}', CALL, OPENAI),
        ('{"city": "Oslo"}', CALL, ANTHROPIC),
        ("{}", ToolCall(id="c1", name="get", arguments={}, arguments_text=" "), OPENAI),
        ("null", ToolCall(id="c1", name="get", arguments={}, arguments_text="null"), OPENAI),
        ("{}", ToolCall(id="c1", name="get", arguments={}, arguments_text="null"), ANTHROPIC),
    ],
)
def test_the_arguments_of_a_call_are_replayed_verbatim_only_on_openais_wire(
    arguments: str, call: ToolCall, model: ModelInfo
) -> None:
    seen = encoded(AssistantMessage(tool_calls=[call]), model)

    wire = {"id": "c1", "type": "function", "function": {"name": "get", "arguments": arguments}}
    assert {"role": "assistant", "content": None, "tool_calls": [wire]} == seen


@pytest.mark.parametrize(
    ("arguments", "model"),
    [('{"city": "Os', OPENAI), ('{"invalid_arguments": "{\\"city\\": \\"Os"}', ANTHROPIC)],
)
def test_an_invalid_call_is_replayed_as_its_raw_text_or_wrapped_in_an_object(arguments: str, model: ModelInfo) -> None:
    seen = encoded(AssistantMessage("Well", invalid_tool_calls=[CUT_OFF]), model)

    wire = {"id": "c2", "type": "function", "function": {"name": "get", "arguments": arguments}}
    assert {"role": "assistant", "content": "Well", "tool_calls": [wire]} == seen


def test_thinking_blocks_are_sent_to_the_provider_that_produced_them() -> None:
    message = AssistantMessage("Hello", reasoning=[REASONING, ReasoningPart("unsigned")])

    seen = encoded(message, ANTHROPIC)

    assert {"role": "assistant", "content": "Hello", "thinking_blocks": [BLOCK]} == seen


def test_thinking_blocks_are_not_sent_to_another_provider() -> None:
    message = AssistantMessage("Hello", reasoning=[REASONING])

    seen = encoded(message, OPENAI)

    assert {"role": "assistant", "content": "Hello"} == seen


@pytest.mark.parametrize("strict", [False, True])
def test_strict_is_encoded_only_if_the_tool_is_strict(*, strict: bool) -> None:
    tool = Tool(name="get", description="Weather.", parameters=CITY, strict=strict)

    seen = encode_tools([tool])

    strict_field = {"strict": True} if strict else {}
    function = {"name": "get", "description": "Weather.", "parameters": CITY, **strict_field}
    assert [{"type": "function", "function": function}] == seen


@pytest.mark.parametrize(
    ("wire", "choice"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ({"type": "function", "function": {"name": "get"}}, NamedTool("get")),
    ],
)
def test_a_tool_choice_is_encoded_as_a_string_or_a_function(wire: str | JsonObject, choice: ToolChoice) -> None:
    seen = encode_choice(choice)

    assert wire == seen


def test_json_output_is_encoded_as_json_object() -> None:
    seen = encode_output(JsonOutput())

    assert {"type": "json_object"} == seen


def test_json_schema_output_is_encoded_with_its_schema() -> None:
    seen = encode_output(JsonSchemaOutput(name="city", schema=CITY, strict=False))

    assert {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY, "strict": False}} == seen


def test_unset_settings_are_not_encoded() -> None:
    seen = encode_settings(ChatSettings(timeout=3, extra={"a": 1}))

    assert {} == seen


def test_every_setting_is_encoded_by_openais_name_even_if_it_is_zero() -> None:
    settings = ChatSettings(
        temperature=0,
        top_p=0.5,
        max_tokens=9,
        stop=["END", "\n"],
        seed=0,
        presence_penalty=-1,
        frequency_penalty=1,
        reasoning_effort="low",
        parallel_tool_calls=False,
    )

    seen = encode_settings(settings)

    assert {
        "temperature": 0,
        "top_p": 0.5,
        "max_tokens": 9,
        "stop": ["END", "\n"],
        "seed": 0,
        "presence_penalty": -1,
        "frequency_penalty": 1,
        "reasoning_effort": "low",
        "parallel_tool_calls": False,
    } == seen


def test_changing_the_encoded_json_does_not_change_the_request() -> None:
    tool, output = Tool(name="get", description="", parameters=CITY), JsonSchemaOutput(name="city", schema=CITY)
    message = AssistantMessage(reasoning=[REASONING])
    before = copy.deepcopy((tool, output, message))

    wires = (encode_tools([tool]), encode_output(output), encoded(message, ANTHROPIC))
    _clear_all(wires)

    assert before == (tool, output, message)


def _clear_all(value: object) -> None:
    inside = tuple(value.values()) if isinstance(value, dict) else value
    for item in inside if isinstance(inside, list | tuple) else ():
        _clear_all(item)
    if isinstance(value, dict | list):
        value.clear()
