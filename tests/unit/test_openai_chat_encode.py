"""How requests are written in OpenAI's format: golden bodies, what is refused, and what the provider reads."""

import copy
import json
from collections.abc import Mapping
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
    ToolChoice,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.domain.parts import UserPart
from llm_core.testing import strategies
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.model_rules import PARTS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .encoding import PROVIDER, assert_it_is_read, body_of, messages_of, written

HOST = Endpoint(provider=PROVIDER, model="x", base_url="https://provider.test/v1")
STRICT = attrs.evolve(HOST, rules=ModelRules(parts=PARTS - {"file by url"}, replays_reasoning=False))
HI = ChatRequest(messages=[UserMessage("Hi.")])
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL = Tool(name="get", description="Get it.", parameters=CITY)
CALL = ToolCall(id="c1", name="get", arguments={"city": "Oslo"}, arguments_text='{"city" :  "Oslo"}')
CUT_OFF = InvalidToolCall(id="c2", name="set", arguments_text='{"city": "Os', problem="cut off")
PIXEL = ImagePart(data=b"\x89PNG", media_type=None)
QUICK = settings(max_examples=60, deadline=None)
ROLES = frozenset({"system", "user", "assistant", "tool"})


def with_rules(rules: ModelRules) -> Endpoint:
    return attrs.evolve(HOST, rules=rules)


def own(value: JsonValue, provider: str = PROVIDER) -> list[ProviderData]:
    return [ProviderData(provider=provider, value=value)]


def thought(text: str, field: str, provider: str = PROVIDER) -> ReasoningPart:
    return ReasoningPart(text, provider_data=own({"field": field}, provider))


def assistant(message: AssistantMessage, endpoint: Endpoint = HOST) -> JsonValue:
    [seen] = messages_of([message], OPENAI_CHAT, endpoint)
    return seen


@QUICK
@given(strategies.requests())
def test_the_provider_reads_every_request_or_it_is_refused(request: ChatRequest) -> None:
    try:
        written(request, OPENAI_CHAT, STRICT)
    except UnsupportedFeatureError:
        return
    assert_it_is_read(request, OPENAI_CHAT, STRICT, OpenAIChat())


def test_a_request_goes_to_the_chat_completions() -> None:
    sent = written(HI, OPENAI_CHAT, attrs.evolve(HOST, headers={"x": "y"}, query="api-version=1"))

    assert ("https://provider.test/v1/chat/completions?api-version=1", {"x": "y"}) == (sent.url, sent.headers)
    assert {"model": "x", "messages": [{"role": "user", "content": "Hi."}]} == json.loads(sent.content)


@pytest.mark.parametrize("usage", [False, True])
def test_a_stream_wants_its_usage_where_the_provider_reports_it_on_request(*, usage: bool) -> None:
    body = body_of(HI, OPENAI_CHAT, with_rules(ModelRules(stream_usage=usage)), stream=True)

    assert (True, {"include_usage": True} if usage else None) == (body["stream"], body.get("stream_options"))


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"role": "system", "content": " Be brief.\n"}, SystemMessage(" Be brief.\n")),
        ({"role": "user", "content": " hi "}, UserMessage(" hi ")),
        ({"role": "user", "content": "hi"}, UserMessage([TextPart("hi")])),
        (
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": ""}]},
            UserMessage([TextPart("a"), TextPart("")]),
        ),
        ({"role": "assistant", "content": "Hello"}, AssistantMessage("Hello")),
        ({"role": "assistant", "content": ""}, AssistantMessage()),
    ],
)
def test_a_message_is_encoded_with_its_role(expected: JsonValue, message: Message) -> None:
    assert [expected] == messages_of([message], OPENAI_CHAT, HOST)


@pytest.mark.parametrize(
    ("expected", "part"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}, PIXEL),
        ({"type": "image_url", "image_url": {"url": "https://x.test/a"}}, ImagePart(url="https://x.test/a")),
        (
            {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}},
            AudioPart(b"hi", media_type="audio/mp3"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
            AudioPart(b"hi", media_type="audio/x-wav"),
        ),
        (
            {"type": "file", "file": {"file_data": "data:text/plain;base64,aGk=", "filename": "a.txt"}},
            FilePart(data=b"hi", media_type="text/plain", name="a.txt"),
        ),
        (
            {"type": "file", "file": {"file_data": "https://x.test/a", "filename": "file"}},
            FilePart(url="https://x.test/a", media_type="text/plain"),
        ),
    ],
)
def test_a_part_is_encoded_with_its_data(expected: JsonValue, part: UserPart) -> None:
    assert [{"role": "user", "content": [expected]}] == messages_of([UserMessage([part])], OPENAI_CHAT, HOST)


