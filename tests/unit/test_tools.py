from collections.abc import Callable

import pytest

from llm_core import InvalidToolCall, JsonValue, NamedTool, ProviderData, Tool, ToolCall
from llm_core.domain.tools import parse_tool_call

HALF = "\ud83d"
DATA = ProviderData(provider="acme", value="sig")


def test_a_tool_is_not_strict_by_default() -> None:
    schema = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ("q",)}

    tool = Tool(name="search", description="", parameters=schema)

    assert not tool.strict
    assert {**schema, "required": ["q"]} == tool.parameters


def test_a_schema_that_changes_later_does_not_change_the_tool() -> None:
    required = ["q"]
    tool = Tool(name="search", description="d", parameters={"required": required})

    required.clear()

    assert {"required": ["q"]} == tool.parameters


def test_a_named_tool_takes_and_matches_its_name_by_position() -> None:
    match NamedTool("search"):
        case NamedTool(name):
            seen = name

    assert "search" == seen


@pytest.mark.parametrize(
    ("class_", "given", "problem"),
    [
        (Tool, {"name": "", "description": "", "parameters": {}}, "name: must not be empty"),
        (Tool, {"name": 1, "description": "", "parameters": {}}, "name: expected str, got int"),
        (Tool, {"name": "f", "description": None, "parameters": {}}, "description: expected str, got NoneType"),
        (
            Tool,
            {"name": "f", "description": "", "parameters": None},
            "parameters: expected a JSON object, got NoneType",
        ),
        (Tool, {"name": "f", "description": "", "parameters": {"a": {1}}}, "parameters.a: set is not a JSON value"),
        (Tool, {"name": "f", "description": "", "parameters": {}, "strict": 1}, "strict: expected bool, got int"),
        (NamedTool, {"name": ""}, "name: must not be empty"),
        (ToolCall, {"id": "", "name": "f", "arguments": {}}, "id: must not be empty"),
        (ToolCall, {"id": "c", "name": "", "arguments": {}}, "name: must not be empty"),
        (ToolCall, {"id": "c", "name": "f", "arguments": []}, "arguments: expected a JSON object, got list"),
        (
            ToolCall,
            {"id": "c", "name": "f", "arguments": {"a": [HALF]}},
            "arguments.a[0]: half a surrogate pair at character 0",
        ),
        (
            ToolCall,
            {"id": "c", "name": "f", "arguments": {}, "arguments_text": 1},
            "arguments_text: expected str, got int",
        ),
        (
            ToolCall,
            {"id": "c", "name": "f", "arguments": {}, "provider_data": 1},
            "provider_data: expected a sequence of ProviderData, got int",
        ),
        (InvalidToolCall, {"id": "", "name": "f", "arguments_text": "", "problem": ""}, "id: must not be empty"),
        (
            InvalidToolCall,
            {"id": "c", "name": None, "arguments_text": "", "problem": ""},
            "name: expected str, got NoneType",
        ),
        (
            InvalidToolCall,
            {"id": "c", "name": "f", "arguments_text": {}, "problem": ""},
            "arguments_text: expected str, got dict",
        ),
        (
            InvalidToolCall,
            {"id": "c", "name": "f", "arguments_text": "", "problem": None},
            "problem: expected str, got NoneType",
        ),
    ],
)
def test_a_bad_field_is_refused_by_name(class_: Callable[..., object], given: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=r"\A[a-z]") as caught:
        class_(**given)

    assert problem == str(caught.value)


@pytest.mark.parametrize(
    ("class_", "by_keyword"),
    [
        (Tool, {"description": "", "parameters": {}}),
        (ToolCall, {"name": "f", "arguments": {}}),
        (InvalidToolCall, {"name": "f", "arguments_text": "", "problem": ""}),
    ],
)
def test_fields_are_given_by_keyword(class_: Callable[..., object], by_keyword: dict[str, object]) -> None:
    refused = pytest.raises(TypeError, match="positional")

    with refused:
        class_("f", **by_keyword)


def test_the_exact_text_of_the_arguments_is_kept() -> None:
    text = '{ "q":"x" ,"n":1}\n'

    call = ToolCall(id="c", name="f", arguments={"n": 1, "q": "x"}, arguments_text=text)

    assert text == call.arguments_json
    assert text == call.arguments_text


