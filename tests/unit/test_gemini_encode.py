"""The address and the messages of a request in Gemini's format."""

import json
from collections.abc import Sequence

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    FilePart,
    ImagePart,
    InvalidToolCall,
    Message,
    ProviderData,
    SystemMessage,
    TextPart,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonValue
from llm_core.domain.parts import UserPart
from llm_core.wires.gemini import GEMINI

from .gemini_bodies import BEFORE_3, FROM_3, HELLO, PNG, body, calls, contents, endpoint

PLACEHOLDER = "skip_thought_signature_validator"


@pytest.mark.parametrize(
    ("model", "stream", "query", "url"),
    [
        ("gemini-2.5-flash", False, "", "/models/gemini-2.5-flash:generateContent"),
        ("gemini-2.5-flash", True, "", "/models/gemini-2.5-flash:streamGenerateContent?alt=sse"),
        ("gemini-2.5-flash", True, "a=1", "/models/gemini-2.5-flash:streamGenerateContent?alt=sse&a=1"),
        ("../../admin", False, "", "/models/..%2F..%2Fadmin:generateContent"),
        ("a b#c?d", False, "", "/models/a%20b%23c%3Fd:generateContent"),
    ],
)
def test_the_model_stands_in_the_path_percent_encoded(model: str, query: str, url: str, *, stream: bool) -> None:
    request = ChatRequest(messages=[HELLO])

    sent = GEMINI.encode(request, request.settings, endpoint(model, query=query), stream=stream)

    assert (f"https://provider.test/v1beta{url}", {"x-goog-api-key": "k"}) == (sent.url, sent.headers)


def test_system_messages_are_the_instruction_and_neighbours_of_one_role_share_a_content() -> None:
    messages = [SystemMessage("Be brief."), HELLO, UserMessage("ho"), AssistantMessage("Well."), SystemMessage("Now.")]

    seen = body(ChatRequest(messages=messages))

    assert {"parts": [{"text": "Be brief."}, {"text": "Now."}]} == seen["systemInstruction"]
    assert [
        {"role": "user", "parts": [{"text": "hi"}, {"text": "ho"}]},
        {"role": "model", "parts": [{"text": "Well."}]},
    ] == seen["contents"]
    assert {"systemInstruction", "contents"} == seen.keys()


@pytest.mark.parametrize("message", [SystemMessage("Be brief."), UserMessage("")])
def test_contents_are_never_without_a_part(message: Message) -> None:
    assert [{"role": "user", "parts": [{"text": ""}]}] == contents(message)


def test_an_empty_answer_is_an_empty_text() -> None:
    assert [[{"text": ""}]] == _all(contents(HELLO, AssistantMessage()), "model")


@pytest.mark.parametrize(
    ("part", "wire"),
    [
        (ImagePart(data=PNG), {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}}),
        (ImagePart(url="gs://bucket/a.png"), {"fileData": {"fileUri": "gs://bucket/a.png"}}),
        (
            ImagePart(url="https://generativelanguage.googleapis.com/v1beta/files/a", media_type="image/png"),
            {
                "fileData": {
                    "mimeType": "image/png",
                    "fileUri": "https://generativelanguage.googleapis.com/v1beta/files/a",
                }
            },
        ),
        (
            FilePart(data=b"%PDF", media_type="application/pdf"),
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBERg=="}},
        ),
        (
            FilePart(url="gs://b/a", media_type="text/csv"),
            {"fileData": {"mimeType": "text/csv", "fileUri": "gs://b/a"}},
        ),
        *(
            (AudioPart(b"hi", media_type=given_type), {"inlineData": {"mimeType": sent_type, "data": "aGk="}})
            for given_type, sent_type in {
                **{
                    name: name
                    for name in ("audio/wav", "audio/mp3", "audio/ogg", "audio/flac", "audio/aac", "audio/aiff")
                },
                "audio/mpeg": "audio/mp3",
                "audio/x-wav": "audio/wav",
                "audio/webm": "audio/webm",
            }.items()
        ),
    ],
)
def test_a_part_is_sent_inline_or_as_a_file_at_google(part: UserPart, wire: JsonValue) -> None:
    assert [{"role": "user", "parts": [{"text": "See: "}, wire]}] == contents(UserMessage([TextPart("See: "), part]))


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        (ImagePart(url="https://pictures.test/a.png"), "image by url"),
        (ImagePart(data=b"unknown"), "an image of unknown format (set media_type)"),
        (AudioPart(b"hi", media_type="text/plain"), "text/plain (audio/wav, audio/mp3 and others can be sent)"),
    ],
)
def test_a_part_that_google_cannot_take_is_refused_by_name(part: UserPart, problem: str) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        contents(HELLO, UserMessage([TextPart("See: "), part]))

    assert f"messages[1].content[1]: {problem}" == caught.value.feature