@pytest.mark.parametrize(("name", "named"), [(None, {}), ("a.pdf", {"document_name": "a.pdf"})])
def test_a_file_may_be_a_document_by_its_url(name: str | None, named: dict[str, JsonValue]) -> None:
    endpoint = with_rules(ModelRules(file_format="document_url"))
    message = UserMessage([FilePart(data=b"hi", media_type="application/pdf", name=name)])

    url = "data:application/pdf;base64,aGk="
    content = [{"type": "document_url", "document_url": url, **named}]
    assert [{"role": "user", "content": content}] == messages_of([message], OPENAI_CHAT, endpoint)


@pytest.mark.parametrize(
    ("feature", "part", "parts"),
    [
        ("messages[0].content[1]: image by url", ImagePart(url="https://x.test/a"), PARTS - {"image by url"}),
        ("messages[0].content[1]: image data", PIXEL, PARTS - {"image data"}),
        ("messages[0].content[1]: an image of unknown format (set media_type)", ImagePart(data=b"hi"), PARTS),
        ("messages[0].content[1]: audio", AudioPart(b"hi", media_type="audio/wav"), PARTS - {"audio"}),
        (
            "messages[0].content[1]: audio/ogg (audio/wav and audio/mpeg can be sent)",
            AudioPart(b"hi", media_type="audio/ogg"),
            PARTS,
        ),
        ("messages[0].content[1]: file data", FilePart(data=b"hi", media_type="x/y"), PARTS - {"file data"}),
        ("messages[0].content[1]: file by url", FilePart(url="https://x", media_type="x/y"), PARTS - {"file by url"}),
    ],
)
def test_a_part_that_cannot_be_sent_is_refused_by_field_and_index(
    feature: str, part: UserPart, parts: frozenset[Literal["image by url"]]
) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        messages_of([UserMessage([TextPart("x"), part])], OPENAI_CHAT, with_rules(ModelRules(parts=parts)))

    assert feature == caught.value.feature


@pytest.mark.parametrize(
    ("content", "result"),
    [
        ("rain", ToolMessage("rain", tool_call_id="c1")),
        ("Error: no", ToolMessage("no", tool_call_id="c1", is_error=True)),
        ("rain", ToolMessage([TextPart("rain")], tool_call_id="c1")),
        (
            [{"type": "text", "text": "Error: "}, {"type": "text", "text": "no"}],
            ToolMessage([TextPart("no")], tool_call_id="c1", is_error=True),
        ),
    ],
)
def test_a_result_is_text_after_an_error_prefix(content: JsonValue, result: ToolMessage) -> None:
    [_, seen] = messages_of([AssistantMessage(tool_calls=[CALL]), result], OPENAI_CHAT, HOST)

    assert {"role": "tool", "tool_call_id": "c1", "content": content} == seen


def test_images_of_results_follow_all_results_of_the_turn_and_name_their_calls() -> None:
    answer = AssistantMessage("Looking.", tool_calls=[CALL, attrs.evolve(CALL, id="c3", name="set")])
    results: list[Message] = [
        ToolMessage([TextPart("a"), PIXEL], tool_call_id="c1", is_error=True),
        ToolMessage([PIXEL], tool_call_id="c3"),
    ]

    _, *seen = messages_of([answer, *results, UserMessage("Well?")], OPENAI_CHAT, HOST)

    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}
    notes = [f"Images in the result of the tool {name}, call {id}:" for name, id in (("get", "c1"), ("set", "c3"))]
    texts = [{"type": "text", "text": "Error: "}, {"type": "text", "text": "a"}]
    assert [
        {"role": "tool", "tool_call_id": "c1", "content": texts},
        {"role": "tool", "tool_call_id": "c3", "content": ""},
        {"role": "user", "content": [part for note in notes for part in ({"type": "text", "text": note}, image)]},
        {"role": "user", "content": "Well?"},
    ] == seen
    assert seen[:-1] == messages_of([answer, *results], OPENAI_CHAT, HOST)[1:]


