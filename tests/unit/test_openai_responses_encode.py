"""How requests are written for OpenAI's Responses API: golden bodies, and what is refused."""

import json
from typing import Literal

import attrs
import pytest

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
    NamedTool,
    ProviderData,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.providers.openai import PROFILES
from llm_core.providers.rules.responses import responses_rules
from llm_core.wires.model_rules import PARTS
from llm_core.wires.openai_responses import OPENAI_RESPONSES

from .encoding import PROVIDER, body_of, endpoint_of, written

HOST = "https://api.openai.com/v1"
_CHAT = endpoint_of(PROFILES["openai"], "gpt-5.4", HOST)
REASONING = attrs.evolve(_CHAT, rules=responses_rules(_CHAT.rules))
_PLAIN = endpoint_of(PROFILES["openai"], "gpt-4o", HOST)
PLAIN = attrs.evolve(_PLAIN, rules=responses_rules(_PLAIN.rules))
HI = ChatRequest(messages=[UserMessage("Hi.")])
TOOL = Tool(name="get", description="Get it.", parameters={"type": "object"})
CALL = ToolCall(id="c1", name="get", arguments={"city": "Oslo"}, arguments_text='{"city" :  "Oslo"}')
CUT_OFF = InvalidToolCall(id="c2", name="set", arguments_text='{"city": "Os', problem="cut off")
PIXEL = ImagePart(data=b"\x89PNG", media_type=None)
PIXEL_URL = "data:image/png;base64,iVBORw=="


def body(request: ChatRequest) -> dict[str, JsonValue]:
    return body_of(request, OPENAI_RESPONSES, REASONING)


def inputs(*messages: UserMessage | AssistantMessage | ToolMessage | SystemMessage) -> JsonValue:
    return body(ChatRequest(messages=messages))["input"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_stores_nothing_and_asks_for_encrypted_reasoning(*, stream: bool) -> None:
    sent = written(HI, OPENAI_RESPONSES, attrs.evolve(REASONING, headers={"x": "y"}), stream=stream)

    expected = {
        "model": "gpt-5.4",
        "input": [{"role": "user", "content": "Hi."}],
        "store": False,
        "include": ["reasoning.encrypted_content"],
        **({"stream": True} if stream else {}),
    }
    assert (f"{HOST}/responses", {"x": "y"}) == (sent.url, sent.headers)
    assert expected == json.loads(sent.content)


def test_a_model_that_does_not_reason_is_asked_for_no_reasoning() -> None:
    assert "include" not in body_of(HI, OPENAI_RESPONSES, PLAIN)


def test_a_model_that_does_not_reason_takes_what_shapes_the_sampling() -> None:
    settings = ChatSettings(temperature=0.5, top_p=0.25)

    seen = body_of(attrs.evolve(HI, settings=settings), OPENAI_RESPONSES, PLAIN)

    assert (0.5, 0.25) == (seen["temperature"], seen["top_p"])


def test_what_the_caller_wants_included_is_added() -> None:
    wanted = ["web_search_call.action.sources", "reasoning.encrypted_content"]
    settings = ChatSettings(extra={"include": wanted, "truncation": "auto"})

    seen = body(attrs.evolve(HI, settings=settings))

    assert ["reasoning.encrypted_content", "web_search_call.action.sources"] == seen["include"]
    assert "auto" == seen["truncation"]


def test_an_include_that_is_no_list_is_refused() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        body(attrs.evolve(HI, settings=ChatSettings(extra={"include": "all"})))

    assert "settings.extra.include" == caught.value.feature


def test_settings_have_the_names_of_this_api() -> None:
    settings = ChatSettings(
        max_tokens=50, reasoning_effort="low", parallel_tool_calls=False, service_tier="flex", extra={"user": "u"}
    )

    seen = body(ChatRequest(messages=HI.messages, tools=[TOOL], settings=settings))

    expected = {
        "max_output_tokens": 50,
        "reasoning": {"effort": "low"},
        "parallel_tool_calls": False,
        "service_tier": "flex",
        "user": "u",
    }
    assert expected == {name: seen[name] for name in expected}


def test_a_summary_of_the_reasoning_is_asked_for_beside_the_effort() -> None:
    settings = ChatSettings(reasoning_effort="high", extra={"reasoning": {"summary": "auto"}})

    assert {"effort": "high", "summary": "auto"} == body(attrs.evolve(HI, settings=settings))["reasoning"]


@pytest.mark.parametrize(
    "settings",
    [
        ChatSettings(stop=["x"]),
        ChatSettings(seed=1),
        ChatSettings(presence_penalty=1.0),
        ChatSettings(frequency_penalty=1.0),
        ChatSettings(cache="5m"),
    ],
)
def test_settings_without_a_field_are_refused_by_the_encoder(settings: ChatSettings) -> None:
    with pytest.raises(UnsupportedFeatureError, match=r"settings\."):
        OPENAI_RESPONSES.encode(HI, settings, REASONING, stream=False)


def test_settings_without_a_field_are_not_accepted() -> None:
    assert {"stop", "seed", "presence_penalty", "frequency_penalty", "cache"}.isdisjoint(REASONING.rules.settings)


@pytest.mark.parametrize(
    "extra",
    [
        {"input": "x"},
        {"store": True},
        {"previous_response_id": "resp_1"},
        {"reasoning": {"effort": "low"}},
        {"text": {"format": {"type": "json_object"}}},
    ],
)
def test_fields_of_the_encoder_are_refused_in_extra(extra: dict[str, JsonValue]) -> None:
    with pytest.raises(UnsupportedFeatureError, match=r"settings\.extra"):
        body(attrs.evolve(HI, settings=ChatSettings(extra=extra)))


@pytest.mark.parametrize("strict", [False, True])
def test_a_tool_is_flat_and_states_whether_it_is_strict(*, strict: bool) -> None:
    seen = body(ChatRequest(messages=HI.messages, tools=[attrs.evolve(TOOL, strict=strict)]))

    parameters = {"type": "object", **({"additionalProperties": False} if strict else {})}
    named = {"name": "get", "description": "Get it.", "parameters": parameters}
    assert [{"type": "function", **named, "strict": strict}] == seen["tools"]
    assert "tool_choice" not in seen


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("none", "none"), ("required", "required"), (NamedTool("get"), {"type": "function", "name": "get"})],
)
def test_tool_choices(choice: NamedTool, expected: JsonValue) -> None:
    assert expected == body(ChatRequest(messages=HI.messages, tools=[TOOL], tool_choice=choice))["tool_choice"]


