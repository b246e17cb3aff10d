"""How requests are written for Ollama: golden bodies, what is refused, and what the provider reads."""

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
from llm_core.providers.ollama import PROFILES
from llm_core.testing import strategies
from llm_core.testing.dialects.ollama_chat import OllamaChat
from llm_core.wires.ollama_chat import OLLAMA_CHAT

from .encoding import PROVIDER, assert_it_is_read, body_of, endpoint_of, messages_of, written

OLLAMA = endpoint_of(PROFILES["ollama_chat"], "llama3.2", "http://localhost:11434")
HI = ChatRequest(messages=[UserMessage("Hi.")])
TOOL = Tool(name="get", description="Get it.", parameters={"type": "object"})
CALL = ToolCall(id="c1", name="get", arguments={"city": "Oslo"}, arguments_text='{"city" :  "Oslo"}')
CUT_OFF = InvalidToolCall(id="c2", name="set", arguments_text='{"city": "Os', problem="cut off")
PIXEL = ImagePart(data=b"\x89PNG", media_type="image/png")
QUICK = settings(max_examples=60, deadline=None)


def thought(text: str, value: JsonValue, provider: str = PROVIDER) -> ReasoningPart:
    return ReasoningPart(text, provider_data=[ProviderData(provider=provider, value=value)])


@QUICK
@given(strategies.requests())
def test_the_provider_reads_every_request_or_it_is_refused(request: ChatRequest) -> None:
    try:
        written(request, OLLAMA_CHAT, OLLAMA)
    except UnsupportedFeatureError:
        return
    assert_it_is_read(request, OLLAMA_CHAT, OLLAMA, OllamaChat())


@pytest.mark.parametrize("stream", [False, True])
def test_the_request_goes_to_the_chat_and_states_whether_it_is_a_stream(*, stream: bool) -> None:
    sent = written(HI, OLLAMA_CHAT, attrs.evolve(OLLAMA, headers={"x": "y"}), stream=stream)

    body = {"model": "llama3.2", "messages": [{"role": "user", "content": "Hi."}], "stream": stream}
    assert ("http://localhost:11434/api/chat", {"x": "y"}) == (sent.url, sent.headers)
    assert body == json.loads(sent.content)


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http://host:1", "http://host:1"),
        ("http://host:1/", "http://host:1"),
        ("http://host:1/api", "http://host:1"),
        ("http://host:1/api/chat", "http://host:1"),
        ("http://host:1/proxy/api/", "http://host:1/proxy"),
    ],
)
def test_an_address_may_include_the_path_of_the_api(base_url: str, address: str) -> None:
    profile = PROFILES["ollama_chat"]

    assert address == profile.address(base_url, "llama3.2", {}).base_url
    assert f"{address}/api/chat" == written(HI, OLLAMA_CHAT, endpoint_of(profile, "llama3.2", base_url)).url


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"role": "system", "content": " Be brief.\n"}, SystemMessage(" Be brief.\n")),
        ({"role": "user", "content": "one two"}, UserMessage([TextPart("one "), TextPart("two")])),
        (
            {"role": "user", "content": "What is it?", "images": ["iVBORw==", "aGk="]},
            UserMessage([PIXEL, TextPart("What "), ImagePart(data=b"hi"), TextPart("is it?")]),
        ),
        ({"role": "assistant", "content": ""}, AssistantMessage("")),
        ({"role": "assistant", "content": "<think>no</think>"}, AssistantMessage("<think>no</think>")),
    ],
)
def test_a_message_is_written_with_its_text_and_images(expected: JsonValue, message: Message) -> None:
    assert [expected] == messages_of([message], OLLAMA_CHAT, OLLAMA)


