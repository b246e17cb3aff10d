"""The fake provider's dialect of OpenAI chat completions, tested without an adapter."""

import json

import pytest

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatSettings,
    FinishReason,
    ImagePart,
    JsonSchemaOutput,
    Message,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.testing import Call, Fails, Replies
from llm_core.testing.dialects.dialect import RecordedRequest
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.testing.dialects.openai_requests import normal_form, read_request
from llm_core.testing.scenarios import CallLayout

HI: list[JsonValue] = [{"role": "user", "content": "Hi."}]
CALL: JsonValue = {"id": "call_1", "type": "function", "function": {"name": "get_time", "arguments": "{}"}}
IMAGE: JsonValue = {"type": "image_url", "image_url": {"url": "https://pictures.test/cat.png"}}
TOOL: JsonValue = {"type": "function", "function": {"name": "get_time", "parameters": {}}}
AUDIO: dict[str, JsonValue] = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}}


def _read(**fields: JsonValue) -> ChatRequest:
    return read_request({"model": "m", "messages": HI, **fields})


def _parts(*parts: JsonValue) -> list[JsonValue]:
    return [{"role": "user", "content": list(parts)}]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"model": None}, "model: expected text"),
        ({"stream_options": {"include_usage": True}}, "stream_options: only allowed where stream is true"),
        ({"messages": "Hi."}, "messages: expected an array"),
        ({"messages": []}, r"messages: \[\] is too short"),
        ({"messages": ["Hi."]}, "messages: unknown message"),
        ({"messages": [{"role": "wizard", "content": "Hi."}]}, "messages: unknown message"),
        ({"messages": [{"role": "system", "content": None}]}, "messages: unknown message"),
        ({"messages": [{"role": "system", "content": []}]}, "content: expected text or an array of text parts"),
        ({"messages": [{"role": "developer", "content": ["Hi."]}]}, "messages: content: unknown part: Hi."),
        ({"messages": [{"role": "system", "content": [IMAGE]}]}, "the role system takes text only"),
        ({"messages": [{"role": "user", "content": None}]}, "content: no parts"),
        ({"messages": [{"role": "assistant", "content": ["Hi."]}]}, "messages: content: unknown part: Hi."),
        ({"messages": [{"role": "assistant", "content": [IMAGE]}]}, "the role assistant takes text only"),
        ({"messages": [{"role": "assistant", "content": 7}]}, "content: expected text or an array of text parts: 7"),
        ({"messages": [{"role": "assistant", "content": None}]}, "'content': expected a string, got null"),
        ({"messages": [{"role": "assistant"}]}, "'content': expected a string, got null"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "call_1"}]}]}, "tool_calls: unknown call"),
        ({"messages": [{"role": "tool", "tool_call_id": "call_1", "content": "x"}]}, "answers no earlier call"),
        ({"messages": _parts({"type": "video"})}, "messages: content: unknown part"),
        ({"tools": [{"type": "function"}]}, "tools: unknown tool"),
        ({"tools": {}}, "tools: expected an array"),
        ({"tools": None}, "tools: expected an array"),
        ({"tools": []}, r"tools: \[\] is too short"),
        ({"stop": []}, r"stop: \[\] is too short"),
        ({"messages": [{"role": "assistant", "content": "Hi.", "tool_calls": []}]}, r"tool_calls: \[\] is too short"),
        ({"tools": [TOOL], "tool_choice": "any"}, "tool_choice: unknown choice"),
        ({"tool_choice": "auto"}, "tool_choice: only allowed where there are tools"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "one of them, not both"),
        ({"messages": _parts(AUDIO | {"input_audio": {"data": "", "format": "ogg"}})}, "wav or mp3, not ogg"),
        ({"response_format": {"type": "xml"}}, "response_format: unknown format"),
        ({"temperature": "hot"}, "temperature: expected a number"),
        ({"temperature": True}, "temperature: expected a number"),
        ({"seed": 1.5}, "seed: expected an integer"),
        ({"seed": False}, "seed: expected an integer"),
        ({"parallel_tool_calls": "no"}, "parallel_tool_calls: expected true or false"),
    ],
)
def test_what_the_provider_would_refuse_is_a_value_error(fields: dict[str, JsonValue], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _read(**fields)


def test_a_tool_message_takes_only_text() -> None:
    result: JsonValue = {"role": "tool", "tool_call_id": "call_1", "content": [IMAGE]}

    with pytest.raises(ValueError, match="the role tool takes text only"):
        _read(messages=[{"role": "assistant", "tool_calls": [CALL]}, result])


def test_the_parts_of_a_tool_message_are_kept() -> None:
    result: JsonValue = {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "noon"}]}

    request = _read(messages=[{"role": "assistant", "content": None, "tool_calls": [CALL]}, result])

    call = ToolCall(id="call_1", name="get_time", arguments={})
    assert (
        AssistantMessage(tool_calls=[call]),
        ToolMessage([TextPart("noon")], tool_call_id="call_1"),
    ) == request.messages


