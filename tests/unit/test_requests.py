from collections.abc import Callable
from typing import get_args

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    NamedTool,
    OutputFormat,
    SystemMessage,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMessage,
    UserMessage,
)

CHOICES = "tool_choice: must be auto, none, required or a NamedTool"
MESSAGES = "SystemMessage or UserMessage or AssistantMessage or ToolMessage"
USER = UserMessage("hi")
SEARCH = Tool(name="search", description="", parameters={})
LOOK = Tool(name="look", description="", parameters={})
CALL = ToolCall(id="c1", name="search", arguments={})
BROKEN = InvalidToolCall(id="c2", name="search", arguments_text="[", problem="cut off")
CALLS = AssistantMessage(tool_calls=[CALL], invalid_tool_calls=[BROKEN])


def test_one_message_alone_is_a_request() -> None:
    request = ChatRequest(messages=[USER])

    seen = request.messages, request.tools, request.tool_choice, request.output, request.settings, request.model

    assert ((USER,), (), "auto", None, ChatSettings(), None) == seen


def test_sequences_become_tuples_that_no_caller_can_change() -> None:
    messages: list[Message] = [USER]
    tools = [SEARCH]
    request = ChatRequest(messages=messages, tools=tools)

    messages.clear()
    tools.clear()

    assert ((USER,), (SEARCH,)) == (request.messages, request.tools)


@pytest.mark.parametrize(
    "messages",
    [
        [SystemMessage("only a system message")],
        [AssistantMessage("only an answer")],
        [USER, USER, SystemMessage("late"), AssistantMessage(""), AssistantMessage("")],
        [USER, CALLS],
        [USER, CALLS, USER],
        [USER, CALLS, ToolMessage("a", tool_call_id="c1")],
        [USER, CALLS, ToolMessage("a", tool_call_id="c2", is_error=True), ToolMessage("b", tool_call_id="c1")],
        [CALLS, USER, ToolMessage("late", tool_call_id="c1")],
        [CALLS, ToolMessage("a", tool_call_id="c1"), ToolMessage("again", tool_call_id="c1")],
    ],
)
def test_a_history_may_be_trimmed_and_its_calls_unanswered(messages: list[Message]) -> None:
    request = ChatRequest(messages=messages)

    seen = request.messages

    assert tuple(messages) == seen


@pytest.mark.parametrize("choice", ["auto", "none", "required", NamedTool("look")])
def test_every_tool_choice_is_accepted_with_tools(choice: ToolChoice) -> None:
    request = ChatRequest(messages=[USER], tools=[SEARCH, LOOK], tool_choice=choice)

    seen = request.tool_choice

    assert choice == seen


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_some_tool_choices_need_no_tools(choice: ToolChoice) -> None:
    request = ChatRequest(messages=[USER], tool_choice=choice)

    seen = request.tool_choice

    assert choice == seen