def test_tools_of_the_provider_stand_beside_ours() -> None:
    search = ProviderData(provider=PROVIDER, value={"type": "web_search"})

    seen = body(ChatRequest(messages=HI.messages, tools=[TOOL], server_tools=[search]))["tools"]

    assert isinstance(seen, list)
    assert {"type": "web_search"} == seen[1]


def test_output_formats() -> None:
    schema = JsonSchemaOutput(name="s", schema={"type": "object"}, strict=False)

    seen = [body(attrs.evolve(HI, output=output))["text"] for output in (JsonOutput(), schema)]

    named = {"type": "json_schema", "name": "s", "schema": {"type": "object"}, "strict": False}
    assert [{"format": {"type": "json_object"}}, {"format": named}] == seen


@pytest.mark.parametrize("schema", [{"type": "object", "additionalProperties": True}])
def test_a_strict_schema_with_an_open_object_is_refused_by_name(schema: dict[str, JsonValue]) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        body(attrs.evolve(HI, output=JsonSchemaOutput(name="s", schema=schema)))

    assert "output.schema.additionalProperties: an open object" == caught.value.feature


def test_a_limit_below_that_of_the_api_is_not_accepted() -> None:
    refused = REASONING.rules.refused_settings

    assert [frozenset({"max_tokens"}), frozenset()] == [
        refused(HI, ChatSettings(max_tokens=limit)) for limit in (15, 16)
    ]


def test_messages_keep_their_order() -> None:
    seen = inputs(
        SystemMessage("Be brief."),
        UserMessage("Hi."),
        AssistantMessage("One moment.", tool_calls=[CALL], invalid_tool_calls=[CUT_OFF]),
        ToolMessage("wet", tool_call_id="c1"),
        ToolMessage("no JSON", tool_call_id="c2", is_error=True),
        AssistantMessage(""),
        SystemMessage("Be briefer."),
    )

    assert [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "One moment."},
        {"type": "function_call", "call_id": "c1", "name": "get", "arguments": '{"city" :  "Oslo"}'},
        {"type": "function_call", "call_id": "c2", "name": "set", "arguments": '{"city": "Os'},
        {"type": "function_call_output", "call_id": "c1", "output": "wet"},
        {"type": "function_call_output", "call_id": "c2", "output": "Error: no JSON"},
        {"role": "assistant", "content": ""},
        {"role": "system", "content": "Be briefer."},
    ] == seen


def test_parts() -> None:
    document = FilePart(data=b"%PDF", media_type="application/pdf", name="a.pdf")

    seen = inputs(
        UserMessage(
            [
                TextPart("See:"),
                PIXEL,
                ImagePart(url="https://x.test/a.png"),
                document,
                attrs.evolve(document, name=None),
                FilePart(url="https://x.test/a.pdf", media_type="application/pdf"),
            ]
        )
    )

    data = {"type": "input_file", "file_data": "data:application/pdf;base64,JVBERg=="}
    content = [
        {"type": "input_text", "text": "See:"},
        {"type": "input_image", "image_url": PIXEL_URL},
        {"type": "input_image", "image_url": "https://x.test/a.png"},
        {**data, "filename": "a.pdf"},
        {**data, "filename": "file"},
        {"type": "input_file", "file_url": "https://x.test/a.pdf"},
    ]
    assert [{"role": "user", "content": content}] == seen


def test_images_stand_in_the_result_of_their_call() -> None:
    calls = AssistantMessage(tool_calls=[CALL])

    seen = inputs(UserMessage("Hi."), calls, ToolMessage([TextPart("it:"), PIXEL], tool_call_id="c1"))

    assert isinstance(seen, list)
    output = [{"type": "input_text", "text": "it:"}, {"type": "input_image", "image_url": PIXEL_URL}]
    assert {"type": "function_call_output", "call_id": "c1", "output": output} == seen[2]


def test_audio_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        inputs(UserMessage([TextPart("x"), AudioPart(b"x", media_type="audio/wav")]))

    assert "messages[0].content[1]: audio" == caught.value.feature


@pytest.mark.parametrize(
    ("lacking", "part"), [("image data", PIXEL), ("image by url", ImagePart(url="https://a.test/b"))]
)
def test_an_image_of_a_form_that_the_model_lacks_is_refused_by_name(
    lacking: Literal["image data", "image by url"], part: ImagePart
) -> None:
    request = ChatRequest(messages=[UserMessage([part])])
    rules = [attrs.evolve(REASONING.rules, parts=parts) for parts in (PARTS - {lacking}, frozenset({lacking}))]
    refusing, accepting = (attrs.evolve(REASONING, rules=each) for each in rules)

    with pytest.raises(UnsupportedFeatureError) as caught:
        body_of(request, OPENAI_RESPONSES, refusing)

    assert f"messages[0].content[0]: {lacking}" == caught.value.feature
    assert body_of(request, OPENAI_RESPONSES, accepting)
