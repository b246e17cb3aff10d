"""Tools, output format and settings in Gemini's format, and whole requests as the fake provider reads them."""

import copy
from collections.abc import Mapping, Sequence

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import (
    ChatRequest,
    ChatSettings,
    JsonOutput,
    JsonSchemaOutput,
    NamedTool,
    Tool,
)
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonValue
from llm_core.domain.requests import OutputFormat
from llm_core.domain.settings import ReasoningEffort
from llm_core.domain.tools import ToolChoice
from llm_core.providers.accepted import accepted_settings
from llm_core.testing import RecordedRequest, strategies
from llm_core.testing.dialects.gemini import Gemini
from llm_core.wires.gemini import GEMINI

from .gemini_bodies import BEFORE_3, FROM_3, HELLO, body, endpoint

DIALECT = Gemini()
QUICK = settings(max_examples=50, deadline=None)
SCHEMA = {"type": "object", "properties": {"city": {"$ref": "#/$defs/city"}}, "$defs": {"city": {"type": "string"}}}
GET = Tool(name="get", description="Get it.", parameters=SCHEMA)
SET = Tool(name="set", description="", parameters={}, strict=True)
REQUESTS = st.builds(
    ChatRequest,
    messages=strategies.histories((GET, SET)),
    tools=st.just((GET, SET)),
    tool_choice=st.sampled_from(["auto", "none", "required", NamedTool("set")]),
    output=st.sampled_from([None, JsonOutput(), JsonSchemaOutput(name="city", schema=SCHEMA)]),
    settings=strategies.settings(),
    model=st.just("x"),
)


def config(settings_: ChatSettings, model: str = "x") -> JsonValue:
    return body(ChatRequest(messages=[HELLO], settings=settings_), model).get("generationConfig")


@QUICK
@given(REQUESTS, st.sampled_from(["x", "gemini-2.0-flash", BEFORE_3, FROM_3]))
def test_every_request_survives_the_wire(request: ChatRequest, model: str) -> None:
    rules = endpoint(model).rules
    accepted, _ = accepted_settings(request, request.settings, rules)
    request = attrs.evolve(request, settings=accepted, model=model)

    sent = GEMINI.encode(request, accepted, endpoint(model), stream=False)
    path = sent.url.removeprefix("https://provider.test")
    read = DIALECT.parse(RecordedRequest(method="POST", path=path, headers={}, body=sent.content))

    assert DIALECT.normalise(request) == DIALECT.normalise(read)


@QUICK
@given(strategies.requests())
def test_every_request_is_sent_as_it_is_or_refused_by_name(request: ChatRequest) -> None:
    accepted, _ = accepted_settings(request, request.settings, endpoint(FROM_3).rules)
    before = copy.deepcopy(request)

    refused = _refusal(request, accepted)

    assert not refused or refused.startswith(("messages[", "server_tools["))
    assert before == request


def _refusal(request: ChatRequest, accepted: ChatSettings) -> str:
    try:
        GEMINI.encode(request, accepted, endpoint(FROM_3), stream=True)
    except UnsupportedFeatureError as error:
        return error.feature or "unknown"
    return ""


@pytest.mark.parametrize(
    ("choice", "tools", "sent"),
    [
        ("auto", [GET], None),
        ("auto", [GET, SET], {"mode": "VALIDATED"}),
        ("none", [SET], {"mode": "NONE"}),
        ("required", [SET], {"mode": "ANY"}),
        (NamedTool("get"), [GET], {"mode": "ANY", "allowedFunctionNames": ["get"]}),
    ],
)
def test_the_tool_choice_is_a_mode_and_strict_tools_are_validated(
    choice: ToolChoice, tools: Sequence[Tool], sent: JsonValue
) -> None:
    seen = body(ChatRequest(messages=[HELLO], tools=tools, tool_choice=choice))

    assert (None if sent is None else {"functionCallingConfig": sent}) == seen.get("toolConfig")


