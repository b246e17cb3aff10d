"""What goes back to a provider of its own: signatures, thoughts by the name of their field, and ids that it takes."""

import json

import pytest

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
from llm_core.adapters.litellm.config import AdapterConfig
from llm_core.adapters.litellm.encoding import encode, find_endpoint
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.adapters.litellm.tool_call_ids import rewrite_ids
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.providers.registry import DIRECT
from llm_core.wires.accumulator import ResponseAccumulator

STOP: dict[str, object] = {"candidates": [{"finishReason": "STOP"}]}
HI, PNG = UserMessage("hi"), b"\x89PNG\r\n"
CALL = {"id": "call_1", "function": {"name": "get", "arguments": '{"a": 1}'}}


def body(name: str, *messages: Message) -> dict[str, object]:
    options = AdapterConfig(model=name, api_key="k", api_base="http://b.test/v1")
    model = find_model_info(name, options.api_base)
    target = find_endpoint(model, options)
    assert target is not None
    planned = prepare_request(ChatRequest(messages=messages), model, options, direct=True)
    told = json.loads(encode(planned, messages, target, options, stream=False).content)
    assert isinstance(told, dict)
    return told


def sent(name: str, *messages: Message) -> list[dict[str, object]]:
    told = body(name, *messages)
    wires = told.get("messages", told.get("contents"))
    assert isinstance(wires, list)
    return wires


def answered(provider: str, *events: dict[str, object]) -> ChatResponse:
    """Return what *provider* answered, read by its own wire."""
    reader, wire = ResponseAccumulator(provider=provider), DIRECT[provider].decoder()
    for event in events:
        for piece in wire.event(event):
            reader.add(piece)
    return reader.response()


def delta(finish_reason: str | None = None, **told: object) -> dict[str, object]:
    return {"choices": [{"delta": told, "finish_reason": finish_reason}]}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
@pytest.mark.parametrize("provider", ["deepseek", "openrouter", "hosted_vllm"])
def test_thoughts_go_back_in_the_field_that_they_came_in(provider: str, field: str) -> None:
    said = answered(provider, delta(**{field: "H"}), delta(**{field: "m."}), delta("stop", content="Hi.")).message

    _, assistant, _ = sent(f"{provider}/m", HI, said, HI)

    assert "Hm." == assistant[field]


@pytest.mark.parametrize("provider", ["groq", "perplexity", "azure"])
def test_but_not_to_who_refuses_the_field(provider: str) -> None:
    said = answered(provider, delta(reasoning="Hm."), delta("stop", content="Hi.")).message

    _, assistant, _ = sent(f"{provider}/m", HI, said, HI)

    assert {"role": "assistant", "content": "Hi."} == assistant


def test_nor_to_another_provider() -> None:
    said = answered("deepseek", delta(reasoning_content="Hm."), delta("stop", content="Hi.")).message

    _, assistant, _ = sent("openrouter/m", HI, said, HI)

    assert not {"reasoning_content", "reasoning"} & assistant.keys()


def test_thoughts_in_parts_go_back_in_parts() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]
    said = answered("mistral", delta(content=parts), delta("stop", content="Hi.")).message
    mute = answered("mistral", delta(content=parts), delta("tool_calls", tool_calls=[CALL])).message

    content, none = (sent("mistral/m", HI, one, HI)[1]["content"] for one in (said, mute))

    assert [*parts, {"type": "text", "text": "Hi."}] == content
    assert parts == none


def test_details_go_back_as_they_came() -> None:
    pieces = [
        {"type": "reasoning.text", "text": "Hm", "index": 0, "format": None},
        {"type": "reasoning.text", "text": ".", "index": 0, "signature": "s"},
        {"type": "reasoning.encrypted", "data": "d", "index": 1},
    ]
    deltas = [delta(reasoning="?", reasoning_details=[piece]) for piece in pieces]
    said = answered("openrouter", *deltas, delta("stop", content="Hi.")).message

    _, assistant, _ = sent("openrouter/m", HI, said, HI)

    whole = {"type": "reasoning.text", "text": "Hm.", "index": 0, "format": None, "signature": "s"}
    assert [whole, pieces[2]] == assistant["reasoning_details"]
    assert "reasoning" not in assistant


def test_a_signed_call_goes_back_signed() -> None:
    extra = {"google": {"thought_signature": "s"}}
    said = answered("openrouter", delta("tool_calls", tool_calls=[{**CALL, "extra_content": extra}])).message

    match sent("openrouter/m", HI, said, ToolMessage("rain", tool_call_id="call_1"))[1]:
        case {"tool_calls": [dict(call)]}:
            assert extra == call["extra_content"]
        case other:
            raise AssertionError(other)


def test_calls_that_another_model_made_have_the_field_that_deepseek_wants() -> None:
    made = AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get", arguments={})])

    _, assistant, _ = sent("deepseek/m", HI, made, ToolMessage("rain", tool_call_id="call_1"))

    assert "" == assistant["reasoning_content"]