@pytest.mark.parametrize(
    ("arguments", "arguments_text", "text"),
    [({"q": "é"}, None, '{"q": "é"}'), ({}, None, "{}"), ({}, "", "{}"), ({}, " \n", "{}"), ({}, "{ }", "{ }")],
)
def test_without_text_the_json_is_made_from_the_arguments(
    arguments: dict[str, JsonValue], arguments_text: str | None, text: str
) -> None:
    call = ToolCall(id="c", name="f", arguments=arguments, arguments_text=arguments_text)

    seen = call.arguments_json

    assert text == seen


@pytest.mark.parametrize("text", ['{"q": "y"}', "{}", "", "[]", '{"q": ', "prose", '{"q": "x", "n": 1}', "null"])
def test_a_text_that_does_not_match_the_arguments_is_refused(text: str) -> None:
    refused = pytest.raises(ValueError, match=r"\Aarguments_text: does not parse to arguments\Z")

    with refused:
        ToolCall(id="c", name="f", arguments={"q": "x"}, arguments_text=text)


def test_the_text_of_the_arguments_is_not_compared() -> None:
    spaced = ToolCall(id="c", name="f", arguments={"a": 1}, arguments_text='{"a" : 1}')

    made = ToolCall(id="c", name="f", arguments={"a": 1})

    assert spaced == made
    assert spaced != ToolCall(id="c", name="f", arguments={"a": 2})
    assert spaced != ToolCall(id="c", name="f", arguments={"a": 1}, provider_data=[DATA])


@pytest.mark.parametrize(("text", "arguments"), [('{"a": [1]}', {"a": [1]}), ("", {}), ("  ", {}), ("null", {})])
def test_an_object_or_empty_text_is_a_call(text: str, arguments: dict[str, JsonValue]) -> None:
    call = parse_tool_call(id="c", name="f", arguments_text=text, provider_data=[DATA])

    assert ToolCall(id="c", name="f", arguments=arguments, provider_data=[DATA]) == call
    assert isinstance(call, ToolCall)
    assert text == call.arguments_text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"q": "half', "arguments: not JSON: Unterminated string starting at at character 6 of 11"),
        ('[{"q": 1}]', "arguments: expected a JSON object, got a JSON array"),
        ('"{}"', "arguments: expected a JSON object, got a JSON string"),
        ("{}{}", "arguments: not JSON: Extra data at character 2 of 4"),
        ('{"a": NaN}', "arguments: NaN is not JSON"),
        ('{"\\ud83d": 1e999}', "arguments: a key: half a surrogate pair at character 0"),
        ('{"a": "\\ud83d"}', "arguments.a: half a surrogate pair at character 0"),
    ],
)
def test_text_that_is_not_an_object_is_an_invalid_call_with_that_text(text: str, problem: str) -> None:
    call = parse_tool_call(id="c", name="f", arguments_text=text, provider_data=[DATA])

    expected = InvalidToolCall(id="c", name="f", arguments_text=text, problem=problem, provider_data=[DATA])

    assert expected == call


def test_a_number_too_long_for_python_is_an_invalid_call() -> None:
    text = f'{{"a": {"9" * 5_000}}}'

    call = parse_tool_call(id="c", name="f", arguments_text=text)

    assert isinstance(call, InvalidToolCall)
    assert text == call.arguments_text


def test_a_call_that_names_no_tool_is_invalid() -> None:
    call = parse_tool_call(id="c", name="", arguments_text="{}")

    expected = InvalidToolCall(id="c", name="", arguments_text="{}", problem="the call names no tool")

    assert expected == call


@pytest.mark.parametrize("text", ["", " "])
def test_a_response_cut_off_before_the_arguments_is_an_invalid_call(text: str) -> None:
    call = parse_tool_call(id="c", name="f", arguments_text=text, cut_off=True)

    assert isinstance(call, InvalidToolCall)
    assert "arguments: cut off before they began" == call.problem


def test_a_response_cut_off_after_the_arguments_is_still_a_call() -> None:
    call = parse_tool_call(id="c", name="f", arguments_text='{"a": 1}', cut_off=True)

    expected = ToolCall(id="c", name="f", arguments={"a": 1})

    assert expected == call