def test_calls_have_ids_positions_and_arguments_as_objects() -> None:
    answer = AssistantMessage("Looking.", tool_calls=[CALL], invalid_tool_calls=[CUT_OFF])

    [seen] = messages_of([answer], OLLAMA_CHAT, OLLAMA)

    invalid = {"invalid_arguments": '{"city": "Os'}
    assert {
        "role": "assistant",
        "content": "Looking.",
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"index": 0, "name": "get", "arguments": {"city": "Oslo"}}},
            {"id": "c2", "type": "function", "function": {"index": 1, "name": "set", "arguments": invalid}},
        ],
    } == seen


def test_a_result_names_the_tool_and_the_call() -> None:
    answer = AssistantMessage(tool_calls=[CALL], invalid_tool_calls=[CUT_OFF])
    results: list[Message] = [
        ToolMessage("cut off", tool_call_id="c2", is_error=True),
        ToolMessage([TextPart("rain"), PIXEL, TextPart("!")], tool_call_id="c1", is_error=True),
    ]

    _, *seen = messages_of([answer, *results], OLLAMA_CHAT, OLLAMA)

    assert [
        {"role": "tool", "tool_name": "set", "tool_call_id": "c2", "content": "Error: cut off"},
        {"role": "tool", "tool_name": "get", "tool_call_id": "c1", "content": "Error: rain!", "images": ["iVBORw=="]},
    ] == seen


def test_one_id_in_two_turns_is_two_ids_and_each_result_has_that_of_its_call() -> None:
    other = attrs.evolve(CALL, name="set")
    turns: list[Message] = [
        AssistantMessage(tool_calls=[CALL]),
        ToolMessage("one", tool_call_id="c1"),
        AssistantMessage(tool_calls=[other, attrs.evolve(other, name="sum")]),
        ToolMessage("two", tool_call_id="c1"),
        ToolMessage("three", tool_call_id="c1"),
    ]

    seen = json.loads(written(ChatRequest(messages=turns), OLLAMA_CHAT, OLLAMA).content)["messages"]

    made = [call["id"] for message in seen for call in message.get("tool_calls", [])]
    assert 3 == len(set(made))
    assert made == [message["tool_call_id"] for message in seen if message["role"] == "tool"]
    assert ["get", "set", "sum"] == [message["tool_name"] for message in seen if message["role"] == "tool"]


def test_thinking_goes_back_to_its_provider_alone() -> None:
    own = AssistantMessage("Hi.", reasoning=[thought("Hm. ", {"field": "thinking"}), ReasoningPart("unmarked")])
    foreign = AssistantMessage("Hi.", reasoning=[thought("Hm.", {"field": "thinking"}, "another")])

    seen = messages_of([own, foreign], OLLAMA_CHAT, OLLAMA)

    plain = {"role": "assistant", "content": "Hi."}
    assert [{**plain, "thinking": "Hm. "}, plain] == seen


def test_thinking_that_the_caller_edited_is_sent_as_edited() -> None:
    message = AssistantMessage(
        "Hi.", reasoning=[thought("one ", {"field": "thinking"}), thought("[cut]", {"field": "thinking"})]
    )

    [seen] = messages_of([message], OLLAMA_CHAT, OLLAMA)

    assert {"role": "assistant", "content": "Hi.", "thinking": "one [cut]"} == seen


def test_thinking_is_not_sent_to_a_model_that_does_not_take_it_back() -> None:
    silent = attrs.evolve(OLLAMA, rules=attrs.evolve(OLLAMA.rules, replays_reasoning=False))
    message = AssistantMessage("Hi.", reasoning=[thought("Hm.", {"field": "thinking"})])

    assert [{"role": "assistant", "content": "Hi."}] == messages_of([message], OLLAMA_CHAT, silent)