def test_images_stay_in_the_result_where_the_model_accepts_them_there() -> None:
    endpoint = with_rules(ModelRules(parts=PARTS | {"image in a result"}))
    result = ToolMessage([TextPart("a"), PIXEL], tool_call_id="c1")

    [_, seen] = messages_of([AssistantMessage(tool_calls=[CALL]), result], OPENAI_CHAT, endpoint)

    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}
    assert {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "a"}, image]} == seen


@pytest.mark.parametrize("parts", [PARTS, PARTS | {"image in a result"}])
def test_an_image_of_a_failed_result_is_refused_by_its_own_index(parts: frozenset[Literal["audio"]]) -> None:
    result = ToolMessage([TextPart("a"), ImagePart(data=b"hi")], tool_call_id="c1", is_error=True)

    with pytest.raises(UnsupportedFeatureError) as caught:
        messages_of([AssistantMessage(tool_calls=[CALL]), result], OPENAI_CHAT, with_rules(ModelRules(parts=parts)))

    assert "messages[1].content[1]: an image of unknown format (set media_type)" == caught.value.feature


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ('{"city" :  "Oslo"}', CALL),
        ('{"city": "Oslo"}', attrs.evolve(CALL, arguments_text=None)),
        ("{}", ToolCall(id="c1", name="get", arguments={}, arguments_text=" ")),
        ("null", ToolCall(id="c1", name="get", arguments={}, arguments_text="null")),
    ],
)
def test_the_arguments_of_a_call_are_the_models_own_text(arguments: str, call: ToolCall) -> None:
    wire = {"id": "c1", "type": "function", "function": {"name": "get", "arguments": arguments}}
    assert {"role": "assistant", "content": None, "tool_calls": [wire]} == assistant(
        AssistantMessage(tool_calls=[call])
    )


def test_an_invalid_call_is_replayed_as_its_raw_text() -> None:
    wire = {"id": "c2", "type": "function", "function": {"name": "set", "arguments": '{"city": "Os'}}
    seen = assistant(AssistantMessage("Well", invalid_tool_calls=[CUT_OFF]))

    assert {"role": "assistant", "content": "Well", "tool_calls": [wire]} == seen


def test_reasoning_goes_back_in_the_field_in_which_it_came() -> None:
    parts = [thought("one ", "reasoning"), thought("two", "reasoning"), thought("three", "reasoning_content")]

    seen = assistant(AssistantMessage("Hi.", reasoning=parts))

    assert {"role": "assistant", "content": "Hi.", "reasoning": "one two", "reasoning_content": "three"} == seen


@pytest.mark.parametrize(("text", "after"), [("Hi.", [{"type": "text", "text": "Hi."}]), ("", [])])
def test_reasoning_that_came_as_content_goes_back_before_the_text(text: str, after: list[JsonValue]) -> None:
    seen = assistant(AssistantMessage(text, reasoning=[thought("Hm.", "content")]))

    part = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    assert {"role": "assistant", "content": [part, *after]} == seen


DETAILS: list[JsonValue] = [
    {"type": "reasoning.text", "text": "Hm. ", "signature": "s", "index": 0},
    {"type": "reasoning.summary", "summary": "Well.", "index": 1},
    {"type": "reasoning.encrypted", "data": "opaque", "index": 2},
]


def test_details_of_reasoning_go_back_as_they_came() -> None:
    message = AssistantMessage(
        "Hi.", reasoning=[thought("Hm. Well.", "reasoning")], provider_data=own({"reasoning_details": DETAILS})
    )

    assert {"role": "assistant", "content": "Hi.", "reasoning_details": DETAILS} == assistant(message)


@pytest.mark.parametrize(
    ("reasoning", "fields"),
    [((), {}), ([thought("[cut] Well.", "reasoning")], {"reasoning": "[cut] Well."})],
)
def test_details_of_reasoning_that_the_caller_edited_are_not_sent(
    reasoning: list[ReasoningPart], fields: dict[str, JsonValue]
) -> None:
    message = AssistantMessage("Hi.", reasoning=reasoning, provider_data=own({"reasoning_details": DETAILS}))

    assert {"role": "assistant", "content": "Hi.", **fields} == assistant(message)


@pytest.mark.parametrize("detail", [{"type": "system", "text": ""}, {"text": ""}, {"type": {"a": 1}}])
def test_a_detail_of_unknown_type_is_refused(detail: dict[str, JsonValue]) -> None:
    data = own({"reasoning_details": [DETAILS[2], detail]})
    messages = [*HI.messages, AssistantMessage("Hi.", provider_data=[*own({"id": "other data"}), *data])]

    with pytest.raises(UnsupportedFeatureError) as caught:
        messages_of(messages, OPENAI_CHAT, HOST)

    assert "messages[1].provider_data[1]: a reasoning detail of unknown type" == caught.value.feature


