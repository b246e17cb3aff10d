"""Anthropic's Messages API: tools, tool choice, output format, settings, and what each family of models accepts."""

import json

import attrs
import pytest

from llm_core import (
    ChatRequest,
    ChatSettings,
    JsonOutput,
    JsonSchemaOutput,
    NamedTool,
    OutputFormat,
    Tool,
    ToolChoice,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.json_values import JsonObject
from llm_core.domain.settings import ReasoningEffort
from llm_core.providers.accepted import accepted_settings, require_features
from llm_core.providers.anthropic import PROFILES, anthropic_address, claude_rules
from llm_core.providers.registry import find_profile, provider_of
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.endpoint import Endpoint

SONNET = "claude-sonnet-4-5"
OLD = "claude-3-opus-20240229"
GET = Tool(name="get", description="Get.", parameters={"type": "object"})
OPEN = {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": {"type": "integer"}}}}
CITY = JsonSchemaOutput(name="city", schema={"type": "object", "properties": {"city": {"type": "string"}}})
CLOSED_CITY = {**CITY.schema, "additionalProperties": False}


def body(request: ChatRequest, model: str = SONNET) -> JsonObject:
    """Return the body of *request* without the settings that the model does not accept."""
    rules = claude_rules(model, "https://api.anthropic.com")
    require_features(request, rules)
    accepted, _ = accepted_settings(request, request.settings, rules)
    endpoint = Endpoint(provider="anthropic", model=model, base_url="http://a.test", rules=rules)
    read: JsonObject = json.loads(ANTHROPIC_MESSAGES.encode(request, accepted, endpoint, stream=False).content)
    return {name: value for name, value in read.items() if name not in ("model", "messages")}


def request(**fields: object) -> ChatRequest:
    return attrs.evolve(ChatRequest(messages=[UserMessage("hi")]), **fields)  # type: ignore[arg-type]  # any of its fields


def ignored(model: str, settings: ChatSettings, **fields: object) -> tuple[str, ...]:
    return accepted_settings(request(**fields), settings, claude_rules(model, ""))[1]


def refusal(sent: ChatRequest, model: str = SONNET) -> str | None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        body(sent, model)
    return caught.value.feature


@pytest.mark.parametrize(
    ("encoded", "tool"),
    [
        ({"name": "get", "description": "Get.", "input_schema": {"type": "object"}}, GET),
        (
            {"name": "now", "input_schema": {"type": "object"}},
            Tool(name="now", description="", parameters={}),
        ),
        (
            {
                "name": "now",
                "input_schema": {"type": "object", "additionalProperties": False},
                "strict": True,
            },
            Tool(name="now", description="", parameters={}, strict=True),
        ),
        ({"name": "now", "input_schema": OPEN}, Tool(name="now", description="", parameters=OPEN)),
    ],
)
def test_a_tool_is_encoded_with_its_whole_schema(encoded: JsonObject, tool: Tool) -> None:
    assert [encoded] == body(request(tools=[tool]))["tools"]


@pytest.mark.parametrize(
    ("encoded", "choice", "parallel"),
    [
        (None, "auto", None),
        ({"type": "auto", "disable_parallel_tool_use": True}, "auto", False),
        ({"type": "auto", "disable_parallel_tool_use": False}, "auto", True),
        ({"type": "any"}, "required", None),
        ({"type": "any", "disable_parallel_tool_use": True}, "required", False),
        ({"type": "tool", "name": "get"}, NamedTool("get"), None),
        ({"type": "none"}, "none", None),
        ({"type": "none"}, "none", False),
    ],
)
def test_a_tool_choice_is_encoded(encoded: object, choice: ToolChoice, parallel: bool | None) -> None:
    settings = ChatSettings(parallel_tool_calls=parallel)

    assert encoded == body(request(tools=[GET], tool_choice=choice, settings=settings)).get("tool_choice")


def test_settings_have_anthropics_names() -> None:
    settings = ChatSettings(temperature=0.0, max_tokens=9, stop=["END"], extra={"metadata": {"user_id": "u"}})

    assert {
        "max_tokens": 9,
        "temperature": 0.0,
        "stop_sequences": ["END"],
        "metadata": {"user_id": "u"},
    } == body(request(settings=settings))


@pytest.mark.parametrize(
    ("feature", "extra"),
    [
        ("stop_sequences", {"stop_sequences": []}),
        ("output_format", {"output_format": {}}),
        ("output_config.format", {"output_config": {"format": {}}}),
        ("thinking.type", {"thinking": {"type": "disabled"}}),
    ],
)
def test_extra_cannot_set_what_has_a_field_of_its_own(feature: str, extra: dict[str, object]) -> None:
    settings = ChatSettings(extra=extra, reasoning_effort="low")

    assert f"settings.extra.{feature}" == refusal(request(settings=settings))


def test_extra_adds_to_what_the_encoder_writes() -> None:
    settings = ChatSettings(reasoning_effort="low", extra={"thinking": {"display": "omitted"}, "top_k": 5})

    seen = body(request(settings=settings))

    assert {"type": "enabled", "budget_tokens": 1024, "display": "omitted"} == seen["thinking"]
    assert 5 == seen["top_k"]


@pytest.mark.parametrize(
    ("fields", "model", "effort"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, SONNET, "minimal"),
        ({"thinking": {"type": "enabled", "budget_tokens": 4096}}, "claude-3-7-sonnet-latest", "high"),
        ({"thinking": {"type": "enabled", "budget_tokens": 16384}}, "claude-opus-4-20250514", "max"),
        ({"thinking": {"type": "disabled"}}, SONNET, "none"),
        ({}, OLD, "high"),
        (
            {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "low"}},
            "claude-sonnet-4-6",
            "minimal",
        ),
        ({}, "claude-opus-4-6", "xhigh"),
        (
            {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "xhigh"}},
            "claude-opus-4-7",
            "xhigh",
        ),
        ({"thinking": {"type": "disabled"}}, "claude-opus-4-8", "none"),
        ({"thinking": {"type": "disabled"}}, "claude-haiku-5-5", "none"),
        ({"thinking": {"type": "between_tools"}}, "claude-sonnet-5-5", "none"),
        ({}, "claude-opus-5-5", "none"),
        ({}, "claude-fable-5", "none"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, "another-model", "medium"),
    ],
)
def test_an_effort_is_a_budget_or_a_level(fields: JsonObject, model: str, effort: ReasoningEffort) -> None:
    seen = body(request(settings=ChatSettings(reasoning_effort=effort)), model)

    assert fields == {name: value for name, value in seen.items() if name != "max_tokens"}
    assert (fields == {}) == ("reasoning_effort" in ignored(model, ChatSettings(reasoning_effort=effort)))