@pytest.mark.parametrize(("is_error", "key"), [(False, "result"), (True, "error")])
def test_a_result_is_matched_by_name_and_an_error_has_a_key_of_its_own(key: str, *, is_error: bool) -> None:
    result = ToolMessage([TextPart("a"), TextPart("b")], tool_call_id="get_1", is_error=is_error)

    seen = contents(HELLO, AssistantMessage(tool_calls=calls("get")), result)

    assert [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "get", "args": {"n": 1}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "get", "response": {key: "ab"}}}]},
    ] == seen


@pytest.mark.parametrize(
    ("text", "arguments"),
    [('{"a', {"invalid_arguments": '{"a'}), ("", {"invalid_arguments": ""}), ('{"a": 1}', {"a": 1})],
)
def test_an_invalid_call_is_sent_as_its_text_unless_that_is_an_object(text: str, arguments: JsonValue) -> None:
    invalid = InvalidToolCall(id="a", name="get", arguments_text=text, problem="cut off")

    seen = contents(HELLO, AssistantMessage(invalid_tool_calls=[invalid]))

    assert [[{"functionCall": {"name": "get", "args": arguments}}]] == _all(seen, "model")


def test_two_calls_with_one_id_are_two_calls_and_results_answer_the_call_before_them() -> None:
    twins, later = (
        AssistantMessage(tool_calls=calls("get", "set", id="a")),
        AssistantMessage(tool_calls=calls("put", id="a")),
    )
    results = [ToolMessage(text, tool_call_id="a") for text in ("1", "2", "3")]

    seen = contents(HELLO, twins, *results[:2], later, results[2])

    assert [["get", "set"], ["put"]] == [_fields(content, "functionCall", "name") for content in _all(seen, "model")]
    assert [[], ["get", "set"], ["put"]] == [
        _fields(content, "functionResponse", "name") for content in _all(seen, "user")
    ]


def test_calls_of_one_name_have_ids_if_their_results_come_in_another_order() -> None:
    answer = AssistantMessage(tool_calls=calls("get", "get", "set"))
    order = ["get_2", "set_3", "get_1"]

    seen = contents(HELLO, answer, *(ToolMessage("done", tool_call_id=id) for id in order))

    assert [["get_1", "get_2", None]] == [_fields(content, "functionCall", "id") for content in _all(seen, "model")]
    assert ["get_2", None, "get_1"] == _fields(_all(seen, "user")[1], "functionResponse", "id")


@pytest.mark.parametrize("order", [["get_1", "get_2"], ["get_1"], []])
def test_calls_of_one_name_have_no_ids_if_name_and_order_suffice(order: Sequence[str]) -> None:
    answer = AssistantMessage(tool_calls=calls("get", "get"))

    seen = contents(HELLO, answer, *(ToolMessage("done", tool_call_id=id) for id in order))

    assert "get_1" not in json.dumps(seen)