def test_a_developer_is_the_system() -> None:
    request = _read(messages=[{"role": "developer", "content": "Be brief."}])

    assert (SystemMessage("Be brief."),) == request.messages


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("system", SystemMessage("Be brief.")),
        ("developer", SystemMessage("Be brief.")),
        ("assistant", AssistantMessage("Be brief.")),
    ],
)
@pytest.mark.parametrize("texts", [["Be brief."], ["Be ", "brief."]], ids=["one part", "two parts"])
def test_text_may_be_an_array_of_text_parts(role: str, message: Message, texts: list[str]) -> None:
    content: list[JsonValue] = [{"type": "text", "text": text} for text in texts]

    request = _read(messages=[{"role": role, "content": content}])

    assert (message,) == request.messages


def test_empty_text_is_text() -> None:
    request = _read(messages=[{"role": "assistant", "content": ""}])

    assert (AssistantMessage(""),) == request.messages


@pytest.mark.parametrize("is_error", [False, True])
@pytest.mark.parametrize("content", ["late", [TextPart("late")]], ids=["text", "part"])
def test_a_result_may_be_text_or_a_text_part(content: str | list[TextPart], *, is_error: bool) -> None:
    call = AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get_time", arguments={})])
    result = ToolMessage(content, tool_call_id="call_1", is_error=is_error)

    seen = normal_form(ChatRequest(messages=[call, result]))

    text = "Error: late" if is_error else "late"
    assert ToolMessage(text, tool_call_id="call_1") == seen.messages[1]


def test_the_parts_of_a_failed_result_stay_apart() -> None:
    call = AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get_time", arguments={})])
    result = ToolMessage([TextPart("too"), TextPart(" late")], tool_call_id="call_1", is_error=True)

    seen = normal_form(ChatRequest(messages=[call, result]))

    assert ToolMessage([TextPart("Error: too"), TextPart(" late")], tool_call_id="call_1") == seen.messages[1]


def test_a_path_that_is_not_served_is_named_with_the_one_that_is() -> None:
    request = RecordedRequest(method="POST", path="/v1/completions?x=/chat/completions", headers={}, body=b"{}")

    with pytest.raises(ValueError, match=r"path: /v1/completions.* is not served; .* end with /chat/completions"):
        OpenAIChat().parse(request)


def test_an_image_is_read_from_its_url_or_its_data() -> None:
    in_bytes: JsonValue = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}

    request = _read(messages=_parts(IMAGE, in_bytes))

    parts = [ImagePart(url="https://pictures.test/cat.png"), ImagePart(data=b"hi", media_type="image/png")]
    assert (UserMessage(parts),) == request.messages


def test_audio_has_its_canonical_media_type() -> None:
    request = _read(messages=_parts(AUDIO))

    assert (UserMessage([AudioPart(b"hi", media_type="audio/mpeg")]),) == request.messages


def test_the_normal_form_removes_what_the_wire_cannot_carry() -> None:
    call = ToolCall(id="call_1", name="get_time", arguments={})
    question = UserMessage([AudioPart(b"hi", media_type="audio/mp3")])
    failed = ToolMessage("late", tool_call_id="call_1", is_error=True)
    request = ChatRequest(messages=[question, AssistantMessage(tool_calls=[call]), failed], tool_choice="none")

    seen = normal_form(request)

    assert "auto" == seen.tool_choice
    assert UserMessage([AudioPart(b"hi", media_type="audio/mpeg")]) == seen.messages[0]
    assert ToolMessage("Error: late", tool_call_id="call_1") == seen.messages[2]


