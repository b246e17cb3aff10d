"""Anthropic's Messages API: how messages, their parts, and the request around them are encoded."""

import json

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    InvalidToolCall,
    JsonSchemaOutput,
    Message,
    NamedTool,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.json_values import JsonObject
from llm_core.domain.parts import UserPart
from llm_core.providers.anthropic import claude_rules
from llm_core.testing import strategies
from llm_core.testing.clauses import properties
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest

QUICK = settings(max_examples=50, deadline=None)
ENDPOINT = Endpoint(
    provider="anthropic", model="m", base_url="http://a.test", rules=claude_rules("claude-sonnet-4-5", "")
)
HI = UserMessage("hi")
CALL = ToolCall(id="c1", name="get", arguments={"city": "Oslo"})
CALLING = AssistantMessage(tool_calls=[CALL])
TEXT_HI: JsonObject = {"type": "text", "text": "hi"}
PIXEL = b"\x89PNG...."
PICTURE = ImagePart(data=PIXEL, media_type="image/png")
PICTURE_BLOCK: JsonObject = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": "iVBORy4uLi4="},
}
TOOLS = (
    Tool(name="get", description="Get it.", parameters={"type": "object"}),
    Tool(name="set", description="", parameters={}, strict=True),
)
REQUESTS = st.builds(
    ChatRequest,
    messages=strategies.histories(TOOLS),
    tools=st.just(TOOLS),
    tool_choice=st.sampled_from(["auto", "none", "required", NamedTool("set")]),
    output=st.sampled_from([None, JsonSchemaOutput(name="city", schema={"type": "object"})]),
    settings=st.builds(
        ChatSettings,
        max_tokens=st.integers(1, 9),
        temperature=st.none() | st.floats(0, 1),
        stop=st.lists(st.sampled_from("ab"), max_size=1),
        parallel_tool_calls=st.none() | st.booleans(),
        extra=st.dictionaries(st.sampled_from(["x_note", "metadata"]), strategies.json_values(), max_size=1),
    ),
    model=st.just("m"),
)


def encoded(request: ChatRequest, endpoint: Endpoint = ENDPOINT, *, stream: bool = False) -> HTTPRequest:
    return ANTHROPIC_MESSAGES.encode(request, request.settings, endpoint, stream=stream)


def body(*messages: Message, endpoint: Endpoint = ENDPOINT) -> JsonObject:
    request = ChatRequest(messages=messages)
    read: JsonObject = json.loads(encoded(request, endpoint).content)
    return read


def turns(*messages: Message, endpoint: Endpoint = ENDPOINT) -> list[tuple[str, object]]:
    sent = body(*messages, endpoint=endpoint)["messages"]
    assert isinstance(sent, list)
    return [(turn["role"], turn["content"]) for turn in sent]


def refusal(*messages: Message) -> str | None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        body(*messages)
    return caught.value.feature


@QUICK
@given(REQUESTS)
def test_every_request_survives_the_wire(request: ChatRequest) -> None:
    without_parallel = attrs.evolve(request.settings, parallel_tool_calls=None)
    sent = attrs.evolve(request, settings=without_parallel) if request.tool_choice == "none" else request

    properties.dialect_round_trip_is_identity(
        sent, AnthropicMessages(), lambda one: encoded(one).content, path="/v1/messages"
    )


def test_a_request_has_the_documented_url_headers_and_fields() -> None:
    endpoint = attrs.evolve(ENDPOINT, headers={"x-api-key": "k"})

    seen = encoded(ChatRequest(messages=[SystemMessage("Be brief."), HI]), endpoint)

    assert "http://a.test/v1/messages" == seen.url
    assert {"anthropic-version": "2023-06-01", "x-api-key": "k"} == seen.headers
    assert {
        "model": "m",
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [{"role": "user", "content": [TEXT_HI]}],
        "max_tokens": 64_000,
    } == json.loads(seen.content)


def test_a_stream_is_requested_in_the_body() -> None:
    seen = json.loads(encoded(ChatRequest(messages=[HI]), stream=True).content)

    assert True is seen["stream"]


def test_the_callers_version_replaces_ours() -> None:
    endpoint = attrs.evolve(ENDPOINT, headers={"Anthropic-Version": "2030-01-01"})

    assert {"Anthropic-Version": "2030-01-01"} == encoded(ChatRequest(messages=[HI]), endpoint).headers


def test_system_messages_stand_in_one_field_in_their_order() -> None:
    sent = body(SystemMessage("1"), HI, SystemMessage(""), SystemMessage("2"))

    assert [{"type": "text", "text": "1"}, {"type": "text", "text": "2"}] == sent["system"]
    assert [{"role": "user", "content": [TEXT_HI]}] == sent["messages"]


