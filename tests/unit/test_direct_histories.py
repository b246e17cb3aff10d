"""Tests of the histories that providers receive: replayed signatures and reasoning, and call ids that they accept."""

import json

import pytest
from llm_core.adapters.litellm.encoding import encode, find_endpoint
from llm_core.adapters.litellm.tool_call_ids import rewrite_ids

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatResponse,
    FilePart,
    ImagePart,
    InvalidToolCall,
    Message,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.providers.registry import DIRECT
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.wires.accumulator import ResponseAccumulator

STOP: dict[str, object] = {"candidates": [{"finishReason": "STOP"}]}
HELLO, PNG = UserMessage("hi"), b"\x89PNG\r\n"
CALL = {"id": "call_1", "function": {"name": "get", "arguments": '{"a": 1}'}}


def body(name: str, *messages: Message) -> dict[str, object]:
    config = AdapterConfig(model=name, api_key="k", api_base="http://b.test/v1")
    model = find_model_info(name, config.api_base)
    endpoint = find_endpoint(model, config)
    assert endpoint is not None
    prepared = prepare_request(ChatRequest(messages=messages), model, config, direct=True)
    fields = json.loads(encode(prepared, messages, endpoint, config, stream=False).content)
    assert isinstance(fields, dict)
    return fields


def encoded_messages(name: str, *messages: Message) -> list[dict[str, object]]:
    fields = body(name, *messages)
    wires = fields.get("messages", fields.get("contents"))
    assert isinstance(wires, list)
    return wires


def decoded(provider: str, *events: dict[str, object]) -> ChatResponse:
    """Return the response that the decoder of *provider* reads from *events*."""
    reader, wire = ResponseAccumulator(provider=provider), DIRECT[provider].decoder()
    for event in events:
        for item in wire.event(event):
            reader.add(item)
    return reader.response()


def delta(finish_reason: str | None = None, **fields: object) -> dict[str, object]:
    return {"choices": [{"delta": fields, "finish_reason": finish_reason}]}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
@pytest.mark.parametrize("provider", ["deepseek", "openrouter", "hosted_vllm"])
def test_reasoning_is_replayed_in_the_field_it_came_from(provider: str, field: str) -> None:
    answer = decoded(provider, delta(**{field: "H"}), delta(**{field: "m."}), delta("stop", content="Hi.")).message

    _, assistant, _ = encoded_messages(f"{provider}/m", HELLO, answer, HELLO)

    assert "Hm." == assistant[field]


@pytest.mark.parametrize("provider", ["groq", "perplexity", "azure"])
def test_reasoning_is_not_sent_to_a_provider_that_rejects_the_field(provider: str) -> None:
    answer = decoded(provider, delta(reasoning="Hm."), delta("stop", content="Hi.")).message

    _, assistant, _ = encoded_messages(f"{provider}/m", HELLO, answer, HELLO)

    assert {"role": "assistant", "content": "Hi."} == assistant


def test_reasoning_is_not_sent_to_another_provider() -> None:
    answer = decoded("deepseek", delta(reasoning_content="Hm."), delta("stop", content="Hi.")).message

    _, assistant, _ = encoded_messages("openrouter/m", HELLO, answer, HELLO)

    assert not {"reasoning_content", "reasoning"} & assistant.keys()


def test_reasoning_in_content_parts_is_replayed_in_content_parts() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]
    answer = decoded("mistral", delta(content=parts), delta("stop", content="Hi.")).message
    answer_without_text = decoded("mistral", delta(content=parts), delta("tool_calls", tool_calls=[CALL])).message

    content, content_without_text = (
        encoded_messages("mistral/m", HELLO, message, HELLO)[1]["content"] for message in (answer, answer_without_text)
    )

    assert [*parts, {"type": "text", "text": "Hi."}] == content
    assert parts == content_without_text


def test_reasoning_details_are_joined_and_replayed() -> None:
    details = [
        {"type": "reasoning.text", "text": "Hm", "index": 0, "format": None},
        {"type": "reasoning.text", "text": ".", "index": 0, "signature": "s"},
        {"type": "reasoning.encrypted", "data": "d", "index": 1},
    ]
    deltas = [delta(reasoning="?", reasoning_details=[detail]) for detail in details]
    answer = decoded("openrouter", *deltas, delta("stop", content="Hi.")).message

    _, assistant, _ = encoded_messages("openrouter/m", HELLO, answer, HELLO)

    whole = {"type": "reasoning.text", "text": "Hm.", "index": 0, "format": None, "signature": "s"}
    assert [whole, details[2]] == assistant["reasoning_details"]
    assert "reasoning" not in assistant


def test_the_signature_of_a_call_is_replayed() -> None:
    extra = {"google": {"thought_signature": "s"}}
    answer = decoded("openrouter", delta("tool_calls", tool_calls=[{**CALL, "extra_content": extra}])).message

    match encoded_messages("openrouter/m", HELLO, answer, ToolMessage("rain", tool_call_id="call_1"))[1]:
        case {"tool_calls": [dict(call)]}:
            assert extra == call["extra_content"]
        case other:
            raise AssertionError(other)


def test_calls_of_another_model_have_the_field_that_deepseek_requires() -> None:
    history = AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get", arguments={})])

    _, assistant, _ = encoded_messages("deepseek/m", HELLO, history, ToolMessage("rain", tool_call_id="call_1"))

    assert "" == assistant["reasoning_content"]