def test_gemini_gets_its_signatures_back_and_every_part_in_its_place() -> None:
    parts = [
        {"text": "Hm.", "thought": True, "thoughtSignature": "t"},
        {"text": "Hi.", "thoughtSignature": "w"},
        {"functionCall": {"id": "g", "name": "get", "args": {"a": 1}}, "thoughtSignature": "c"},
    ]
    said = answered("gemini", {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}).message
    rain = ToolMessage([TextPart("rain"), ImagePart(data=PNG)], tool_call_id="g")

    wires = sent("gemini/m", SystemMessage("s"), HI, said, rain, HI)

    response = {"name": "get", "id": "g", "response": {"result": "rain"}}
    picture = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}}
    assert ["user", "model", "user"] == [wire["role"] for wire in wires]
    assert parts == wires[1]["parts"]
    assert [{"functionResponse": {**response, "parts": [picture]}}, {"text": "hi"}] == wires[2]["parts"]


def test_a_signature_that_gemini_sent_by_itself_goes_back_by_itself() -> None:
    events = [{"text": "Hi."}, {"text": "", "thoughtSignature": "s"}]
    told: list[dict[str, object]] = [{"candidates": [{"content": {"parts": [part]}}]} for part in events]
    said = answered("gemini", *told, STOP).message

    assert events == sent("gemini/m", HI, said, HI)[1]["parts"]


def test_gemini_is_sent_what_it_ran_itself_where_it_stood() -> None:
    parts = [{"text": "I run."}, {"executableCode": {"code": "1"}}, {"codeExecutionResult": {}}, {"text": "Done."}]
    said = answered("gemini", {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}).message

    assert parts == sent("gemini/m", HI, said, HI)[1]["parts"]


def test_what_gemini_did_not_make_is_said_without_a_signature() -> None:
    cut_off = InvalidToolCall(id="d", name="get", arguments_text='{"a', problem="arguments: cut off")
    made = AssistantMessage(tool_calls=[ToolCall(id="c", name="get", arguments={})], invalid_tool_calls=[cut_off])
    results = [ToolMessage("no", tool_call_id=id, is_error=True) for id in ("c", "d")]

    _, model, user = sent("gemini/m", HI, made, *results)

    calls = [{"name": "get", "args": {}}, {"name": "get", "args": {"invalid_arguments": '{"a'}}]
    assert [{"functionCall": call} for call in calls] == model["parts"]
    assert [{"functionResponse": {"name": "get", "response": {"error": "no"}}}] * 2 == user["parts"]


def test_gemini_is_sent_parts_of_every_kind() -> None:
    file = FilePart(data=b"%PDF", media_type="application/pdf")
    there = FilePart(url="gs://bucket/a.pdf", media_type="application/pdf")
    message = UserMessage([TextPart("see"), AudioPart(b"RIFF", media_type="audio/wav"), file, there])

    (wire,) = sent("gemini/m", message)

    assert [
        {"text": "see"},
        {"inlineData": {"mimeType": "audio/wav", "data": "UklGRg=="}},
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERg=="}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://bucket/a.pdf"}},
    ] == wire["parts"]


def test_gemini_is_told_no_type_that_nobody_told() -> None:
    (wire,) = sent("gemini/m", UserMessage([ImagePart(url="gs://bucket/a.png")]))

    assert [{"fileData": {"fileUri": "gs://bucket/a.png"}}] == wire["parts"]


def test_a_history_of_gemini_without_a_word_is_an_empty_one() -> None:
    assert [{"role": "user", "parts": [{"text": ""}]}] == sent("gemini/m", SystemMessage("s"))


@pytest.mark.parametrize(
    ("name", "id"),
    [("mistral/m", "call_1"), ("anthropic/m", "call:1"), ("azure/m", "c" * 41), ("groq/mistralai/m", "call_1")],
)
def test_an_id_that_a_provider_would_refuse_is_another_and_the_same_each_time(name: str, id: str) -> None:
    made = [AssistantMessage(tool_calls=[ToolCall(id=one, name="get", arguments={})]) for one in (id, "abcdefgh1", id)]

    first, second = (rewrite_ids(made, find_model_info(name, "http://b.test")) for _ in range(2))

    assert first == second
    assert [id] == list(first)
    assert "abcdefgh1" not in first.values()
    assert (True, 9) == (first[id].isalnum(), len(first[id]))


@pytest.mark.parametrize("name", ["openai/m", "gemini/m", "groq/m"])
def test_who_takes_any_id_gets_it(name: str) -> None:
    made = [AssistantMessage(tool_calls=[ToolCall(id="c" * 41, name="get", arguments={})])]

    assert {} == rewrite_ids(made, find_model_info(name, "http://b.test"))


def test_a_call_is_answered_by_the_id_that_was_sent() -> None:
    made = AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get", arguments={})])

    match sent("mistral/m", HI, made, ToolMessage("rain", tool_call_id="call_1")):
        case [_, {"tool_calls": [{"id": str(id)}]}, {"tool_call_id": answered_id}]:
            assert ("call_1" != id, id) == (True, answered_id)
        case other:
            raise AssertionError(other)


def test_a_picture_of_no_known_format_is_refused_by_its_place() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        sent("gemini/m", HI, UserMessage([TextPart("see"), ImagePart(data=b"who knows")]))

    assert (caught.value.feature or "").startswith("messages[1].content[1]: ")
