"""How requests are written for Cohere: golden bodies, what is refused, and what the provider reads."""

import json
from typing import Literal

import attrs
import pytest
from hypothesis import given, settings

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    NamedTool,
    OutputFormat,
    ProviderData,
    ReasoningPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.providers.cohere import PROFILES
from llm_core.testing import strategies
from llm_core.testing.dialects.cohere_chat import CohereChat
from llm_core.wires.cohere_chat import COHERE_CHAT

from .encoding import PROVIDER, assert_it_is_read, body_of, endpoint_of, messages_of, written

HOST = "https://api.cohere.com/v2"
COHERE = endpoint_of(PROFILES["cohere_chat"], "command-a-03-2025", HOST)
REASONING = endpoint_of(PROFILES["cohere"], "command-a-reasoning-08-2025", HOST)
HI = ChatRequest(messages=[UserMessage("Hi.")])
TOOL = Tool(name="get", description="Get it.", parameters={"type": "object"})
CALL = ToolCall(id="c1", name="get", arguments={"city": "Oslo"}, arguments_text='{"city" :  "Oslo"}')
CUT_OFF = InvalidToolCall(id="c2", name="set", arguments_text='{"city": "Os', problem="cut off")
PIXEL = ImagePart(data=b"\x89PNG", media_type=None)
QUICK = settings(max_examples=60, deadline=None)
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


def thought(text: str, value: JsonValue, provider: str = PROVIDER) -> ReasoningPart:
    return ReasoningPart(text, provider_data=[ProviderData(provider=provider, value=value)])


@QUICK
@given(strategies.requests())
def test_the_provider_reads_every_request_or_it_is_refused(request: ChatRequest) -> None:
    try:
        written(request, COHERE_CHAT, REASONING)
    except UnsupportedFeatureError:
        return
    assert_it_is_read(request, COHERE_CHAT, REASONING, CohereChat())


@pytest.mark.parametrize("stream", [False, True])
def test_the_request_goes_to_the_chat_and_states_whether_it_is_a_stream(*, stream: bool) -> None:
    sent = written(HI, COHERE_CHAT, attrs.evolve(COHERE, headers={"x": "y"}), stream=stream)

    body = {"model": "command-a-03-2025", "messages": [{"role": "user", "content": "Hi."}], "stream": stream}
    assert (f"{HOST}/chat", {"x": "y"}) == (sent.url, sent.headers)
    assert body == json.loads(sent.content)


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        (HOST, HOST),
        (f"{HOST}/", HOST),
        (f"{HOST}/chat", HOST),
        (f"{HOST}/chat/", HOST),
        ("https://api.cohere.com", HOST),
        ("https://proxy.test/cohere", "https://proxy.test/cohere"),
    ],
)
def test_an_address_is_that_of_the_host_the_api_or_the_chat(base_url: str, address: str) -> None:
    assert f"{address}/chat" == written(HI, COHERE_CHAT, endpoint_of(PROFILES["cohere"], "command-r", base_url)).url


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"role": "system", "content": " Be brief.\n"}, SystemMessage(" Be brief.\n")),
        (
            {"role": "user", "content": [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]},
            UserMessage([TextPart("one "), TextPart("two")]),
        ),
        (
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
                    {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}},
                ],
            },
            UserMessage([PIXEL, ImagePart(url="https://x.test/a.png")]),
        ),
        ({"role": "assistant", "content": ""}, AssistantMessage("")),
    ],
)
def test_a_message_is_written_with_its_parts(expected: JsonValue, message: Message) -> None:
    assert [expected] == messages_of([message], COHERE_CHAT, COHERE)


def test_calls_have_their_text_and_results_their_ids() -> None:
    history: list[Message] = [
        AssistantMessage(tool_calls=[CALL], invalid_tool_calls=[CUT_OFF]),
        ToolMessage("cut off", tool_call_id="c2", is_error=True),
        ToolMessage([TextPart("rain")], tool_call_id="c1", is_error=True),
        AssistantMessage("Rain."),
    ]

    seen = messages_of(history, COHERE_CHAT, COHERE)

    texts = [{"type": "text", "text": "Error: "}, {"type": "text", "text": "rain"}]
    assert [
        {
            "role": "assistant",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "get", "arguments": '{"city" :  "Oslo"}'}},
                {"id": "c2", "type": "function", "function": {"name": "set", "arguments": '{"city": "Os'}},
            ],
        },
        {"role": "tool", "tool_call_id": "c2", "content": "Error: cut off"},
        {"role": "tool", "tool_call_id": "c1", "content": texts},
        {"role": "assistant", "content": "Rain."},
    ] == seen


