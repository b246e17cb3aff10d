"""What the fake provider's dialect of OpenAI Responses reads, and what it refuses as the provider does."""

import json

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    InvalidToolCall,
    JsonSchemaOutput,
    Message,
    NamedTool,
    ProviderData,
    ReasoningPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.testing.dialects.openai_responses_requests import normal_form, read_request

HI: JsonValue = {"role": "user", "content": "Hi."}
CALL: dict[str, JsonValue] = {"type": "function_call", "call_id": "call_1", "name": "get", "arguments": "{}"}
RESULT: dict[str, JsonValue] = {"type": "function_call_output", "call_id": "call_1", "output": "noon"}
REASONING: dict[str, JsonValue] = {"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA", "summary": []}
ANSWER: dict[str, JsonValue] = {"type": "message", "role": "assistant", "id": "msg_1", "content": "Hello."}
SEARCHED: dict[str, JsonValue] = {"type": "web_search_call", "id": "ws_1", "action": {"type": "search"}}
OPEN: dict[str, JsonValue] = {"type": "object", "properties": {"city": {"type": "object"}}}
CLOSED: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"city": {"type": "object", "additionalProperties": False}},
    "additionalProperties": False,
}
GET: dict[str, JsonValue] = {"type": "function", "name": "get", "parameters": OPEN, "strict": False}
SCHEMA: dict[str, JsonValue] = {"type": "json_schema", "name": "city", "schema": OPEN}
FILE: dict[str, JsonValue] = {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,aGk="}


def _read(*items: JsonValue, **fields: JsonValue) -> ChatRequest:
    return read_request({"model": "m", "store": False, "input": [*items] or [HI], **fields})


def _user(*parts: JsonValue) -> JsonValue:
    return {"role": "user", "content": [*parts]}


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        (["Hi."], r"input\[0\]: neither a message nor an item"),
        ([HI, {"id": "rs_1"}], r"input\[1\]: neither a message nor an item"),
        ([HI, {"type": "item_reference", "id": "msg_1"}], r"input\[1\]: item with id msg_1 not found"),
        ([HI, {"type": "image_generation_call", "id": "ig_1"}], "item with id ig_1 not found"),
        ([{"type": "teleport", "where": "Oslo"}], "type: no item of this type can be sent: teleport"),
        ([{"role": "tool", "content": "x"}], "role: expected user, assistant, system or developer: tool"),
        ([{"type": "message", "content": "x"}], "role: expected user, assistant, system or developer: None"),
        ([{"role": "user"}], "content: expected text or an array of parts: None"),
        ([{"role": "user", "content": []}], "content: no parts"),
        ([{"role": "user", "content": "x", "name": "me"}], "unknown parameter: name"),
        ([{"role": "user", "content": "x", "phase": "commentary"}], "phase: only answers have one"),
        ([{"role": "user", "content": "x", "status": "done"}], "status: done"),
        ([{"role": "system", "content": []}], "content: the role system takes text only"),
        (
            [{"role": "developer", "content": [{"type": "input_image", "image_url": "https://a.test/b.png"}]}],
            "content: the role developer takes text only",
        ),
        ([{**ANSWER, "tool_calls": []}], "unknown parameter: tool_calls"),
        ([{**ANSWER, "content": [{"type": "input_text", "text": "x"}]}], "takes output_text and refusal only"),
        ([{**ANSWER, "id": "answer_1"}], "id: expected at most 64 characters that begin with 'msg'"),
        ([{**ANSWER, "id": "msg_" + "1" * 61}], "id: expected at most 64 characters"),
        ([ANSWER, ANSWER], r"input\[1\]: duplicate item found with id msg_1"),
        ([_user({"type": "text", "text": "x"})], "content: unknown part"),
        ([_user({"type": "input_audio", "input_audio": {}})], "content: unknown part"),
        ([_user({"type": "input_image", "file_id": "file-1"})], "content: unknown part"),
        ([_user({**FILE, "file_data": "aGk="})], "content: expected a base64-encoded data URL"),
        ([_user({**FILE, "file_data": "data:text/plain,hi"})], "content: expected a base64-encoded data URL"),
        ([_user({**FILE, "file_data": "data:audio/mpeg;base64,aGk="})], "unsupported MIME type 'audio/mpeg'"),
        ([_user({**FILE, "file_url": "https://a.test/b.pdf"})], "expected file_data with filename, or file_url"),
        ([_user({**FILE, "filename": None})], "expected file_data with filename, or file_url"),
        ([_user({"type": "input_file", "file_id": "file-1"})], "expected file_data with filename, or file_url"),
        ([RESULT], "no tool call found for function call output with call_id call_1"),
        ([RESULT, CALL], r"input\[0\]: no tool call found"),
        ([CALL, CALL], r"input\[1\]: duplicate call_id: call_1"),
        ([CALL, {**RESULT, "output": [FILE]}], "output: a file in a result has no counterpart here"),
        ([CALL, {**RESULT, "tool_call_id": "call_1"}], "unknown parameter: tool_call_id"),
        ([CALL, {**RESULT, "output": None}], "content: no parts"),
        ([{**CALL, "call_id": ""}], "call_id: expected 1 to 64 characters, got 0"),
        ([{**CALL, "call_id": "c" * 65}], "call_id: expected 1 to 64 characters, got 65"),
        ([{**CALL, "call_id": None}], "call_id: expected text"),
        ([{**CALL, "id": "call_1"}], "begin with 'fc'"),
        ([{**CALL, "arguments": {}}], "arguments: expected text"),
        ([{**CALL, "name": ""}], "name: an empty string"),
        ([{**CALL, "function": {"name": "get", "arguments": "{}"}}], "unknown parameter: function"),
        ([{**REASONING, "encrypted_content": None}, ANSWER], "item with id rs_1 not found"),
        ([REASONING], "item rs_1 of type reasoning was provided without its required following item"),
        ([REASONING, HI], "without its required following item"),
        ([REASONING, {"role": "assistant", "content": "Hello."}], "without its required following item"),
        ([REASONING, CALL, RESULT], "without its required following item"),
        ([{"type": "reasoning", "encrypted_content": "gAAA"}], "summary: missing required parameter"),
        ([{"type": "reasoning", "summary": ["Well."]}], "expected an object: Well."),
    ],
)
def test_an_item_that_the_provider_would_refuse_is_a_value_error(items: list[JsonValue], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _read(*items)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"model": None}, "model: expected text"),
        ({"input": None}, "input: expected text or an array of items: None"),
        ({"input": []}, "input: expected text or an array of items"),
        ({"store": 0}, "store: expected true or false"),
        ({"messages": [HI]}, "unsupported parameter: messages: here it is input"),
        ({"max_tokens": 50}, "unsupported parameter: max_tokens: here it is max_output_tokens"),
        ({"response_format": {}}, "unsupported parameter: response_format: here it is text.format"),
        *(({name: 1}, f"unknown parameter: {name}") for name in ("stop", "seed", "presence_penalty", "n")),
        ({"stream_options": {}}, "stream_options: only allowed where stream is true"),
        (
            {"stream": True, "stream_options": {"include_usage": True}},
            "unknown parameter: stream_options.include_usage",
        ),
        ({"max_output_tokens": 15}, "max_output_tokens: integer below minimum value: expected at least 16"),
        ({"max_output_tokens": 50.0}, "max_output_tokens: expected an integer"),
        ({"temperature": 2.1}, "temperature: decimal above maximum value"),
        ({"temperature": -1}, "temperature: must not be negative"),
        ({"reasoning": {"effort": "astronomical"}}, "reasoning.effort: expected one of none, minimal"),
        ({"reasoning": "low"}, "reasoning: expected an object"),
        ({"include": "reasoning.encrypted_content"}, "include: expected an array"),
        ({"instructions": ["Be brief."]}, "instructions: expected text"),
        ({"tools": {}}, "tools: expected an array"),
        ({"tools": ["get"]}, "tools: expected an object with a type: get"),
        ({"tools": [{"name": "get"}]}, "tools: expected an object with a type"),
        ({"tools": [{"type": "function", "function": {"name": "get"}}]}, "missing required parameter: name"),
        ({"tools": [{**GET, "function": {}}]}, "tools: unknown parameter: function"),
        ({"tools": [{**GET, "name": ""}]}, "name: an empty string"),
        ({"tools": [{**GET, "parameters": {"properties": {}}}]}, "schema must be of type object, got None"),
        ({"tools": [{**GET, "strict": True}]}, "tools: get: parameters: for objects, additionalProperties"),
        ({"tools": [GET], "tool_choice": "any"}, "tool_choice: unknown choice: any"),
        ({"tools": [GET], "tool_choice": {"type": "function", "function": {"name": "get"}}}, "unknown choice"),
        ({"tools": [GET], "tool_choice": {"type": "function", "name": "set"}}, "no tool named 'set' is offered"),
        ({"text": {"format": {"type": "xml"}}}, "text.format: unknown format"),
        ({"text": {"format": {"type": "json_schema", "json_schema": {}}}}, "text.format: unknown format"),
        ({"text": {"format": {**SCHEMA, "strict": True}}}, "text.format.schema: for objects, additionalProperties"),
        ({"text": {"format": {**SCHEMA, "name": ""}}}, "name: an empty string"),
        ({"text": {"format": {**SCHEMA, "name": "c" * 65}}}, "text.format.name: more than 64 characters"),
    ],
)
def test_a_field_that_the_provider_would_refuse_is_a_value_error(fields: dict[str, JsonValue], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _read(**fields)


@pytest.mark.parametrize(
    ("items", "messages"),
    [
        ([{"type": "message", "role": "user", "content": "Hi."}], [UserMessage("Hi.")]),
        ([{"role": "system", "content": "Terse."}, HI], [SystemMessage("Terse."), UserMessage("Hi.")]),
        (
            [{"role": "developer", "content": [{"type": "input_text", "text": text} for text in ("A", "B")]}],
            [SystemMessage("AB")],
        ),
        ([ANSWER], [AssistantMessage("Hello.")]),
        ([{**ANSWER, "content": []}], [AssistantMessage("")]),
        (
            [{**ANSWER, "content": [{"type": "output_text", "text": "A"}, {"type": "refusal", "refusal": "B"}]}],
            [AssistantMessage("AB")],
        ),
        (
            [
                _user({"type": "input_image", "image_url": "https://a.test/b.png"}),
                _user({"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "high"}),
            ],
            [
                UserMessage([ImagePart(url="https://a.test/b.png")]),
                UserMessage([ImagePart(data=b"hi", media_type="image/png")]),
            ],
        ),
        (
            [_user(FILE, {"type": "input_file", "file_url": "https://a.test/b.pdf"})],
            [
                UserMessage(
                    [
                        FilePart(data=b"hi", media_type="text/plain", name="a.txt"),
                        FilePart(url="https://a.test/b.pdf", media_type="application/octet-stream"),
                    ]
                )
            ],
        ),
        (
            [
                CALL,
                {**RESULT, "output": [{"type": "input_text", "text": "noon"}]},
                {**CALL, "id": "fc_2", "call_id": "call_2", "arguments": "{", "status": "incomplete"},
                {**RESULT, "call_id": "call_2", "output": ""},
            ],
            [
                AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get", arguments={})]),
                ToolMessage([TextPart("noon")], tool_call_id="call_1"),
                AssistantMessage(
                    invalid_tool_calls=[
                        InvalidToolCall(
                            id="call_2", name="get", arguments_text="{", problem="arguments: not valid JSON"
                        )
                    ]
                ),
                ToolMessage("", tool_call_id="call_2"),
            ],
        ),
        ([ANSWER, HI, ANSWER], [AssistantMessage("Hello."), UserMessage("Hi."), AssistantMessage("Hello.")]),
    ],
)
def test_items_are_read_as_messages(items: list[JsonValue], messages: list[Message]) -> None:
    read = _read(*items).messages

    assert [_without_problems(message) for message in messages] == [_without_problems(message) for message in read]


def _without_problems(message: Message) -> object:
    calls = message.invalid_tool_calls if isinstance(message, AssistantMessage) else ()
    return [(call.id, call.name, call.arguments_text) for call in calls] or message


def test_the_items_of_an_answer_are_one_message_unless_both_have_text() -> None:
    summary: JsonValue = [{"type": "summary_text", "text": "Well"}]
    thought: dict[str, JsonValue] = {
        **REASONING,
        "summary": summary,
        "content": [{"type": "reasoning_text", "text": "."}],
    }
    second: JsonValue = {"role": "assistant", "content": "It rains."}

    [first, last] = _read(thought, SEARCHED, ANSWER, CALL, second).messages

    reasoning = ReasoningPart("Well.", provider_data=[ProviderData(provider="openai", value=thought)])
    call = ToolCall(id="call_1", name="get", arguments={})
    data = [ProviderData(provider="openai", value=SEARCHED)]
    assert AssistantMessage("Hello.", reasoning=[reasoning], tool_calls=[call], provider_data=data) == first
    assert AssistantMessage("It rains.") == last


@pytest.mark.parametrize(
    "item",
    [
        {"type": "compaction", "encrypted_content": "gAAA"},
        {"type": "tool_search_output", "call_id": None, "execution": "server", "tools": []},
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
        {"type": "custom_tool_call", "call_id": "call_1", "name": "sql", "input": "select 1"},
        SEARCHED,
    ],
    ids=lambda item: str(item["type"]),
)
def test_an_item_of_another_tool_is_opaque(item: dict[str, JsonValue]) -> None:
    assert (AssistantMessage(provider_data=[ProviderData(provider="openai", value=item)]),) == _read(item).messages


def test_reasoning_is_followed_by_an_item_that_has_its_id() -> None:
    following: list[dict[str, JsonValue]] = [ANSWER, SEARCHED, {**CALL, "id": "fc_1"}, {**REASONING, "id": "rs_2"}]
    alone: JsonValue = {"type": "reasoning", "encrypted_content": "gAAA", "summary": []}

    assert [1, 1, 1] == [len(_read(REASONING, item).messages) for item in following[:3]]
    assert 1 == len(_read(REASONING, following[3], ANSWER).messages)
    assert 2 == len(_read(alone, HI).messages)


def test_a_stored_item_needs_no_content() -> None:
    reasoning: JsonValue = {"type": "reasoning", "id": "rs_1", "summary": []}
    image: JsonValue = {"type": "image_generation_call", "id": "ig_1"}

    assert 1 == len(_read(reasoning, image, store=True).messages)


def test_text_and_instructions_are_messages() -> None:
    request = read_request({"model": "m", "input": "Hi.", "instructions": "Be brief."})

    assert (SystemMessage("Be brief."), UserMessage("Hi.")) == request.messages


@pytest.mark.parametrize("store", [{}, {"store": True}, {"store": None}], ids=["absent", "true", "null"])
def test_a_request_that_the_provider_would_store_says_so(store: dict[str, JsonValue]) -> None:
    request = read_request({"model": "m", "input": "Hi.", **store})

    assert {"store": True} == normal_form(request).settings.extra


def test_a_field_with_its_default_means_the_same_as_without_it() -> None:
    stated = _read(
        background=False,
        truncation="disabled",
        service_tier="auto",
        tool_choice="auto",
        tools=[],
        text={"format": {"type": "text"}},
        include=["reasoning.encrypted_content"],
        reasoning={"effort": None},
        instructions=None,
    )

    assert normal_form(_read()) == normal_form(stated)


@pytest.mark.parametrize(
    "extra",
    [
        {"background": True},
        {"background": 0},
        {"truncation": "auto"},
        {"metadata": {}},
        {"previous_response_id": "resp_1"},
        {"text": {"verbosity": "low"}},
        {"reasoning": {"summary": "auto"}},
        {"include": ["web_search_call.action.sources"]},
    ],
    ids=str,
)
def test_any_other_field_or_value_is_kept(extra: dict[str, JsonValue]) -> None:
    assert json.dumps(extra) == json.dumps(dict(normal_form(_read(**extra)).settings.extra))


def test_settings_stand_in_their_own_fields() -> None:
    request = _read(
        temperature=0,
        top_p=0.5,
        max_output_tokens=16,
        reasoning={"effort": "xhigh", "summary": "auto"},
        parallel_tool_calls=False,
        service_tier="flex",
    )

    expected = ChatSettings(
        temperature=0,
        top_p=0.5,
        max_tokens=16,
        reasoning_effort="xhigh",
        parallel_tool_calls=False,
        service_tier="flex",
        extra={"reasoning": {"summary": "auto"}},
    )
    assert expected == request.settings


@pytest.mark.parametrize(
    ("tool", "parameters", "strict"),
    [
        (GET, OPEN, False),
        ({**GET, "strict": None}, OPEN, False),
        ({"type": "function", "name": "get", "parameters": OPEN}, CLOSED, True),
        ({**GET, "parameters": CLOSED, "strict": True}, CLOSED, True),
        ({**GET, "parameters": None}, {}, False),
    ],
    ids=["loose", "null", "absent", "strict", "no parameters"],
)
def test_a_function_is_strict_unless_it_says_otherwise(
    tool: JsonValue, parameters: dict[str, JsonValue], *, strict: bool
) -> None:
    expected = Tool(name="get", description="", parameters=parameters, strict=strict)

    assert (expected,) == _read(tools=[tool]).tools


def test_a_tool_that_is_no_plain_function_is_a_server_tool() -> None:
    tools: list[JsonValue] = [{"type": "web_search"}, {**GET, "name": "late", "defer_loading": True}]

    request = _read(tools=[tools[0], GET, tools[1]], tool_choice={"type": "function", "name": "get"})

    assert [ProviderData(provider="openai", value=tool) for tool in tools] == [*request.server_tools]
    assert (["get"], NamedTool("get")) == ([tool.name for tool in request.tools], request.tool_choice)


@pytest.mark.parametrize("choice", ["none", "required"])
def test_a_choice_is_read_where_there_are_tools(choice: str) -> None:
    assert choice == normal_form(_read(tools=[GET], tool_choice=choice)).tool_choice


@pytest.mark.parametrize("server_tool", [False, True])
def test_a_choice_counts_only_where_there_are_tools(*, server_tool: bool) -> None:
    tools = [ProviderData(provider="openai", value={"type": "web_search"})] if server_tool else []

    seen = normal_form(ChatRequest(messages=[UserMessage("Hi.")], tool_choice="none", server_tools=tools))

    assert ("none" if server_tool else "auto") == seen.tool_choice


def test_a_schema_is_not_strict_by_default() -> None:
    assert JsonSchemaOutput(name="city", schema=OPEN, strict=False) == _read(text={"format": SCHEMA}).output


def test_the_normal_form_closes_the_objects_of_strict_schemas() -> None:
    tools = [Tool(name=name, description="", parameters=OPEN, strict=name == "set") for name in ("get", "set")]
    outputs = [JsonSchemaOutput(name="city", schema=OPEN, strict=strict) for strict in (False, True)]

    seen = [normal_form(ChatRequest(messages=[UserMessage("Hi.")], tools=tools, output=output)) for output in outputs]

    assert [OPEN, CLOSED] == [tool.parameters for tool in seen[0].tools]
    assert [OPEN, CLOSED] == [one.output.schema for one in seen if isinstance(one.output, JsonSchemaOutput)]


def test_the_normal_form_removes_what_the_wire_cannot_carry() -> None:
    settings = ChatSettings(
        timeout=1, cache="5m", stop="END", seed=1, presence_penalty=1, frequency_penalty=1, service_tier="auto"
    )
    file = FilePart(url="https://a.test/b.pdf", media_type="application/pdf")

    seen = normal_form(ChatRequest(messages=[UserMessage([file])], settings=settings))

    assert ChatSettings() == seen.settings
    assert (UserMessage([FilePart(url=file.url, media_type="application/octet-stream")]),) == seen.messages


@pytest.mark.parametrize("content", ["late", [TextPart("late")]], ids=["text", "part"])
def test_a_failed_result_says_so_in_its_text(content: str | list[TextPart]) -> None:
    call = AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get", arguments={})])

    seen = normal_form(ChatRequest(messages=[call, ToolMessage(content, tool_call_id="call_1", is_error=True)]))

    assert ToolMessage("Error: late", tool_call_id="call_1") == seen.messages[1]


def test_only_the_data_of_its_own_provider_is_part_of_the_normal_form() -> None:
    own, other = (ProviderData(provider=name, value={"type": "reasoning"}) for name in ("openai", "anthropic"))
    call = ToolCall(id="call_1", name="get", arguments={}, provider_data=[other, own])
    parts = [ReasoningPart("A"), ReasoningPart("B", provider_data=[other]), ReasoningPart("C", provider_data=[own])]
    signed = ReasoningPart("D", signature="gAAA")
    answers = [
        AssistantMessage("Hello.", reasoning=[*parts, signed], tool_calls=[call], provider_data=[other]),
        AssistantMessage("Hello.", reasoning=parts[:1], provider_data=[own]),
    ]

    first, second = normal_form(ChatRequest(messages=answers)).messages

    assert isinstance(first, AssistantMessage)
    assert ((parts[2], signed), (), (own,)) == (first.reasoning, first.provider_data, first.tool_calls[0].provider_data)
    assert answers[1] == second