def test_neighbours_of_one_role_are_one_turn() -> None:
    seen = turns(HI, HI, AssistantMessage("a "), AssistantMessage(" b"), HI)

    assert [
        ("user", [TEXT_HI, TEXT_HI]),
        ("assistant", [{"type": "text", "text": "a "}, {"type": "text", "text": " b"}]),
        ("user", [TEXT_HI]),
    ] == seen


def test_the_results_of_a_turn_come_first_in_the_next_one() -> None:
    calls = [CALL, attrs.evolve(CALL, id="c2")]

    seen = turns(
        AssistantMessage("Hm.", tool_calls=calls),
        HI,
        ToolMessage("rain", tool_call_id="c2"),
        ToolMessage([TextPart("sun"), TextPart(" "), PICTURE], tool_call_id="c1"),
    )

    assert [
        (
            "assistant",
            [
                {"type": "text", "text": "Hm."},
                {"type": "tool_use", "id": "c1", "name": "get", "input": {"city": "Oslo"}},
                {"type": "tool_use", "id": "c2", "name": "get", "input": {"city": "Oslo"}},
            ],
        ),
        (
            "user",
            [
                {"type": "tool_result", "tool_use_id": "c2", "content": "rain"},
                {
                    "type": "tool_result",
                    "tool_use_id": "c1",
                    "content": [{"type": "text", "text": "sun"}, PICTURE_BLOCK],
                },
                TEXT_HI,
            ],
        ),
    ] == seen


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Error: none", ToolMessage("Error: none", tool_call_id="c1")),
        ("", ToolMessage("", tool_call_id="c1")),
        ("", ToolMessage([TextPart("")], tool_call_id="c1")),
        ("no such city", ToolMessage("no such city", tool_call_id="c1", is_error=True)),
        ("Error", ToolMessage("", tool_call_id="c1", is_error=True)),
        ("Error", ToolMessage([TextPart(" ")], tool_call_id="c1", is_error=True)),
        ([{"type": "text", "text": "no"}], ToolMessage([TextPart("no")], tool_call_id="c1", is_error=True)),
    ],
)
def test_a_result_is_its_content_and_a_failed_one_holds_text(content: object, message: ToolMessage) -> None:
    _, (_, results) = turns(CALLING, message)

    flag = {"is_error": True} if message.is_error else {}
    assert [{"type": "tool_result", "tool_use_id": "c1", "content": content, **flag}] == results


def test_an_image_of_a_failed_result_follows_all_results() -> None:
    two = AssistantMessage(tool_calls=[CALL, attrs.evolve(CALL, id="c2")])
    failed = ToolMessage([PICTURE], tool_call_id="c1", is_error=True)

    _, (_, blocks) = turns(two, failed, ToolMessage("ok", tool_call_id="c2"))

    assert [
        {"type": "tool_result", "tool_use_id": "c1", "content": "Error", "is_error": True},
        {"type": "tool_result", "tool_use_id": "c2", "content": "ok"},
        {"type": "text", "text": "Images in the result of the tool get, call c1:"},
        PICTURE_BLOCK,
    ] == blocks


def test_two_calls_with_one_id_go_out_with_distinct_ids() -> None:
    (_, calls), (_, results) = turns(
        AssistantMessage(tool_calls=[CALL, CALL]),
        ToolMessage("a", tool_call_id="c1"),
        ToolMessage("b", tool_call_id="c1"),
    )

    assert isinstance(calls, list)
    assert isinstance(results, list)
    assert [call["id"] for call in calls] == [result["tool_use_id"] for result in results]
    assert 2 == len({call["id"] for call in calls})


def test_a_history_with_calls_gets_no_tool_that_the_request_does_not_offer() -> None:
    assert "tools" not in body(CALLING, ToolMessage("rain", tool_call_id="c1"))


@pytest.mark.parametrize(
    ("input", "name", "text"),
    [
        ({"INVALID_JSON": '{"city": "Os'}, "get", '{"city": "Os'),
        ({"INVALID_JSON": ""}, "get", ""),
        ({"INVALID_JSON": "{}"}, "", "{}"),
        ({"a": 1}, "get", '{"a": 1}'),
    ],
)
def test_an_invalid_call_goes_back_with_its_text(input: JsonObject, name: str, text: str) -> None:
    invalid = InvalidToolCall(id="a", name=name, arguments_text=text, problem="cut off")

    seen = turns(AssistantMessage(invalid_tool_calls=[invalid]))

    assert [("assistant", [{"type": "tool_use", "id": "a", "name": name, "input": input}])] == seen