def test_a_budget_is_below_max_tokens_or_the_effort_is_ignored() -> None:
    fits, too_small = (ChatSettings(reasoning_effort="high", max_tokens=limit) for limit in (4097, 4096))

    assert ((), ("reasoning_effort",)) == (ignored(SONNET, fits), ignored(SONNET, too_small))
    assert {"max_tokens": 4096} == body(request(settings=too_small))


def test_a_budget_that_the_caller_insists_on_is_refused() -> None:
    endpoint = Endpoint(provider="anthropic", model=SONNET, base_url="http://a.test", rules=claude_rules(SONNET, ""))
    settings = ChatSettings(reasoning_effort="high", max_tokens=10)

    with pytest.raises(UnsupportedFeatureError) as caught:
        ANTHROPIC_MESSAGES.encode(request(), settings, endpoint, stream=False)

    assert "settings.reasoning_effort: its budget is not below max_tokens" == caught.value.feature


@pytest.mark.parametrize("choice", ["required", NamedTool("get")])
def test_a_tool_cannot_be_forced_with_a_budget_for_thinking(choice: ToolChoice) -> None:
    forced = request(tools=[GET], tool_choice=choice, settings=ChatSettings(reasoning_effort="low"))

    assert "tool_choice: a tool cannot be forced with reasoning_effort" == refusal(forced)
    assert {"effort": "low"} == body(forced, "claude-sonnet-4-6")["output_config"]


