"""How the fake provider reads a request to Gemini, field by field."""

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
    OutputFormat,
    ReasoningPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.domain.parts import UserPart
from llm_core.testing.dialects.gemini_requests import normal_form, read_request

HI: list[JsonValue] = [{"role": "user", "parts": [{"text": "Hi."}]}]
CALLING: JsonValue = {"role": "model", "parts": [{"functionCall": {"name": "get", "args": {"a": 1}}}]}
CALL = ToolCall(id="call_0", name="get", arguments={"a": 1})


def _read(path: str = "/v1beta/models/x:generateContent", **fields: JsonValue) -> ChatRequest:
    return read_request(path, {"contents": HI, **fields})


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"path": "/v1beta/models/x:countTokens"},
            "path: /v1beta/models/x:countTokens is not served; .*/models/MODEL:generateContent, ",
        ),
        ({"contents": "Hi."}, "contents: expected an array"),
        ({"contents": ["Hi."]}, "expected an object"),
        ({"contents": [{"role": "wizard", "parts": []}]}, "Please use a valid role"),
        ({"contents": [{"role": "user", "parts": [{"tape": "a"}]}]}, "parts: unknown part"),
        (
            {"contents": [{"role": "user", "parts": [{"functionResponse": {"name": "get", "response": {}}}]}]},
            "a result of 'get' without a call",
        ),
        ({"tools": [{"functionDeclarations": [{"description": "x"}]}]}, "name: expected text"),
        ({"toolConfig": {"functionCallingConfig": {"mode": "MAYBE"}}}, "mode: MAYBE"),
        ({"generationConfig": {"responseMimeType": "text/xml"}}, "response_mime_type"),
        ({"generationConfig": {"temperature": "hot"}}, "temperature: expected a number"),
    ],
)
def test_what_the_provider_would_refuse_is_a_value_error(fields: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _read(**fields)


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ({"inlineData": {"mimeType": "image/png", "data": "aGk="}}, ImagePart(data=b"hi", media_type="image/png")),
        ({"inline_data": {"mime_type": "audio/wav", "data": "aGk="}}, AudioPart(b"hi", media_type="audio/wav")),
        ({"inlineData": {"mimeType": "text/csv", "data": "aGk="}}, FilePart(data=b"hi", media_type="text/csv")),
        ({"fileData": {"fileUri": "gs://a/b"}}, ImagePart(url="gs://a/b")),
        ({"fileData": {"fileUri": "gs://a/b", "mimeType": "image/png"}}, ImagePart(url="gs://a/b")),
        (
            {"fileData": {"fileUri": "gs://a/b", "mimeType": "text/csv"}},
            FilePart(url="gs://a/b", media_type="text/csv"),
        ),
    ],
)
def test_media_are_parts(field: JsonValue, part: UserPart) -> None:
    request = _read(contents=[{"parts": [{"text": "Look: "}, field]}])

    assert (UserMessage([TextPart("Look: "), part]),) == request.messages


@pytest.mark.parametrize(
    ("response", "result"),
    [
        ({"output": "rain"}, ToolMessage("rain", tool_call_id="call_0")),
        ({"error": "no rain"}, ToolMessage("no rain", tool_call_id="call_0", is_error=True)),
        ({"sky": "grey", "rain": 1}, ToolMessage('{"sky": "grey", "rain": 1}', tool_call_id="call_0")),
    ],
)
def test_a_result_is_an_object(response: JsonValue, result: ToolMessage) -> None:
    part: JsonValue = {"functionResponse": {"name": "get", "response": response}}

    request = _read(contents=[CALLING, {"role": "function", "parts": [part]}])

    assert (AssistantMessage(tool_calls=[CALL]), result) == request.messages


def test_results_answer_the_calls_of_their_name_in_order() -> None:
    part: JsonValue = {"functionResponse": {"name": "get", "response": {"output": "rain"}}}

    request = _read(contents=[CALLING, CALLING, {"role": "user", "parts": [part, part, part]}])

    results = [message.tool_call_id for message in request.messages if isinstance(message, ToolMessage)]
    assert ["call_0", "call_1", "call_1"] == results


def test_reasoning_is_not_part_of_the_text() -> None:
    parts: list[JsonValue] = [{"text": "Hm.", "thought": True}, {"text": "Hi."}]

    request = _read(contents=[{"role": "model", "parts": parts}])

    assert (AssistantMessage("Hi."),) == request.messages


def test_an_invalid_call_is_read_from_a_key_of_its_own() -> None:
    part: JsonValue = {"functionCall": {"name": "get", "args": {"invalid_arguments": "{"}}}
    invalid = InvalidToolCall(id="a", name="get", arguments_text="{", problem="cut off")
    sent = ChatRequest(messages=[AssistantMessage(invalid_tool_calls=[invalid])])

    request = _read(contents=[{"role": "model", "parts": [part]}])

    assert normal_form(sent).messages == request.messages