@pytest.mark.parametrize("text", ["", " \n"])
def test_blank_text_of_the_model_is_left_out_beside_a_call(text: str) -> None:
    seen = turns(AssistantMessage(text, tool_calls=[CALL]))

    assert [("assistant", [{"type": "tool_use", "id": "c1", "name": "get", "input": {"city": "Oslo"}}])] == seen


def test_empty_parts_beside_others_are_left_out() -> None:
    seen = turns(UserMessage([TextPart("And"), TextPart(""), TextPart(" now?")]))

    assert [("user", [{"type": "text", "text": "And"}, {"type": "text", "text": " now?"}])] == seen


@pytest.mark.parametrize(
    "message",
    [
        UserMessage(" \n"),
        UserMessage(""),
        UserMessage([TextPart("")]),
        UserMessage([TextPart("a"), TextPart(" ")]),
        AssistantMessage(""),
        AssistantMessage(" "),
        SystemMessage(" "),
    ],
    ids=repr,
)
def test_a_message_of_blank_text_is_refused(message: Message) -> None:
    assert "messages[1].content: blank text" == refusal(HI, message)


def test_a_history_of_system_messages_alone_is_refused() -> None:
    assert "messages: none beside system messages" == refusal(SystemMessage("Be brief."), SystemMessage("Be kind."))


@pytest.mark.parametrize(
    ("block", "part"),
    [
        (PICTURE_BLOCK, PICTURE),
        (PICTURE_BLOCK, ImagePart(data=PIXEL)),
        (PICTURE_BLOCK, ImagePart(url="data:image/png;base64,iVBORy4uLi4=")),
        (
            {"type": "image", "source": {"type": "url", "url": "https://a.test/b.png"}},
            ImagePart(url="https://a.test/b.png"),
        ),
        ({"type": "image", "source": {"type": "file", "file_id": "file_1"}}, ImagePart(url="file_1")),
        (
            {"type": "document", "source": {"type": "url", "url": "https://a.test/a.pdf"}, "title": "a.pdf"},
            FilePart(url="https://a.test/a.pdf", media_type="application/pdf", name="a.pdf"),
        ),
        (
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}},
            FilePart(data=b"%PDF", media_type="application/pdf"),
        ),
        (
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "eñe"}},
            FilePart(data="eñe".encode(), media_type="text/plain"),
        ),
        (
            {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
            FilePart(url="file_1", media_type="text/plain"),
        ),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_part_is_encoded_as_a_block(block: JsonObject, part: UserPart) -> None:
    assert [("user", [TEXT_HI, block])] == turns(UserMessage([TextPart("hi"), part]))


@pytest.mark.parametrize(
    ("problem", "part"),
    [
        ("audio", AudioPart(b"RIFF", media_type="audio/wav")),
        ("an image of unknown format (set media_type)", ImagePart(data=b"?")),
        ("text/csv (PDF and plain text can be sent)", FilePart(data=b"a,b", media_type="text/csv")),
        (
            "text/plain by url (PDF and plain text can be sent)",
            FilePart(url="https://a.test/a.txt", media_type="text/plain"),
        ),
        ("a text file that is blank or not UTF-8", FilePart(data=b"\xff", media_type="text/plain")),
        ("a text file that is blank or not UTF-8", FilePart(data=b" ", media_type="text/plain")),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_part_that_the_wire_cannot_carry_is_refused(problem: str, part: UserPart) -> None:
    assert f"messages[0].content[1]: {problem}" == refusal(UserMessage([TextPart("hi"), part]))


@pytest.mark.parametrize(
    ("sent", "given"), [("files-api-2025-04-14", {}), ("a,b,files-api-2025-04-14", {"Anthropic-Beta": "a, b"})]
)
def test_an_uploaded_file_needs_a_beta_header(sent: str, given: dict[str, str]) -> None:
    request = ChatRequest(messages=[UserMessage([ImagePart(url="file_1")])])

    seen = encoded(request, attrs.evolve(ENDPOINT, headers=given)).headers

    assert [sent] == [value for name, value in seen.items() if name.lower() == "anthropic-beta"]


def test_a_request_and_its_long_texts_are_not_changed() -> None:
    request = ChatRequest(messages=[HI, CALLING, ToolMessage("rain", tool_call_id="c1")], tools=TOOLS)
    before = repr(request)

    encoded(request)

    assert before == repr(request)