def test_tools_have_whole_json_schemas_and_tools_without_parameters_have_none() -> None:
    get = {"name": "get", "description": "Get it.", "parametersJsonSchema": SCHEMA}

    seen = body(ChatRequest(messages=[HELLO], tools=[GET, SET]))

    assert [{"functionDeclarations": [get, {"name": "set", "description": ""}]}] == seen["tools"]


@pytest.mark.parametrize(
    ("output", "sent"),
    [
        (JsonOutput(), {}),
        (JsonSchemaOutput(name="city", schema=SCHEMA), {"responseJsonSchema": SCHEMA}),
        (JsonSchemaOutput(name="any", schema={}), {"responseJsonSchema": {}}),
    ],
)
def test_the_output_format_is_in_the_generation_config(output: OutputFormat, sent: Mapping[str, JsonValue]) -> None:
    seen = body(ChatRequest(messages=[HELLO], output=output))

    assert {"responseMimeType": "application/json", **sent} == seen["generationConfig"]


def test_settings_have_googles_names() -> None:
    given_settings = ChatSettings(
        temperature=0,
        top_p=0.5,
        max_tokens=9,
        stop=["END"],
        seed=0,
        presence_penalty=0.5,
        frequency_penalty=-0.5,
        timeout=3,
    )

    assert {
        "temperature": 0,
        "topP": 0.5,
        "maxOutputTokens": 9,
        "stopSequences": ["END"],
        "seed": 0,
        "presencePenalty": 0.5,
        "frequencyPenalty": -0.5,
    } == config(given_settings)


@pytest.mark.parametrize(
    ("model", "effort", "sent"),
    [
        (BEFORE_3, "none", {"thinkingBudget": 0}),
        (BEFORE_3, "low", {"thinkingBudget": 1024, "includeThoughts": True}),
        (FROM_3, "low", {"thinkingLevel": "low", "includeThoughts": True}),
    ],
)
def test_the_effort_is_a_budget_until_gemini_2_5_and_a_level_from_3_on(
    model: str, effort: ReasoningEffort, sent: Mapping[str, JsonValue]
) -> None:
    assert {"thinkingConfig": sent} == config(ChatSettings(reasoning_effort=effort), model)


@pytest.mark.parametrize(
    ("given_settings", "feature"),
    [
        (ChatSettings(parallel_tool_calls=False), "settings.parallel_tool_calls"),
        (ChatSettings(reasoning_effort="max"), "settings.reasoning_effort: max"),
    ],
)
def test_a_setting_that_has_no_field_is_refused(given_settings: ChatSettings, feature: str) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        config(given_settings)

    assert feature == caught.value.feature


def test_extra_is_merged_key_by_key() -> None:
    extra = {"generationConfig": {"topK": 3, "thinkingConfig": {"includeThoughts": False}}, "safetySettings": []}
    request = ChatRequest(messages=[HELLO], settings=ChatSettings(seed=1, extra=extra))

    seen = body(request)

    assert {"seed": 1, "topK": 3, "thinkingConfig": {"includeThoughts": False}} == seen["generationConfig"]
    assert [] == seen["safetySettings"]


@pytest.mark.parametrize(
    ("path", "given_settings"),
    [
        ("contents", ChatSettings()),
        ("systemInstruction", ChatSettings()),
        ("system_instruction", ChatSettings()),
        ("generation_config", ChatSettings()),
        ("generationConfig.temperature", ChatSettings()),
        ("generationConfig.max_output_tokens", ChatSettings()),
        ("generationConfig.responseJsonSchema", ChatSettings()),
        ("generationConfig.thinkingConfig.thinkingBudget", ChatSettings(reasoning_effort="low")),
        ("toolConfig.functionCallingConfig", ChatSettings()),
    ],
)
def test_extra_cannot_set_what_the_encoder_writes(path: str, given_settings: ChatSettings) -> None:
    value: JsonValue = 1
    *outer, last = path.split(".")
    extra = {last: value}
    for name in reversed(outer):
        extra = {name: extra}
    request = ChatRequest(messages=[HELLO], settings=attrs.evolve(given_settings, extra=extra))

    with pytest.raises(UnsupportedFeatureError) as caught:
        body(request)

    assert f"settings.extra.{path}" == caught.value.feature
