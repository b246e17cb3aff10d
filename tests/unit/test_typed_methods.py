"""How a type is sent: what `auto` chooses by the description of the model, and what stands in each request."""

import json
from dataclasses import dataclass
from typing import Any

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    InvalidRequestError,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    ModelDescription,
    NamedTool,
    SystemMessage,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
    description_of,
)
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.memory import InMemoryChat, ScriptItem
from llm_core.typed import Method, complete_as

from .typed_shapes import Cat, Tree

LOOK = Tool(name="look", description="Looks.", parameters={"type": "object"})
HI = UserMessage("hi")
PLAIN = ChatRequest(messages=[HI])
WITH_TOOLS = ChatRequest(messages=[HI], tools=[LOOK])
HISTORY: list[Message] = [
    HI,
    AssistantMessage(tool_calls=[ToolCall(id="1", name="look", arguments={})]),
    ToolMessage("ok", tool_call_id="1"),
]
AFTER_CALLS = ChatRequest(messages=HISTORY, tools=[LOOK])
REASONS = ChatSettings(reasoning_effort="low")
KNOWN = ModelDescription(
    tools=True,
    tool_choices=["none", "required", "named"],
    strict_tools=True,
    forced_tools_with_reasoning=True,
    json_output=True,
    json_output_with_tools=True,
    json_schema_output=True,
    json_schema_output_with_tools=True,
    recursive_schemas=True,
)
NO_SCHEMA = attrs.evolve(KNOWN, json_schema_output=False, json_schema_output_with_tools=False)
ONLY_AUTO = attrs.evolve(NO_SCHEMA, tool_choices=[])


@dataclass
class City:
    name: str


def sent(
    request: ChatRequest,
    known: ModelDescription = KNOWN,
    method: Method = "auto",
    type: Any = City,  # noqa: ANN401 -- a type
) -> tuple[Method, ChatRequest]:
    """Return the method that was taken, and the request."""

    def answer(request: ChatRequest) -> AssistantMessage:
        name = request.tools[-1].name if request.tools else "look"
        if name == "look" or request.tool_choice == "none":
            return AssistantMessage('{"name": "Oslo", "children": []}')
        return AssistantMessage(tool_calls=[ToolCall(id="1", name=name, arguments={"name": "Oslo", "children": []})])

    chat = InMemoryChat(answer, description=known)
    return complete_as(chat, request, type, method=method).method, chat.requests[-1]


@pytest.mark.parametrize(
    ("known", "request_", "method"),
    [
        (ModelDescription(), PLAIN, "schema"),
        (KNOWN, WITH_TOOLS, "schema"),
        (attrs.evolve(KNOWN, json_schema_output_with_tools=False), PLAIN, "schema"),
        (attrs.evolve(KNOWN, json_schema_output_with_tools=False), WITH_TOOLS, "tool"),
        (attrs.evolve(KNOWN, json_schema_output_with_tools=False, tool_choices=["required"]), WITH_TOOLS, "schema"),
        (NO_SCHEMA, PLAIN, "tool"),
        (attrs.evolve(NO_SCHEMA, tool_choices=["none", "required"]), WITH_TOOLS, "tool"),
        (attrs.evolve(NO_SCHEMA, tool_choices=["none", "required"]), AFTER_CALLS, "json"),
        (attrs.evolve(NO_SCHEMA, tools=False), PLAIN, "json"),
        (ONLY_AUTO, PLAIN, "json"),
        (attrs.evolve(ONLY_AUTO, json_output_with_tools=False), WITH_TOOLS, "json"),
        (attrs.evolve(ONLY_AUTO, json_output_with_tools=False), AFTER_CALLS, "prompt"),
        (attrs.evolve(ONLY_AUTO, json_output=False), PLAIN, "prompt"),
        (attrs.evolve(NO_SCHEMA, forced_tools_with_reasoning=False), PLAIN, "tool"),
        (attrs.evolve(NO_SCHEMA, forced_tools_with_reasoning=False), attrs.evolve(PLAIN, settings=REASONS), "json"),
        (NO_SCHEMA, attrs.evolve(PLAIN, settings=REASONS), "tool"),
    ],
)
def test_auto_takes_the_best_method_that_the_description_allows(
    known: ModelDescription, request_: ChatRequest, method: Method
) -> None:
    assert method == sent(request_, known)[0]