@pytest.mark.parametrize("details", [[], "Hm.", {"type": "reasoning.text"}, ["Hm."]])
def test_details_that_are_no_list_of_objects_are_ignored(details: JsonValue) -> None:
    message = AssistantMessage("Hi.", provider_data=own({"reasoning_details": details}))

    assert {"role": "assistant", "content": "Hi."} == assistant(message)


def test_nothing_opaque_goes_to_another_provider_or_to_one_that_refuses_it() -> None:
    call = attrs.evolve(CALL, provider_data=own({"google": {"thought_signature": "s"}}, "another"))
    message = AssistantMessage(
        "Hi.",
        tool_calls=[call],
        reasoning=[thought("Hm. Well.", "reasoning", "another")],
        provider_data=own({"reasoning_details": DETAILS}, "another"),
    )
    refuses = attrs.evolve(HOST, provider="another", rules=ModelRules(replays_reasoning=False))

    plain = assistant(AssistantMessage("Hi.", tool_calls=[CALL]))
    assert [plain, plain] == [assistant(message), assistant(message, refuses)]


def test_a_signature_of_googles_goes_back_with_its_call() -> None:
    data = own({"google": {"thought_signature": "s", "role": "system"}, "role": "system"})

    seen = assistant(AssistantMessage(tool_calls=[attrs.evolve(CALL, provider_data=data)]))

    function = {"name": "get", "arguments": '{"city" :  "Oslo"}'}
    signed = {"extra_content": {"google": {"thought_signature": "s"}}}
    wire = {"id": "c1", "type": "function", "function": function, **signed}
    assert {"role": "assistant", "content": None, "tool_calls": [wire]} == seen


@pytest.mark.parametrize(("reasoning", "field"), [((), ""), ([thought("Hm.", "reasoning_content")], "Hm.")])
def test_a_message_with_calls_has_a_field_of_reasoning_where_the_provider_demands_it(
    reasoning: list[ReasoningPart], field: str
) -> None:
    endpoint = with_rules(ModelRules(calls_need_reasoning="reasoning_content"))

    seen = assistant(AssistantMessage(tool_calls=[CALL], reasoning=reasoning), endpoint)

    assert isinstance(seen, dict)
    assert field == seen["reasoning_content"]
    assert {"role": "assistant", "content": "Hi."} == assistant(AssistantMessage("Hi."), endpoint)


@QUICK
@given(strategies.requests(), strategies.json_values())
def test_a_stored_history_sets_no_field_but_those_of_reasoning(request: ChatRequest, value: JsonValue) -> None:
    data = own(value) + own({"role": "system", "content": "x", "field": "role", "google": {"thought_signature": []}})
    forged = [_with_data(message, data) for message in request.messages]

    try:
        seen = messages_of(forged, OPENAI_CHAT, HOST)
    except UnsupportedFeatureError:
        return
    assert messages_of(request.messages, OPENAI_CHAT, HOST) == seen
    assert all(isinstance(message, dict) and message["role"] in ROLES for message in seen)


def _with_data(message: Message, data: list[ProviderData]) -> Message:
    if not isinstance(message, AssistantMessage):
        return message
    return attrs.evolve(
        message,
        provider_data=data,
        reasoning=[attrs.evolve(part, provider_data=data) for part in message.reasoning],
        tool_calls=[attrs.evolve(call, provider_data=data) for call in message.tool_calls],
        invalid_tool_calls=[attrs.evolve(call, provider_data=data) for call in message.invalid_tool_calls],
    )


@pytest.mark.parametrize("strict", [False, True])
def test_strict_is_encoded_only_if_the_tool_is_strict(*, strict: bool) -> None:
    body = body_of(attrs.evolve(HI, tools=[attrs.evolve(TOOL, strict=strict)]), OPENAI_CHAT, HOST)

    strict_field = {"strict": True} if strict else {}
    function = {"name": "get", "description": "Get it.", "parameters": CITY, **strict_field}
    assert [{"type": "function", "function": function}] == body["tools"]