def test_an_id_of_googles_is_repeated_in_call_and_result_and_is_unique() -> None:
    data = [ProviderData(provider="gemini", value={"id": "a"})]
    twins = [attrs.evolve(call, provider_data=data) for call in calls("get", "get", id="a")]
    results = [ToolMessage("done", tool_call_id="a")] * 2

    seen = contents(HELLO, AssistantMessage(tool_calls=twins), *results)

    sent, answered = (
        _fields(_all(seen, "model")[0], "functionCall", "id"),
        _fields(_all(seen, "user")[1], "functionResponse", "id"),
    )
    assert (2, "a", sent) == (len({*sent}), sent[0], answered)


def test_images_of_results_are_in_them_from_gemini_3_on() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}}
    result = ToolMessage([TextPart("Look: "), ImagePart(data=PNG)], tool_call_id="get_1")

    seen = contents(HELLO, AssistantMessage(tool_calls=calls("get")), result, UserMessage("And?"), model=FROM_3)

    response = {"name": "get", "response": {"result": "Look: "}, "parts": [image]}
    assert [{"functionResponse": response}, {"text": "And?"}] == _all(seen, "user")[1]


@pytest.mark.parametrize("last", [[], [UserMessage("And?")]])
def test_images_of_results_are_beside_all_results_of_the_turn_before_gemini_3(last: list[Message]) -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}}
    data = [ProviderData(provider="gemini", value={"id": "set_2"})]
    get, put = calls("get", "set")
    answer = AssistantMessage(tool_calls=[get, attrs.evolve(put, provider_data=data)])
    results = [ToolMessage([ImagePart(data=PNG)], tool_call_id=id) for id in ("get_1", "set_2")]

    seen = contents(HELLO, answer, *results, *last, model=BEFORE_3)

    assert [
        {"functionResponse": {"name": "get", "response": {"result": ""}}},
        {"functionResponse": {"name": "set", "id": "set_2", "response": {"result": ""}}},
        {"text": "Images in the result of the tool get:"},
        image,
        {"text": "Images in the result of the tool set, call set_2:"},
        image,
        *([{"text": "And?"}] if last else []),
    ] == _all(seen, "user")[1]


def test_an_image_of_a_result_that_google_cannot_take_is_refused_by_its_place() -> None:
    result = ToolMessage([TextPart("a"), ImagePart(url="https://pictures.test/a.png")], tool_call_id="get_1")

    with pytest.raises(UnsupportedFeatureError) as caught:
        contents(HELLO, AssistantMessage(tool_calls=calls("get")), result)

    assert "messages[2].content[1]: image by url" == caught.value.feature


def test_every_call_of_another_model_has_the_placeholder_for_gemini_3() -> None:
    foreign = [ProviderData(provider="anthropic", value={"type": "tool_use"})]
    one, two = calls("get", "set")
    answer = AssistantMessage("Well.", tool_calls=[attrs.evolve(one, provider_data=foreign), two])

    new, old = (_all(contents(HELLO, answer, model=model), "model")[0] for model in (FROM_3, BEFORE_3))

    assert [None, PLACEHOLDER, PLACEHOLDER] == [part.get("thoughtSignature") for part in new]
    assert "thoughtSignature" not in json.dumps(old)


def test_of_parallel_calls_that_gemini_3_made_only_the_first_is_signed() -> None:
    one, two = calls("get", "set")
    signed = attrs.evolve(one, provider_data=[ProviderData(provider="gemini", value={"thoughtSignature": "s"})])

    seen = _all(contents(HELLO, AssistantMessage(tool_calls=[signed, two]), model=FROM_3), "model")[0]

    assert ["s", None] == [part.get("thoughtSignature") for part in seen]


def _all(seen: JsonValue, role: str) -> list[list[dict[str, JsonValue]]]:
    """Return the parts of each content of *role*."""
    return [
        [part for part in parts if isinstance(part, dict)]
        for content in (seen if isinstance(seen, list) else ())
        if isinstance(content, dict) and content["role"] == role and isinstance(parts := content["parts"], list)
    ]


def _fields(parts: list[dict[str, JsonValue]], kind: str, name: str) -> list[JsonValue]:
    """Return one field of each part of a *kind*."""
    return [value.get(name) for part in parts if isinstance(value := part.get(kind), dict)]