def test_gemini_signatures_and_parts_are_replayed_in_order() -> None:
    parts = [
        {"text": "Hm.", "thought": True, "thoughtSignature": "t"},
        {"text": "Hi.", "thoughtSignature": "w"},
        {"functionCall": {"id": "g", "name": "get", "args": {"a": 1}}, "thoughtSignature": "c"},
    ]
    answer = decoded("gemini", {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}).message
    rain = ToolMessage([TextPart("rain"), ImagePart(data=PNG)], tool_call_id="g")

    wires = encoded_messages("gemini/m", SystemMessage("s"), HELLO, answer, rain, HELLO)

    response = {"name": "get", "id": "g", "response": {"result": "rain"}}
    image = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}}
    assert ["user", "model", "user"] == [wire["role"] for wire in wires]
    assert parts == wires[1]["parts"]
    assert [{"functionResponse": {**response, "parts": [image]}}, {"text": "hi"}] == wires[2]["parts"]


def test_a_separate_gemini_signature_is_replayed_separately() -> None:
    events = [{"text": "Hi."}, {"text": "", "thoughtSignature": "s"}]
    chunks: list[dict[str, object]] = [{"candidates": [{"content": {"parts": [part]}}]} for part in events]
    answer = decoded("gemini", *chunks, STOP).message

    assert events == encoded_messages("gemini/m", HELLO, answer, HELLO)[1]["parts"]


def test_code_that_gemini_ran_is_replayed_in_place() -> None:
    parts = [{"text": "I run."}, {"executableCode": {"code": "1"}}, {"codeExecutionResult": {}}, {"text": "Done."}]
    answer = decoded("gemini", {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}).message

    assert parts == encoded_messages("gemini/m", HELLO, answer, HELLO)[1]["parts"]


def test_calls_of_another_model_are_sent_to_gemini_without_a_signature() -> None:
    invalid = InvalidToolCall(id="d", name="get", arguments_text='{"a', problem="arguments: cut off")
    history = AssistantMessage(tool_calls=[ToolCall(id="c", name="get", arguments={})], invalid_tool_calls=[invalid])
    results = [ToolMessage("no", tool_call_id=id, is_error=True) for id in ("c", "d")]

    _, model, user = encoded_messages("gemini/m", HELLO, history, *results)

    calls = [{"name": "get", "args": {}}, {"name": "get", "args": {"invalid_arguments": '{"a'}}]
    assert [{"functionCall": call} for call in calls] == model["parts"]
    assert [{"functionResponse": {"name": "get", "response": {"error": "no"}}}] * 2 == user["parts"]


def test_gemini_receives_parts_of_every_type() -> None:
    file = FilePart(data=b"%PDF", media_type="application/pdf")
    there = FilePart(url="gs://bucket/a.pdf", media_type="application/pdf")
    message = UserMessage([TextPart("see"), AudioPart(b"RIFF", media_type="audio/wav"), file, there])

    (wire,) = encoded_messages("gemini/m", message)

    assert [
        {"text": "see"},
        {"inlineData": {"mimeType": "audio/wav", "data": "UklGRg=="}},
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERg=="}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://bucket/a.pdf"}},
    ] == wire["parts"]


def test_gemini_receives_no_media_type_that_the_caller_did_not_set() -> None:
    (wire,) = encoded_messages("gemini/m", UserMessage([ImagePart(url="gs://bucket/a.png")]))

    assert [{"fileData": {"fileUri": "gs://bucket/a.png"}}] == wire["parts"]


def test_a_gemini_history_with_only_a_system_message_has_empty_user_text() -> None:
    assert [{"role": "user", "parts": [{"text": ""}]}] == encoded_messages("gemini/m", SystemMessage("s"))


@pytest.mark.parametrize(
    ("name", "id"),
    [("mistral/m", "call_1"), ("anthropic/m", "call:1"), ("azure/m", "c" * 41), ("groq/mistralai/m", "call_1")],
)
def test_a_call_id_that_the_provider_rejects_is_rewritten_deterministically(name: str, id: str) -> None:
    history = [
        AssistantMessage(tool_calls=[ToolCall(id=call_id, name="get", arguments={})])
        for call_id in (id, "abcdefgh1", id)
    ]

    first, second = (rewrite_ids(history, find_model_info(name, "http://b.test")) for _ in range(2))

    assert first == second
    assert [id] == list(first)
    assert "abcdefgh1" not in first.values()
    assert (True, 9) == (first[id].isalnum(), len(first[id]))


@pytest.mark.parametrize("name", ["openai/m", "gemini/m", "groq/m"])
def test_a_provider_that_accepts_any_id_receives_it_unchanged(name: str) -> None:
    history = [AssistantMessage(tool_calls=[ToolCall(id="c" * 41, name="get", arguments={})])]

    assert {} == rewrite_ids(history, find_model_info(name, "http://b.test"))


def test_a_tool_result_carries_the_rewritten_call_id() -> None:
    history = AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get", arguments={})])

    match encoded_messages("mistral/m", HELLO, history, ToolMessage("rain", tool_call_id="call_1")):
        case [_, {"tool_calls": [{"id": str(id)}]}, {"tool_call_id": answered_id}]:
            assert ("call_1" != id, id) == (True, answered_id)
        case other:
            raise AssertionError(other)


def test_an_image_of_unknown_format_is_refused_by_its_position() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        encoded_messages("gemini/m", HELLO, UserMessage([TextPart("see"), ImagePart(data=b"unknown")]))

    assert (caught.value.feature or "").startswith("messages[1].content[1]: ")