@pytest.mark.parametrize(
    ("expected", "choice"),
    [
        (None, "auto"),
        ("none", "none"),
        ("any", "required"),
        ({"type": "function", "function": {"name": "get"}}, NamedTool("get")),
    ],
)
def test_a_tool_choice_is_a_word_or_a_function(expected: JsonValue, choice: ToolChoice) -> None:
    endpoint = with_rules(ModelRules(choice_names={"required": "any"}))

    body = body_of(attrs.evolve(HI, tools=[TOOL], tool_choice=choice), OPENAI_CHAT, endpoint)

    assert expected == body.get("tool_choice")


def test_a_tool_choice_without_tools_is_not_sent() -> None:
    assert {"model", "messages"} == set(body_of(attrs.evolve(HI, tool_choice="none"), OPENAI_CHAT, HOST))


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ({"type": "json_object"}, JsonOutput()),
        (
            {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY, "strict": False}},
            JsonSchemaOutput(name="city", schema=CITY, strict=False),
        ),
    ],
)
def test_the_output_format_is_encoded(expected: JsonValue, output: OutputFormat) -> None:
    assert expected == body_of(attrs.evolve(HI, output=output), OPENAI_CHAT, HOST)["response_format"]


ALL_SETTINGS: Mapping[str, JsonValue] = {
    "temperature": 0,
    "top_p": 0.5,
    "max_tokens": 9,
    "stop": ["END", "\n"],
    "seed": 0,
    "presence_penalty": -1,
    "frequency_penalty": 1,
    "reasoning_effort": "low",
    "parallel_tool_calls": False,
}


def test_every_setting_is_encoded_by_openais_name_even_if_it_is_zero() -> None:
    chosen = ChatSettings(**ALL_SETTINGS, timeout=3)  # type: ignore[arg-type]  # values of several types

    body = body_of(attrs.evolve(HI, tools=[TOOL], settings=chosen), OPENAI_CHAT, HOST)

    assert ALL_SETTINGS == {name: value for name, value in body.items() if name not in ("model", "messages", "tools")}


def _fields_of(effort: str) -> JsonObject:
    return {"reasoning": {"effort": effort}}


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        (ModelRules(), {"max_tokens": 9, "reasoning_effort": "max"}),
        (ModelRules(efforts={"max": "xhigh"}), {"max_tokens": 9, "reasoning_effort": "xhigh"}),
        (
            ModelRules(setting_names={"max_tokens": "max_completion_tokens"}, effort_fields=_fields_of),
            {"max_completion_tokens": 9, "reasoning": {"effort": "max"}},
        ),
    ],
)
def test_a_setting_may_have_the_providers_own_name_and_value(rules: ModelRules, fields: JsonObject) -> None:
    chosen = ChatSettings(max_tokens=9, reasoning_effort="max")

    body = body_of(attrs.evolve(HI, settings=chosen), OPENAI_CHAT, with_rules(rules))

    assert fields == {name: value for name, value in body.items() if name not in ("model", "messages")}


def test_extra_fields_are_merged_key_by_key() -> None:
    chosen = ChatSettings(reasoning_effort="max", extra={"reasoning": {"exclude": True}, "top_k": 3, "x": None})

    body = body_of(attrs.evolve(HI, settings=chosen), OPENAI_CHAT, with_rules(ModelRules(effort_fields=_fields_of)))

    assert {"effort": "max", "exclude": True} == body["reasoning"]
    assert (3, None) == (body["top_k"], body["x"])


@pytest.mark.parametrize(
    ("key", "extra"),
    [
        ("max_completion_tokens", {"max_completion_tokens": 5}),
        ("response_format", {"response_format": {"type": "text"}}),
        ("stream_options", {"stream_options": {"include_usage": False}}),
        ("functions", {"functions": []}),
        ("reasoning.effort", {"reasoning": {"effort": "low"}}),
        ("reasoning", {"reasoning": None}),
    ],
)
def test_an_extra_field_that_the_encoder_writes_is_refused(key: str, extra: dict[str, object]) -> None:
    request = attrs.evolve(HI, settings=ChatSettings(reasoning_effort="max", extra=extra))

    with pytest.raises(UnsupportedFeatureError) as caught:
        written(request, OPENAI_CHAT, with_rules(ModelRules(effort_fields=_fields_of)))

    assert f"settings.extra.{key}" == caught.value.feature


@QUICK
@given(strategies.requests())
def test_the_request_is_not_changed(request: ChatRequest) -> None:
    before = copy.deepcopy(request)

    try:
        written(request, OPENAI_CHAT, HOST)
    except UnsupportedFeatureError:
        return
    assert before == request