@pytest.mark.parametrize("output", [None, JsonOutput(), JsonSchemaOutput(name="answer", schema={"type": "object"})])
def test_every_output_format_is_accepted(output: OutputFormat | None) -> None:
    request = ChatRequest(messages=[USER], output=output)

    seen = request.output

    assert output == seen


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"messages": []}, "messages: must not be empty"),
        ({"messages": "hi"}, f"messages: expected a sequence of {MESSAGES}, got str"),
        ({"messages": None}, f"messages: expected a sequence of {MESSAGES}, got NoneType"),
        (
            {"messages": [USER, {"role": "user"}]},
            "messages[1]: expected SystemMessage or UserMessage or AssistantMessage or ToolMessage, got dict",
        ),
        (
            {"messages": [USER, ToolMessage("a", tool_call_id="c1")]},
            "messages[1]: tool_call_id answers no earlier call",
        ),
        (
            {"messages": [ToolMessage("a", tool_call_id="c1"), CALLS]},
            "messages[0]: tool_call_id answers no earlier call",
        ),
        (
            {"messages": [CALLS, ToolMessage("a", tool_call_id="C1")]},
            "messages[1]: tool_call_id answers no earlier call",
        ),
        ({"tools": SEARCH}, "tools: expected a sequence of Tool, got Tool"),
        ({"tools": [SEARCH, "look"]}, "tools[1]: expected Tool, got str"),
        ({"tools": [SEARCH, LOOK, SEARCH]}, "tools[2]: a second tool named 'search'"),
        ({"tool_choice": "required"}, "tool_choice: required, but no tools are offered"),
        ({"tool_choice": NamedTool("look"), "tools": [SEARCH]}, "tool_choice: no tool named 'look' is offered"),
        ({"tool_choice": "always", "tools": [SEARCH]}, f"{CHOICES}, got 'always'"),
        ({"tool_choice": None}, f"{CHOICES}, got None"),
        ({"tool_choice": ["auto"]}, f"{CHOICES}, got ['auto']"),
        ({"output": "json"}, "output: expected JsonOutput or JsonSchemaOutput, got str"),
        ({"output": JsonOutput}, "output: expected JsonOutput or JsonSchemaOutput, got type"),
        ({"settings": None}, "settings: expected ChatSettings, got NoneType"),
        ({"settings": {"seed": 1}}, "settings: expected ChatSettings, got dict"),
        ({"model": ""}, "model: must not be empty"),
        ({"model": 5}, "model: expected str, got int"),
    ],
)
def test_an_invalid_request_is_refused_by_field_and_index(given: dict[str, object], problem: str) -> None:
    class_: Callable[..., object] = ChatRequest

    with pytest.raises(ValueError, match=r"\A[a-z]") as caught:
        class_(**{"messages": [USER], **given})

    assert problem == str(caught.value)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"name": "", "schema": {}}, "name: must not be empty"),
        ({"name": "a", "schema": None}, "schema: expected a JSON object, got NoneType"),
        ({"name": "a", "schema": {"a": {"b": ()}, "c": {1}}}, "schema.c: set is not a JSON value"),
        ({"name": "a", "schema": {}, "strict": None}, "strict: expected bool, got NoneType"),
    ],
)
def test_a_bad_output_format_is_refused_by_field(given: dict[str, object], problem: str) -> None:
    class_: Callable[..., object] = JsonSchemaOutput

    with pytest.raises(ValueError, match=r"\A[a-z]") as caught:
        class_(**given)

    assert problem == str(caught.value)


def test_a_schema_is_strict_by_default_and_copied_deeply() -> None:
    required = ["a"]
    output = JsonSchemaOutput(name="answer", schema={"required": required})

    required.clear()

    assert output.strict
    assert {"required": ["a"]} == output.schema


@pytest.mark.parametrize("class_", [ChatRequest, JsonOutput, JsonSchemaOutput])
def test_fields_are_given_by_keyword(class_: Callable[..., object]) -> None:
    refused = pytest.raises(TypeError, match="positional")

    with refused:
        class_([USER])


def test_the_literals_of_a_choice_are_those_that_are_checked() -> None:
    literals = get_args(get_args(ToolChoice)[0])

    seen = [ChatRequest(messages=[USER], tools=[SEARCH], tool_choice=literal).tool_choice for literal in literals]

    assert list(literals) == seen


def test_an_extended_request_has_the_messages_after_its_own() -> None:
    request = ChatRequest(messages=[USER], tools=[SEARCH], model="m", settings=ChatSettings(seed=1))

    extended = request.extended(CALLS, ToolMessage("a", tool_call_id="c1"))

    assert (
        ChatRequest(
            messages=[USER, CALLS, ToolMessage("a", tool_call_id="c1")],
            tools=[SEARCH],
            model="m",
            settings=ChatSettings(seed=1),
        )
        == extended
    )
    assert (USER,) == request.messages


def test_a_request_that_is_extended_by_nothing_is_the_same() -> None:
    assert ChatRequest(messages=[USER]) == ChatRequest(messages=[USER]).extended()


def test_an_extended_request_is_checked_again() -> None:
    request = ChatRequest(messages=[USER])

    with pytest.raises(ValueError, match=r"^messages\[1\]: tool_call_id answers no earlier call$"):
        request.extended(ToolMessage("a", tool_call_id="c1"))