def test_images_of_results_follow_all_results_of_the_turn_and_name_their_calls() -> None:
    answer = AssistantMessage("Looking.", tool_calls=[CALL, attrs.evolve(CALL, id="c3", name="set")])
    results: list[Message] = [
        ToolMessage([TextPart("a"), PIXEL], tool_call_id="c1"),
        ToolMessage([PIXEL, ImagePart(url="https://x.test/a.png")], tool_call_id="c3"),
    ]

    _, *seen = messages_of([answer, *results, UserMessage("Well?")], COHERE_CHAT, COHERE)

    data = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}
    linked = {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}
    images = [
        {"type": "text", "text": "Images in the result of the tool get, call c1:"},
        data,
        {"type": "text", "text": "Images in the result of the tool set, call c3:"},
        data,
        linked,
    ]
    assert [
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "a"}]},
        {"role": "tool", "tool_call_id": "c3", "content": ""},
        {"role": "user", "content": images},
        {"role": "user", "content": "Well?"},
    ] == seen
    assert seen[:-1] == messages_of([answer, *results], COHERE_CHAT, COHERE)[1:]


def test_reasoning_goes_back_in_the_field_in_which_it_came() -> None:
    plan = AssistantMessage(
        tool_calls=[CALL], reasoning=[thought("I ", {"field": "tool_plan"}), thought("look.", {"field": "tool_plan"})]
    )
    thinking = AssistantMessage("Hi.", reasoning=[thought("Hm.", {"field": "content"})])
    silent = AssistantMessage(reasoning=[thought("Hm.", {"field": "content"})])
    foreign = AssistantMessage("Hi.", reasoning=[thought("Hm.", {"field": "content"}, "another")])

    seen = messages_of([plan, thinking, silent, foreign], COHERE_CHAT, COHERE)

    part = {"type": "thinking", "thinking": "Hm."}
    call = {"id": "c1", "type": "function", "function": {"name": "get", "arguments": '{"city" :  "Oslo"}'}}
    assert [
        {"role": "assistant", "tool_plan": "I look.", "tool_calls": [call]},
        {"role": "assistant", "content": [part, {"type": "text", "text": "Hi."}]},
        {"role": "assistant", "content": [part]},
        {"role": "assistant", "content": "Hi."},
    ] == seen


def test_reasoning_is_not_sent_to_a_model_that_does_not_take_it_back() -> None:
    silent = attrs.evolve(COHERE, rules=attrs.evolve(COHERE.rules, replays_reasoning=False))
    message = AssistantMessage("Hi.", reasoning=[thought("Hm.", {"field": "content"})])

    assert [{"role": "assistant", "content": "Hi."}] == messages_of([message], COHERE_CHAT, silent)


@QUICK
@given(strategies.json_values(), strategies.json_values(), strategies.json_values())
def test_a_stored_history_sets_no_field_but_those_of_reasoning(
    one: JsonValue, two: JsonValue, three: JsonValue
) -> None:
    data = [ProviderData(provider=PROVIDER, value=value) for value in (one, {"role": "system", "content": "x"}, two)]
    call = attrs.evolve(CALL, provider_data=data)
    forged = [thought("Hm.", {"field": "role"}), thought("Hm.", three), ReasoningPart("Hm.", provider_data=data)]
    message = AssistantMessage("Hi.", tool_calls=[call], reasoning=forged, provider_data=data)

    seen = messages_of([message], COHERE_CHAT, COHERE)

    assert messages_of([AssistantMessage("Hi.", tool_calls=[CALL])], COHERE_CHAT, COHERE) == seen


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ({"type": "json_object"}, JsonOutput()),
        (
            {"type": "json_object", "json_schema": {"type": "object"}},
            JsonSchemaOutput(name="x", schema={"type": "object"}, strict=False),
        ),
    ],
)
def test_the_output_format_is_json_with_or_without_a_schema(expected: JsonValue, output: OutputFormat) -> None:
    assert expected == body_of(attrs.evolve(HI, output=output), COHERE_CHAT, COHERE)["response_format"]


@pytest.mark.parametrize(("choice", "expected"), [("auto", None), ("none", "NONE"), ("required", "REQUIRED")])
def test_tools_are_strict_together_and_the_choice_is_in_capitals(
    choice: Literal["auto", "none", "required"], expected: str | None
) -> None:
    tools = [TOOL, attrs.evolve(TOOL, name="set", strict=True)]

    body = body_of(attrs.evolve(HI, tools=tools, tool_choice=choice), COHERE_CHAT, COHERE)

    functions = [{"name": name, "description": "Get it.", "parameters": {"type": "object"}} for name in ("get", "set")]
    assert [{"type": "function", "function": function} for function in functions] == body["tools"]
    assert (True, expected) == (body["strict_tools"], body.get("tool_choice"))
    assert "strict_tools" not in body_of(attrs.evolve(HI, tools=[TOOL]), COHERE_CHAT, COHERE)


def test_a_choice_without_tools_is_not_sent() -> None:
    assert "tool_choice" not in body_of(attrs.evolve(HI, tool_choice="none"), COHERE_CHAT, COHERE)