@pytest.mark.parametrize(
    ("names", "model", "settings"),
    [
        ((), "claude-sonnet-4-0", ChatSettings(temperature=0.5, top_p=0.5)),
        (("top_p",), "claude-opus-4-1-20250805", ChatSettings(temperature=0.5, top_p=0.5)),
        (("top_p",), SONNET, ChatSettings(temperature=0.5, top_p=0.5)),
        ((), SONNET, ChatSettings(top_p=0.5)),
        (("temperature",), SONNET, ChatSettings(temperature=1.5, top_p=0.5)),
        (("temperature", "top_p"), "claude-opus-4-7", ChatSettings(temperature=0.5, top_p=0.5)),
        (("top_p",), "claude-sonnet-5", ChatSettings(temperature=1, top_p=1)),
        (("temperature", "top_p"), SONNET, ChatSettings(temperature=0.5, top_p=0.5, reasoning_effort="low")),
        ((), SONNET, ChatSettings(top_p=0.95, reasoning_effort="low")),
        ((), SONNET, ChatSettings(temperature=0.5, reasoning_effort="none")),
        (("seed", "presence_penalty", "frequency_penalty"), SONNET,
         ChatSettings(seed=1, presence_penalty=1, frequency_penalty=1)),
    ],
)  # fmt: skip
def test_a_setting_that_the_model_refuses_is_ignored(
    names: tuple[str, ...], model: str, settings: ChatSettings
) -> None:
    assert names == ignored(model, settings)


@pytest.mark.parametrize(
    ("limit", "model"),
    [
        (4096, OLD),
        (4096, "claude-2.1"),
        (8192, "claude-3-5-sonnet-20241022"),
        (64_000, "claude-3-7-sonnet-20250219"),
        (32_000, "claude-opus-4-20250514"),
        (32_000, "claude-opus-4-1"),
        (64_000, "claude-sonnet-4-0"),
        (64_000, SONNET),
        (128_000, "claude-opus-4-6"),
        (128_000, "claude-mythos-preview"),
        (128_000, "claude-next"),
        (8192, "another-model"),
    ],
)
def test_max_tokens_is_by_default_the_most_that_the_model_writes(limit: int, model: str) -> None:
    assert {"max_tokens": limit} == body(request(), model)


def test_a_schema_is_an_output_format_beside_tools_and_effort() -> None:
    sent = request(output=CITY, tools=[GET], settings=ChatSettings(reasoning_effort="low"))

    seen = body(sent, "claude-opus-4-8")

    assert {"effort": "low", "format": {"type": "json_schema", "schema": CLOSED_CITY}} == seen["output_config"]
    assert ["get"] == [tool["name"] for tool in seen["tools"]]  # type: ignore[attr-defined]  # a list of tools


def test_older_models_are_made_to_call_a_tool_with_the_schema() -> None:
    seen = body(request(output=CITY), OLD)

    assert [{"name": "json_tool_call", "input_schema": CITY.schema}] == seen["tools"]
    assert {"type": "tool", "name": "json_tool_call"} == seen["tool_choice"]