def test_settings_may_have_their_older_names_and_shapes() -> None:
    request = _read(max_tokens=5, stop="END", reasoning_effort="astronomical", top_k=3)

    assert ChatSettings(max_tokens=5, stop="END", extra={"top_k": 3}) == request.settings


@pytest.mark.parametrize("value", [None, {"type": "text"}], ids=["null", "text"])
def test_text_is_the_default_format(value: JsonValue) -> None:
    assert _read(response_format=value).output is None


def test_a_field_with_its_default_means_the_same_as_without_it() -> None:
    stated = _read(stream=False, store=False, n=1, logprobs=False, modalities=["text"], service_tier="auto")

    assert normal_form(_read()) == normal_form(stated)


@pytest.mark.parametrize("tier", ["default", "flex"])
def test_a_service_tier_is_read_as_a_setting(tier: str) -> None:
    assert ChatSettings(service_tier=tier) == normal_form(_read(service_tier=tier)).settings


@pytest.mark.parametrize(
    "extra",
    [
        {"store": True},
        {"store": 0},
        {"n": 2},
        {"n": True},
        {"n": 1.0},
        {"logprobs": None},
        {"modalities": ["text", "audio"]},
        {"metadata": {}},
        {"user": "me"},
    ],
    ids=str,
)
def test_any_other_field_or_value_is_kept(extra: dict[str, JsonValue]) -> None:
    settings = normal_form(_read(**extra)).settings

    assert json.dumps(extra) == json.dumps(dict(settings.extra))


def test_a_schema_is_not_strict_by_default() -> None:
    schema: JsonValue = {"type": "json_schema", "json_schema": {"name": "city", "schema": {}}}

    request = _read(response_format=schema)

    assert JsonSchemaOutput(name="city", schema={}, strict=False) == request.output


def test_a_body_holds_the_whole_reply() -> None:
    usage = Usage(input_tokens=7, output_tokens=5, cache_read_tokens=0, reasoning_tokens=2)
    call = Call(id="call_1", name="get_time", arguments_text="{}")
    reply = Replies(text="Hi.", reasoning="Hm.", calls=[call], finish_reason=FinishReason.TOOL_CALLS, usage=usage)

    body = json.loads(OpenAIChat().body(reply))

    message = {"role": "assistant", "content": "Hi.", "refusal": None, "reasoning_content": "Hm.", "tool_calls": [CALL]}
    assert [{"index": 0, "message": message, "finish_reason": "tool_calls"}] == body["choices"]
    assert {
        "prompt_tokens": 7,
        "completion_tokens": 5,
        "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 2},
    } == body["usage"]


def test_a_stream_has_text_deltas_then_the_finish_reason_then_usage() -> None:
    events = OpenAIChat().events(Replies(text="Hello.", chunk_size=4, finish_reason="wombat"))

    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events[:-1]]
    texts = [choice["delta"].get("content") for chunk in chunks for choice in chunk["choices"]]
    assert ["", "Hell", "o.", None] == texts
    assert "wombat" == chunks[-2]["choices"][0]["finish_reason"]
    assert ([], 12) == (chunks[-1]["choices"], chunks[-1]["usage"]["total_tokens"])
    assert b"data: [DONE]\n\n" == events[-1]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", Usage(input_tokens=7)),
        (b'{"stream": true}', None),
        (b'{"stream": true, "stream_options": {"include_usage": false}}', None),
        (b'{"stream": true, "stream_options": {"include_usage": true}}', Usage(input_tokens=7)),
    ],
)
def test_a_stream_reports_usage_only_on_request(body: bytes, expected: Usage | None) -> None:
    request = RecordedRequest(method="POST", path="/", headers={}, body=body)

    answer = OpenAIChat().answers(Replies(usage=Usage(input_tokens=7)), request)

    assert expected == answer.usage


def test_only_the_last_chunk_has_usage() -> None:
    events = OpenAIChat().events(Replies())

    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events[:-1]]
    assert {None} == {chunk["usage"] for chunk in chunks[:-1]}
    assert 12 == chunks[-1]["usage"]["total_tokens"]