def test_settings_have_coheres_names_even_if_they_are_zero() -> None:
    chosen = ChatSettings(
        temperature=0,
        top_p=0.5,
        max_tokens=9,
        stop=["END"],
        seed=0,
        presence_penalty=0.25,
        frequency_penalty=0.5,
        timeout=3,
        extra={"k": 3, "documents": [{"id": "1", "data": {"text": "x"}}], "citation_options": {"mode": "OFF"}},
    )

    body = body_of(attrs.evolve(HI, settings=chosen), COHERE_CHAT, COHERE)

    assert {
        "temperature": 0,
        "p": 0.5,
        "max_tokens": 9,
        "stop_sequences": ["END"],
        "seed": 0,
        "presence_penalty": 0.25,
        "frequency_penalty": 0.5,
        "k": 3,
        "documents": [{"id": "1", "data": {"text": "x"}}],
        "citation_options": {"mode": "OFF"},
    } == {name: value for name, value in body.items() if name not in ("model", "messages", "stream")}


@pytest.mark.parametrize(
    ("effort", "max_tokens", "thinking"),
    [
        ("none", 1, {"type": "disabled"}),
        ("minimal", None, {"type": "enabled", "token_budget": 512}),
        ("low", None, {"type": "enabled", "token_budget": 1024}),
        ("low", 2024, {"type": "enabled", "token_budget": 1024}),
        ("low", 2023, None),
        ("medium", None, {"type": "enabled", "token_budget": 2048}),
        ("high", 10_000, {"type": "enabled", "token_budget": 4096}),
        ("xhigh", None, None),
        ("max", None, None),
    ],
)
def test_reasoning_effort_is_a_budget_that_leaves_room_for_the_answer_or_it_is_left_out(
    effort: Effort, max_tokens: int | None, thinking: JsonValue
) -> None:
    request = attrs.evolve(HI, settings=ChatSettings(reasoning_effort=effort, max_tokens=max_tokens))

    assert thinking == body_of(request, COHERE_CHAT, REASONING).get("thinking")
    assert "thinking" not in body_of(request, COHERE_CHAT, COHERE)


@pytest.mark.parametrize(
    ("key", "extra"),
    [
        ("p", {"p": 0.5}),
        ("stop_sequences", {"stop_sequences": ["x"]}),
        ("response_format", {"response_format": {"type": "text"}}),
        ("thinking.type", {"thinking": {"type": "disabled"}}),
        ("strict_tools", {"strict_tools": True}),
    ],
)
def test_an_extra_field_that_the_encoder_writes_is_refused(key: str, extra: dict[str, object]) -> None:
    chosen = ChatSettings(reasoning_effort="low", extra=extra)

    with pytest.raises(UnsupportedFeatureError) as caught:
        written(attrs.evolve(HI, settings=chosen), COHERE_CHAT, REASONING)

    assert f"settings.extra.{key}" == caught.value.feature


def test_a_budget_of_the_callers_own_is_sent() -> None:
    thinking = {"type": "enabled", "token_budget": 31_000}
    chosen = ChatSettings(extra={"thinking": thinking})

    assert thinking == body_of(attrs.evolve(HI, settings=chosen), COHERE_CHAT, REASONING)["thinking"]


@pytest.mark.parametrize(
    ("feature", "request_"),
    [
        ("tool_choice: named", attrs.evolve(HI, tools=[TOOL], tool_choice=NamedTool("get"))),
        ("settings.parallel_tool_calls", attrs.evolve(HI, settings=ChatSettings(parallel_tool_calls=True))),
        ("settings.reasoning_effort: max", attrs.evolve(HI, settings=ChatSettings(reasoning_effort="max"))),
        (
            "messages[0].content[1]: audio",
            ChatRequest(messages=[UserMessage([TextPart("x"), AudioPart(b"x", media_type="audio/wav")])]),
        ),
        (
            "messages[0].content[0]: file",
            ChatRequest(messages=[UserMessage([FilePart(data=b"x", media_type="text/plain")])]),
        ),
        (
            "messages[1].content[1]: an image of unknown format (set media_type)",
            ChatRequest(
                messages=[
                    AssistantMessage(tool_calls=[CALL]),
                    ToolMessage([TextPart("x"), ImagePart(data=b"x")], tool_call_id="c1", is_error=True),
                ]
            ),
        ),
    ],
)
def test_the_wire_refuses_what_it_has_no_field_for(feature: str, request_: ChatRequest) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        COHERE_CHAT.encode(request_, request_.settings, COHERE, stream=False)

    assert feature == caught.value.feature


@pytest.mark.parametrize(
    ("feature", "request_"),
    [
        ("tool_choice: named", attrs.evolve(HI, tools=[TOOL], tool_choice=NamedTool("get"))),
        ("output: json with tools", attrs.evolve(HI, tools=[TOOL], output=JsonOutput())),
        ("output: schema with tools", attrs.evolve(HI, tools=[TOOL], output=JsonSchemaOutput(name="x", schema={}))),
    ],
)
def test_the_rules_refuse_what_no_model_does(feature: str, request_: ChatRequest) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        written(request_, COHERE_CHAT, COHERE)

    assert feature == caught.value.feature


def test_the_rules_of_a_model_may_rename_a_setting() -> None:
    endpoint = attrs.evolve(COHERE, rules=attrs.evolve(COHERE.rules, setting_names={"top_p": "top_p"}))

    assert 0.5 == body_of(attrs.evolve(HI, settings=ChatSettings(top_p=0.5)), COHERE_CHAT, endpoint)["top_p"]