@pytest.mark.parametrize(
    ("model", "method"),
    [
        ("openai/gpt-4.1", "schema"),
        ("openai/gpt-3.5-turbo", "tool"),
        ("anthropic/claude-sonnet-4-5", "schema"),
        ("anthropic/claude-3-5-haiku-latest", "tool"),
        ("deepseek/deepseek-chat", "tool"),
        ("zai/glm-4.6", "json"),
        ("perplexity/sonar", "schema"),
    ],
)
def test_the_profiles_know_enough_for_auto(model: str, method: Method) -> None:
    known = description_of(DirectChat(model, api_key="k"))

    assert method == sent(PLAIN, known)[0]


@pytest.mark.parametrize(
    ("model", "recursive", "has_minimum", "has_min_length"),
    [
        ("openai/gpt-4.1", True, True, False),
        ("anthropic/claude-sonnet-4-5", False, False, False),
        ("gemini/gemini-3-pro", False, True, False),
        ("ollama_chat/llama3.2", True, True, True),
    ],
)
def test_the_profiles_know_what_a_schema_may_hold(
    model: str, recursive: bool, has_minimum: bool, has_min_length: bool
) -> None:
    known = description_of(DirectChat(model, api_key="k"))

    limits = known.schema_limits or frozenset()
    assert (recursive, has_minimum, has_min_length) == (
        known.recursive_schemas,
        "minimum" in limits,
        "minLength" in limits,
    )


def test_the_schema_is_the_output_format_and_the_callers_tools_stay_and_are_not_called() -> None:
    _, request = sent(WITH_TOOLS)

    assert ((LOOK,), "none") == (request.tools, request.tool_choice)
    assert isinstance(request.output, JsonSchemaOutput)
    assert request.output.strict
    assert ["name"] == request.output.schema["required"]
    assert WITH_TOOLS.messages == request.messages


@pytest.mark.parametrize("method", ["schema", "json", "prompt"])
@pytest.mark.parametrize(
    ("choices", "request_", "tools", "choice"),
    [
        ({"none"}, WITH_TOOLS, (LOOK,), "none"),
        (None, WITH_TOOLS, (LOOK,), "none"),
        (set(), WITH_TOOLS, (), "auto"),
        (set(), AFTER_CALLS, (LOOK,), "auto"),
        ({"none"}, AFTER_CALLS, (LOOK,), "none"),
        ({"none"}, PLAIN, (), "auto"),
    ],
)
def test_the_callers_tools_are_left_out_where_they_cannot_be_forbidden_unless_the_history_calls_them(
    choices: set[Any] | None,
    request_: ChatRequest,
    tools: tuple[Tool, ...],
    choice: str,
    method: Method,
) -> None:
    _, request = sent(request_, attrs.evolve(KNOWN, tool_choices=choices), method)

    assert (tools, choice) == (request.tools, request.tool_choice)


@pytest.mark.parametrize(
    ("known", "request_", "tools", "choice"),
    [
        (KNOWN, PLAIN, ["final_answer"], NamedTool("final_answer")),
        (ModelDescription(), WITH_TOOLS, ["look", "final_answer"], NamedTool("final_answer")),
        (attrs.evolve(KNOWN, tool_choices=["required"]), WITH_TOOLS, ["final_answer"], "required"),
        (attrs.evolve(KNOWN, tool_choices=["required"]), AFTER_CALLS, ["look", "final_answer"], "auto"),
        (attrs.evolve(KNOWN, tool_choices=[]), WITH_TOOLS, ["final_answer"], "auto"),
        (
            attrs.evolve(KNOWN, forced_tools_with_reasoning=False),
            attrs.evolve(WITH_TOOLS, settings=REASONS),
            ["look", "final_answer"],
            "auto",
        ),
    ],
)
def test_the_tool_that_takes_the_answer_is_forced_where_that_is_possible(
    known: ModelDescription, request_: ChatRequest, tools: list[str], choice: object
) -> None:
    _, request = sent(request_, known, "tool")

    assert (tools, choice, None) == ([tool.name for tool in request.tools], request.tool_choice, request.output)
    assert (known.strict_tools is True) == request.tools[-1].strict
    assert ["name"] == request.tools[-1].parameters["required"]