@pytest.mark.parametrize(
    ("feature", "model", "sent"),
    [
        ("output: json", SONNET, request(output=JsonOutput())),
        ("output: schema with tools", OLD, request(output=CITY, tools=[GET])),
        ("output.schema: not an object", OLD, request(output=JsonSchemaOutput(name="n", schema={"type": "array"}))),
        (
            "output: a tool cannot be forced with reasoning_effort",
            "claude-3-7-sonnet-latest",
            request(output=CITY, settings=ChatSettings(reasoning_effort="low")),
        ),
        ("tools[0].strict", OLD, request(tools=[attrs.evolve(GET, strict=True)])),
        ("tool_choice: required", "claude-opus-5-5", request(tools=[GET], tool_choice="required")),
        ("tool_choice: named", "claude-fable-5-1", request(tools=[GET], tool_choice=NamedTool("get"))),
        (
            "tools[0].parameters.properties.a.additionalProperties: an open object",
            SONNET,
            request(tools=[Tool(name="n", description="", parameters=OPEN, strict=True)]),
        ),
        (
            "output.schema.properties.a.additionalProperties: an open object",
            SONNET,
            request(output=JsonSchemaOutput(name="n", schema=OPEN)),
        ),
    ],
)
def test_what_a_model_cannot_do_is_refused_by_name(feature: str, model: str, sent: ChatRequest) -> None:
    assert feature == refusal(sent, model)


@pytest.mark.parametrize(("feature", "output"), [("output: json", JsonOutput()), ("output: schema with tools", CITY)])
def test_the_encoder_refuses_an_output_format_that_rules_let_through(feature: str, output: OutputFormat) -> None:
    rules = attrs.evolve(claude_rules(OLD, ""))
    endpoint = Endpoint(provider="anthropic", model=OLD, base_url="http://a.test", rules=rules)

    with pytest.raises(UnsupportedFeatureError) as caught:
        ANTHROPIC_MESSAGES.encode(request(tools=[GET], output=output), ChatSettings(), endpoint, stream=False)

    assert feature == caught.value.feature


@pytest.mark.parametrize("model", ["claude-haiku-5-5", "claude-fable-5", "claude-mythos-5", "claude-sonnet-5-1"])
@pytest.mark.parametrize("choice", ["required", "none"])
def test_a_small_or_an_older_model_can_be_forced_to_call_a_tool(choice: ToolChoice, model: str) -> None:
    assert "tool_choice" in body(request(tools=[GET], tool_choice=choice), model)


def test_every_object_of_a_schema_is_closed_and_nothing_else_is_changed() -> None:
    place = {"type": "object", "properties": {"type": {"type": "string", "default": {"type": "object"}}}}
    schema = {
        "type": ["object", "null"],
        "properties": {"to": {"$ref": "#/$defs/place"}, "by": {"anyOf": [place, {"type": "null"}]}, "any": True},
        "items": place,
        "$defs": {"place": place},
        "enum": [{"type": "object"}],
    }
    closed = {**place, "additionalProperties": False}

    seen = body(request(output=JsonSchemaOutput(name="n", schema=schema)))["output_config"]

    expected = {
        **schema,
        "properties": {"to": {"$ref": "#/$defs/place"}, "by": {"anyOf": [closed, {"type": "null"}]}, "any": True},
        "items": closed,
        "$defs": {"place": closed},
        "additionalProperties": False,
    }
    assert {"format": {"type": "json_schema", "schema": expected}} == seen


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com"),
        ("http://a.test/v1/messages", "http://a.test/"),
        ("http://a.test/v1/messages", "http://a.test/v1"),
        ("http://a.test/v1/messages", "http://a.test/v1/"),
        ("http://a.test/v1/messages", "http://a.test/v1/messages"),
        ("http://a.test/anthropic/v1/messages", "http://a.test/anthropic"),
        ("http://a.test/v1/messages?beta=true", "http://a.test/v1/messages?beta=true"),
    ],
)
def test_the_address_may_end_with_the_version_or_the_whole_path(url: str, base: str) -> None:
    address = anthropic_address(base, SONNET, {})
    endpoint = Endpoint(provider="anthropic", model=SONNET, base_url=address.base_url, query=address.query)

    assert url == ANTHROPIC_MESSAGES.encode(request(), ChatSettings(), endpoint, stream=False).url


def test_anthropic_is_found_by_its_prefix_and_by_the_names_of_its_models() -> None:
    assert PROFILES["anthropic"] is find_profile("anthropic")
    assert "anthropic" == provider_of(SONNET)
    assert {"x-api-key": "k"} == PROFILES["anthropic"].key_headers("k")