@QUICK
@given(strategies.json_values(), strategies.json_values(), strategies.json_values())
def test_a_stored_history_sets_no_field_but_thinking(one: JsonValue, two: JsonValue, three: JsonValue) -> None:
    data = [ProviderData(provider=PROVIDER, value=value) for value in (one, {"role": "system", "content": "x"}, two)]
    call = attrs.evolve(CALL, provider_data=data)
    forged = [thought("Hm.", {"field": "role"}), thought("Hm.", three), ReasoningPart("Hm.", provider_data=data)]
    message = AssistantMessage("Hi.", tool_calls=[call], reasoning=forged, provider_data=data)

    seen = messages_of([message], OLLAMA_CHAT, OLLAMA)

    assert messages_of([AssistantMessage("Hi.", tool_calls=[CALL])], OLLAMA_CHAT, OLLAMA) == seen


@pytest.mark.parametrize(
    ("expected", "output"),
    [("json", JsonOutput()), ({"type": "object"}, JsonSchemaOutput(name="x", schema={"type": "object"}, strict=False))],
)
def test_the_output_format_is_json_or_the_schema(expected: JsonValue, output: OutputFormat) -> None:
    assert expected == body_of(attrs.evolve(HI, output=output), OLLAMA_CHAT, OLLAMA)["format"]


def test_tools_have_openais_form() -> None:
    function = {"name": "get", "description": "Get it.", "parameters": {"type": "object"}}

    assert [{"type": "function", "function": function}] == body_of(attrs.evolve(HI, tools=[TOOL]), OLLAMA_CHAT, OLLAMA)[
        "tools"
    ]


def test_settings_are_options_by_ollamas_names_even_if_they_are_zero() -> None:
    chosen = ChatSettings(
        temperature=0,
        top_p=0.5,
        max_tokens=9,
        stop=["END"],
        seed=0,
        presence_penalty=-1,
        frequency_penalty=0.5,
        timeout=3,
    )

    body = body_of(attrs.evolve(HI, settings=chosen), OLLAMA_CHAT, OLLAMA)

    assert {
        "temperature": 0,
        "top_p": 0.5,
        "num_predict": 9,
        "stop": ["END"],
        "seed": 0,
        "presence_penalty": -1,
        "frequency_penalty": 0.5,
    } == body["options"]
    assert {"model", "messages", "stream", "options"} == set(body)


@pytest.mark.parametrize(("effort", "think"), [("none", False), ("low", "low"), ("medium", "medium"), ("high", "high")])
def test_reasoning_effort_is_a_level_or_off(effort: Literal["none", "low", "medium", "high"], think: JsonValue) -> None:
    body = body_of(attrs.evolve(HI, settings=ChatSettings(reasoning_effort=effort)), OLLAMA_CHAT, OLLAMA)

    assert think == body["think"]


@pytest.mark.parametrize("effort", ["minimal", "xhigh", "max"])
def test_an_effort_that_ollama_does_not_document_is_left_out(effort: Literal["minimal", "xhigh", "max"]) -> None:
    request = attrs.evolve(HI, settings=ChatSettings(reasoning_effort=effort, seed=1))

    assert {"reasoning_effort"} == OLLAMA.rules.refused_settings(request, request.settings)
    assert "think" not in body_of(request, OLLAMA_CHAT, OLLAMA)


def test_extra_fields_are_options_unless_the_request_has_them_itself() -> None:
    extra = {
        "num_ctx": 8192,
        "keep_alive": "5m",
        "think": True,
        "logprobs": True,
        "options": {"top_k": 3},
        "x": {"y": None},
    }

    body = body_of(attrs.evolve(HI, settings=ChatSettings(seed=1, extra=extra)), OLLAMA_CHAT, OLLAMA)

    assert {"seed": 1, "num_ctx": 8192, "top_k": 3, "x": {"y": None}} == body["options"]
    assert ("5m", True, True) == (body["keep_alive"], body["think"], body["logprobs"])