def test_the_tool_that_takes_the_answer_has_a_name_of_its_own() -> None:
    mine = attrs.evolve(LOOK, name="final_answer")

    _, request = sent(attrs.evolve(PLAIN, tools=[mine]), KNOWN, "tool")

    assert NamedTool("final_answer_") == request.tool_choice


@pytest.mark.parametrize("method", ["json", "prompt"])
@pytest.mark.parametrize("before", [[], [SystemMessage("Be brief.")]])
def test_the_schema_stands_in_the_one_system_message(before: list[Message], method: Method) -> None:
    _, request = sent(ChatRequest(messages=[*before, HI]), KNOWN, method)

    system, user = request.messages
    assert isinstance(system, SystemMessage)
    assert bool(before) == system.content.startswith("Be brief.\n\n")
    assert ["name"] == json.loads(system.content[system.content.index("{") :])["required"]
    assert HI == user
    assert (JsonOutput() if method == "json" else None) == request.output


@pytest.mark.parametrize(
    ("recursive", "type", "method", "strict"),
    [
        (True, Tree, "schema", None),
        (False, Tree, "tool", False),
        (None, Tree, "schema", None),
        (False, City, "schema", None),
    ],
)
def test_a_type_that_holds_itself_is_enforced_only_where_the_provider_takes_it(
    recursive: bool | None,
    type: Any,  # noqa: ANN401 -- a type
    method: Method,
    strict: bool | None,
) -> None:
    taken, request = sent(PLAIN, attrs.evolve(KNOWN, recursive_schemas=recursive), type=type)

    assert (method, strict) == (taken, request.tools[0].strict if request.tools else None)


def test_a_limit_that_the_provider_does_not_take_stands_in_the_description() -> None:
    def answer(_: ChatRequest) -> str:
        return '{"kind": "cat", "lives": 3}'

    chat = InMemoryChat(answer, description=attrs.evolve(KNOWN, schema_limits=["maximum"]))
    complete_as(chat, PLAIN, Cat)

    output = chat.requests[0].output
    assert isinstance(output, JsonSchemaOutput)
    properties = output.schema["properties"]
    assert isinstance(properties, dict)
    assert {"type": "integer", "maximum": 9, "description": "How many are left. minimum: 1."} == properties["lives"]


def test_auto_moves_on_where_the_adapter_refuses_before_sending() -> None:
    refusal = UnsupportedFeatureError(feature="output")
    script: list[ScriptItem] = [refusal, refusal, refusal, '{"name": "Oslo"}']
    with InMemoryChat(script) as chat:
        typed = complete_as(chat, PLAIN, City)

    assert ("prompt", 1) == (typed.method, typed.attempts)
    assert [JsonSchemaOutput, type(None), JsonOutput, type(None)] == [type(each.output) for each in chat.requests]


def test_the_last_refusal_is_raised() -> None:
    script = [UnsupportedFeatureError(feature=str(index)) for index in range(4)]
    with InMemoryChat(script) as chat, pytest.raises(UnsupportedFeatureError) as caught:
        complete_as(chat, PLAIN, City)

    assert "3" == caught.value.feature


@pytest.mark.parametrize("method", ["schema", "tool", "json", "prompt"])
def test_a_method_that_the_caller_chose_is_the_only_one(method: Method) -> None:
    with InMemoryChat([UnsupportedFeatureError()]) as chat, pytest.raises(UnsupportedFeatureError):
        complete_as(chat, PLAIN, City, method=method)


@pytest.mark.parametrize(
    "error", [UnsupportedFeatureError(status_code=400), InvalidRequestError(status_code=400), InvalidRequestError()]
)
def test_auto_stays_where_the_provider_refused_what_was_sent(error: InvalidRequestError) -> None:
    with InMemoryChat([error]) as chat, pytest.raises(InvalidRequestError):
        complete_as(chat, PLAIN, City)


@pytest.mark.parametrize(
    ("model", "method"),
    [("m", "tool"), ("acme/m", "tool"), ("acme/other", "schema"), ("acme/gm", "schema"), (None, "tool")],
)
def test_a_description_of_another_model_does_not_count(model: str | None, method: Method) -> None:
    known = attrs.evolve(NO_SCHEMA, model="m")

    assert method == sent(attrs.evolve(PLAIN, model=model), known)[0]