def test_calls_may_be_interleaved() -> None:
    calls = [
        Call(id=id, name="get_time", arguments_text=text) for id, text in (("call_1", "{}"), ("call_2", '{"a":1}'))
    ]

    events = OpenAIChat().events(Replies(text=None, calls=calls, call_layout="interleaved", usage=None))

    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events[1:-2]]
    deltas = [chunk["choices"][0]["delta"]["tool_calls"][0] for chunk in chunks]
    assert [0, 1, 0, 1, 1] == [delta["index"] for delta in deltas]
    assert ["", "", "{}", '{"a"', ":1}"] == [delta["function"]["arguments"] for delta in deltas]


def test_an_unfinished_answer_has_no_finish_reason() -> None:
    unfinished = Replies(finish_reason=None, usage=None)

    [choice] = json.loads(OpenAIChat().body(unfinished))["choices"]
    *_, last, done = OpenAIChat().events(unfinished)

    assert choice["finish_reason"] is None
    assert b'"finish_reason": null' in last
    assert b"data: [DONE]\n\n" == done


def test_reasoning_has_no_signature() -> None:
    wire = OpenAIChat()

    missing = wire.inexpressible(Replies(reasoning="Hm.", signature="c2ln"), streams=True)

    assert "a signature" == missing
    assert wire.inexpressible(Replies(reasoning="Hm."), streams=True) is None


def test_a_stream_without_usage_has_no_chunk_for_it() -> None:
    events = OpenAIChat().events(Replies(text=None, refusal="No.", usage=None))

    assert not [event for event in events if b"usage" in event]
    assert b'"refusal": "No."' in b"".join(events)


@pytest.mark.parametrize(
    ("failure", "error_type", "code"),
    [
        (Fails(status=400), "invalid_request_error", None),
        (Fails(status=503), "server_error", None),
        (Fails(status=429), "rate_limit_error", "rate_limit_exceeded"),
        (Fails(status=429, reason="quota"), "insufficient_quota", "insufficient_quota"),
        (Fails(status=400, reason="context_window"), "invalid_request_error", "context_length_exceeded"),
    ],
)
def test_an_error_has_the_providers_type_and_code(failure: Fails, error_type: str, code: str | None) -> None:
    error = json.loads(OpenAIChat().error(failure))["error"]

    assert (error_type, code) == (error["type"], error["code"])


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("one index", [(0, "call_1", "get_time", ""), (0, None, None, '{"a"'), (0, None, None, ":1}")]),
        ("late ids", [(0, None, "get_time", ""), (0, "call_1", None, '{"a"'), (0, None, None, ":1}")]),
        (
            "split names",
            [(0, "call_1", "get_", None), (0, None, "time", None), (0, None, None, '{"a"'), (0, None, None, ":1}")],
        ),
        ("arguments first", [(0, "call_1", None, '{"a"'), (0, None, "get_time", ""), (0, None, None, ":1}")]),
    ],
)
def test_the_deltas_of_a_call_follow_its_layout(layout: CallLayout, expected: list[object]) -> None:
    call = Call(id="call_1", name="get_time", arguments_text='{"a":1}')

    events = OpenAIChat().events(Replies(text=None, calls=[call], call_layout=layout, usage=None))

    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events[1:-2]]
    deltas = [chunk["choices"][0]["delta"]["tool_calls"][0] for chunk in chunks]
    assert expected == [
        (delta["index"], delta.get("id"), delta["function"].get("name"), delta["function"].get("arguments"))
        for delta in deltas
    ]


def test_every_event_may_report_usage() -> None:
    events = OpenAIChat().events(Replies(text="Hello.", counting=True))

    usages = [json.loads(event.removeprefix(b"data: "))["usage"] for event in events[:-1]]
    assert [0, 1, 2, None, 5] == [usage and usage["completion_tokens"] for usage in usages]


def test_tokens_written_to_a_cache_are_not_reported() -> None:
    visible = OpenAIChat().visible(Replies(usage=Usage(input_tokens=7, cache_write_tokens=3)))

    assert Usage(input_tokens=7) == visible.usage
