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
from llm_core.wires.openai_chat.encode import (
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
CUT_OFF = InvalidToolCall(id="c2", name="get", arguments_text='{"city": "Os', problem="arguments: no JSON")
BLOCK = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
THOUGHT = ReasoningPart("Hm.", signature="s", provider_data=[ProviderData(provider="anthropic", value=BLOCK)])


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
def test_a_message_is_said_in_its_role(wire: JsonObject, message: Message) -> None:
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
def test_a_call_goes_back_verbatim_where_the_wire_takes_text(arguments: str, call: ToolCall, model: ModelInfo) -> None:
    seen = encoded(AssistantMessage(tool_calls=[call]), model)

    wire = {"id": "c1", "type": "function", "function": {"name": "get", "arguments": arguments}}
    assert {"role": "assistant", "content": None, "tool_calls": [wire]} == seen


@pytest.mark.parametrize(
    ("arguments", "model"),
    [('{"city": "Os', OPENAI), ('{"invalid_arguments": "{\\"city\\": \\"Os"}', ANTHROPIC)],
)
def test_an_invalid_call_goes_back_as_it_was_or_as_an_object_around_it(arguments: str, model: ModelInfo) -> None:
    seen = encoded(AssistantMessage("Well", invalid_tool_calls=[CUT_OFF]), model)

    wire = {"id": "c2", "type": "function", "function": {"name": "get", "arguments": arguments}}
    assert {"role": "assistant", "content": "Well", "tool_calls": [wire]} == seen


def test_thinking_goes_back_to_the_provider_that_it_came_from() -> None:
    message = AssistantMessage("Hello", reasoning=[THOUGHT, ReasoningPart("unsigned")])

    seen = encoded(message, ANTHROPIC)

    assert {"role": "assistant", "content": "Hello", "thinking_blocks": [BLOCK]} == seen


def test_thinking_goes_to_no_other_provider() -> None:
    message = AssistantMessage("Hello", reasoning=[THOUGHT])

    seen = encoded(message, OPENAI)

    assert {"role": "assistant", "content": "Hello"} == seen


@pytest.mark.parametrize("strict", [False, True])
def test_a_tool_says_strict_only_where_it_is_asked_for(*, strict: bool) -> None:
    tool = Tool(name="get", description="Weather.", parameters=CITY, strict=strict)

    seen = encode_tools([tool])

    said = {"strict": True} if strict else {}
    function = {"name": "get", "description": "Weather.", "parameters": CITY, **said}
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
def test_a_choice_is_a_word_or_a_name(wire: str | JsonObject, choice: ToolChoice) -> None:
    seen = encode_choice(choice)

    assert wire == seen


def test_an_output_of_any_shape_is_an_object() -> None:
    seen = encode_output(JsonOutput())

    assert {"type": "json_object"} == seen


def test_an_output_of_one_shape_brings_its_schema() -> None:
    seen = encode_output(JsonSchemaOutput(name="city", schema=CITY, strict=False))

    assert {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY, "strict": False}} == seen


def test_nothing_that_nobody_set_is_said() -> None:
    seen = encode_settings(ChatSettings(timeout=3, extra={"a": 1}))

    assert {} == seen


def test_every_setting_is_said_by_openais_name_and_zero_is_a_setting() -> None:
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


def test_what_is_done_to_the_wire_does_not_reach_the_request() -> None:
    tool, output = Tool(name="get", description="", parameters=CITY), JsonSchemaOutput(name="city", schema=CITY)
    message = AssistantMessage(reasoning=[THOUGHT])
    before = copy.deepcopy((tool, output, message))

    wires = (encode_tools([tool]), encode_output(output), encoded(message, ANTHROPIC))
    _spoil(wires)

    assert before == (tool, output, message)


def _spoil(value: object) -> None:
    inside = tuple(value.values()) if isinstance(value, dict) else value
    for item in inside if isinstance(inside, list | tuple) else ():
        _spoil(item)
    if isinstance(value, dict | list):
        value.clear()