@pytest.mark.parametrize(
    ("config", "output"),
    [
        ({"responseMimeType": "text/plain"}, None),
        ({"response_mime_type": "application/json"}, JsonOutput()),
        (
            {"responseMimeType": "application/json", "responseSchema": {"type": "object"}},
            JsonSchemaOutput(name="schema", schema={"type": "object"}),
        ),
    ],
)
def test_the_output_format_is_read(config: JsonValue, output: OutputFormat | None) -> None:
    assert output == _read(generationConfig=config).output


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"topP": 0.0, "top_k": 3}, ChatSettings(top_p=0.0, extra={"top_k": 3})),
        ({"stopSequences": ["END"], "temperature": 0}, ChatSettings(stop=["END"], temperature=0)),
        ({"presence_penalty": 0.5, "frequencyPenalty": 1}, ChatSettings(presence_penalty=0.5, frequency_penalty=1)),
        ({"thinkingConfig": {"thinkingBudget": 1024}}, ChatSettings(reasoning_effort="low")),
        ({"thinkingConfig": {"thinkingBudget": -1}}, ChatSettings()),
        ({"thinkingConfig": {"thinkingBudget": 0}}, ChatSettings(reasoning_effort="none")),
        ({"thinkingConfig": {"thinkingLevel": "HIGH"}}, ChatSettings(reasoning_effort="high")),
    ],
)
def test_settings_are_read(config: JsonValue, expected: ChatSettings) -> None:
    assert expected == _read(generationConfig=config).settings


def test_unknown_fields_are_extra() -> None:
    assert {"cachedContent": "a"} == _read(cachedContent="a").settings.extra


def test_tools_have_one_of_two_schema_fields() -> None:
    first: JsonValue = {"name": "get", "description": "Get it.", "parameters": {"type": "OBJECT"}}
    second: JsonValue = {"name": "set", "parametersJsonSchema": {"properties": {}}}

    request = _read(tools=[{"function_declarations": [first, second]}])

    get = Tool(name="get", description="Get it.", parameters={"type": "object"})
    assert (get, Tool(name="set", description="", parameters={})) == request.tools


def test_what_the_wire_cannot_carry_is_removed() -> None:
    parts: list[UserPart] = [
        ImagePart(url="gs://a/b", media_type="image/png"),
        FilePart(data=b"hi", media_type="text/csv", name="a"),
    ]
    request = ChatRequest(
        messages=[
            UserMessage(parts),
            AssistantMessage("Yes.", reasoning=[ReasoningPart("Hm.")]),
            SystemMessage("Be brief."),
        ],
        output=JsonSchemaOutput(name="city", schema={}),
        settings=ChatSettings(parallel_tool_calls=False, timeout=3, seed=1),
    )

    seen = normal_form(request)

    user = UserMessage([ImagePart(url="gs://a/b"), FilePart(data=b"hi", media_type="text/csv")])
    assert (SystemMessage("Be brief."), user, AssistantMessage("Yes.")) == seen.messages
    assert (JsonSchemaOutput(name="schema", schema={}), ChatSettings(seed=1)) == (seen.output, seen.settings)


def test_the_model_is_percent_decoded() -> None:
    assert "../a b" == _read("/v1beta/models/..%2Fa%20b:generateContent").model


def test_a_mode_that_validates_the_parameters_lets_the_model_choose() -> None:
    assert "auto" == _read(toolConfig={"functionCallingConfig": {"mode": "VALIDATED"}}).tool_choice


def test_a_schema_that_accepts_anything_is_a_schema() -> None:
    config: JsonValue = {"responseMimeType": "application/json", "responseJsonSchema": {}}

    assert JsonSchemaOutput(name="schema", schema={}) == _read(generationConfig=config).output


def test_parts_that_google_ran_itself_are_not_part_of_the_text() -> None:
    parts: list[JsonValue] = [{"executableCode": {}}, {"text": "Hi."}, {"toolResponse": {}}]

    assert (AssistantMessage("Hi."),) == _read(contents=[{"role": "model", "parts": parts}]).messages


def test_results_with_ids_answer_the_calls_of_their_ids() -> None:
    calls: list[JsonValue] = [{"functionCall": {"name": "get", "id": id, "args": {}}} for id in "ab"]
    results: list[JsonValue] = [
        {"functionResponse": {"name": "get", "id": id, "response": {"output": id}}} for id in "baa"
    ]

    request = _read(contents=[{"role": "model", "parts": calls}, {"role": "user", "parts": results}])

    seen = [(one.tool_call_id, one.content) for one in request.messages if isinstance(one, ToolMessage)]
    assert [("call_1", "b"), ("call_0", "a"), ("call_0", "a")] == seen


def test_a_result_answers_the_last_call_of_its_id_in_the_normal_form() -> None:
    calls = [ToolCall(id="a", name="get", arguments={"n": n}) for n in (1, 2)]
    messages = [*(AssistantMessage(tool_calls=[call]) for call in calls), ToolMessage("done", tool_call_id="a")]

    *_, result = normal_form(ChatRequest(messages=messages)).messages

    assert isinstance(result, ToolMessage)
    assert "call_1" == result.tool_call_id