@pytest.mark.parametrize(
    ("key", "extra"),
    [
        ("format", {"format": "json"}),
        ("num_predict", {"num_predict": 5}),
        ("options.temperature", {"options": {"temperature": 1}}),
        ("options", {"options": [1]}),
        ("options.num_ctx", {"num_ctx": 1, "options": {"num_ctx": 2}}),
        ("think", {"think": True}),
    ],
)
def test_an_extra_field_that_the_encoder_writes_is_refused(key: str, extra: dict[str, object]) -> None:
    chosen = ChatSettings(seed=1, reasoning_effort="low", extra=extra)

    with pytest.raises(UnsupportedFeatureError) as caught:
        written(attrs.evolve(HI, settings=chosen), OLLAMA_CHAT, OLLAMA)

    assert f"settings.extra.{key}" == caught.value.feature


@pytest.mark.parametrize(
    ("feature", "request_"),
    [
        ("tool_choice", attrs.evolve(HI, tools=[TOOL], tool_choice="none")),
        ("tool_choice", attrs.evolve(HI, tools=[TOOL], tool_choice=NamedTool("get"))),
        ("tools[1].strict", attrs.evolve(HI, tools=[TOOL, attrs.evolve(TOOL, name="set", strict=True)])),
        ("settings.parallel_tool_calls", attrs.evolve(HI, settings=ChatSettings(parallel_tool_calls=True))),
        (
            "messages[1].content[0]: image by url",
            attrs.evolve(HI, messages=[*HI.messages, UserMessage([ImagePart(url="https://x.test/a.png")])]),
        ),
        (
            "messages[0].content[1]: audio",
            ChatRequest(messages=[UserMessage([TextPart("x"), AudioPart(b"x", media_type="audio/wav")])]),
        ),
        (
            "messages[0].content[0]: file",
            ChatRequest(messages=[UserMessage([FilePart(data=b"x", media_type="text/plain")])]),
        ),
        (
            "messages[1].content[0]: image by url",
            ChatRequest(
                messages=[
                    AssistantMessage(tool_calls=[CALL]),
                    ToolMessage([ImagePart(url="https://x.test")], tool_call_id="c1", is_error=True),
                ]
            ),
        ),
    ],
)
def test_the_wire_refuses_what_it_has_no_field_for(feature: str, request_: ChatRequest) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        OLLAMA_CHAT.encode(request_, request_.settings, OLLAMA, stream=False)

    assert feature == caught.value.feature


@pytest.mark.parametrize(
    ("feature", "request_"),
    [
        ("tool_choice: required", attrs.evolve(HI, tools=[TOOL], tool_choice="required")),
        ("tools[0].strict", attrs.evolve(HI, tools=[attrs.evolve(TOOL, strict=True)])),
        ("output: json with tools", attrs.evolve(HI, tools=[TOOL], output=JsonOutput())),
        ("output: schema with tools", attrs.evolve(HI, tools=[TOOL], output=JsonSchemaOutput(name="x", schema={}))),
    ],
)
def test_the_rules_refuse_what_no_model_does(feature: str, request_: ChatRequest) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        written(request_, OLLAMA_CHAT, OLLAMA)

    assert feature == caught.value.feature


def test_the_rules_of_a_model_may_refuse_images_and_rename_settings() -> None:
    rules = attrs.evolve(OLLAMA.rules, parts=frozenset(), setting_names={"seed": "rng"}, efforts={"high": "max"})
    endpoint = attrs.evolve(OLLAMA, rules=rules)
    body = body_of(attrs.evolve(HI, settings=ChatSettings(seed=1, reasoning_effort="high")), OLLAMA_CHAT, endpoint)

    assert ({"rng": 1}, "max") == (body["options"], body["think"])
    with pytest.raises(UnsupportedFeatureError):
        messages_of([UserMessage([PIXEL])], OLLAMA_CHAT, endpoint)


def test_both_prefixes_call_the_chat_but_litellm_calls_another_endpoint_for_one() -> None:
    assert OLLAMA_CHAT == PROFILES["ollama"].wire == PROFILES["ollama_chat"].wire
    assert (True, False) == (PROFILES["ollama"].litellm.call_only, PROFILES["ollama_chat"].litellm.call_only)
