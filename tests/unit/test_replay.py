"""Tests of what is replayed to the provider it came from: reasoning, reasoning details, signatures and call ids."""

import json
from collections.abc import Mapping, Sequence

import attrs
import pytest
from llm_core.adapters.litellm.gemini_requests import gemini_body
from llm_core.adapters.litellm.returning import replay_reasoning

from llm_core import (
    AssistantMessage,
    ChatRequest,
    Message,
    ProviderData,
    ReasoningPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.domain.json_values import JsonValue
from llm_core.testing import FakeProvider, Replies
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.reasoning_blocks import ReasoningDetails, ThinkingBlocks

LOOK = ToolCall(id="call_1", name="look", arguments={})


def reasoning_part(provider: str, field: str, text: str = "Hm.") -> ReasoningPart:
    return ReasoningPart(text, provider_data=[ProviderData(provider=provider, value={"field": field})])


def history(message: AssistantMessage) -> list[Message]:
    results = [ToolMessage("done", tool_call_id=call.id) for call in message.all_tool_calls]
    return [UserMessage("hi"), message, *results, UserMessage("And then?")]


def sent_message(model: str, message: AssistantMessage, dialect: str = "openai_chat") -> Mapping[str, object]:
    """Return the assistant message that the fake provider received."""
    with (
        FakeProvider(Replies(), dialect) as fake_provider,
        LiteLLMChat(model, api_key="k", api_base=fake_provider.url) as chat,
    ):
        chat.complete(ChatRequest(messages=history(message)))
    assistant: Mapping[str, object] = json.loads(fake_provider.recorder.requests[-1].body)["messages"][1]
    return assistant


def replayed_message(
    model: str, message: AssistantMessage, url: str = "https://provider.test/v1"
) -> Mapping[str, object]:
    """Return the encoded assistant message after `replay_reasoning`."""
    model_info = find_model_info(model, None)
    prepared = prepare_request(
        ChatRequest(messages=history(message)), model_info, AdapterConfig(model=model), direct=True
    )
    replay_reasoning({"messages": prepared.messages}, history(message), model_info, url)
    return prepared.messages[1]


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("deepseek/deepseek-chat", "reasoning_content"),
        ("fireworks_ai/accounts/fireworks/models/kimi-k2-instruct", "reasoning_content"),
        ("openai/glm-4.7", "reasoning_content"),
        ("hosted_vllm/qwen3", "reasoning"),
        ("openrouter/deepseek/deepseek-r1", "reasoning"),
    ],
)
def test_reasoning_is_replayed_in_its_field(model: str, field: str) -> None:
    provider = model.partition("/")[0]

    seen = sent_message(model, AssistantMessage("Hello.", reasoning=[reasoning_part(provider, field)]))

    assert {"role": "assistant", "content": "Hello.", field: "Hm."} == seen


def test_ollama_receives_its_reasoning_in_the_thinking_field() -> None:
    message = AssistantMessage("Hello.", reasoning=[reasoning_part("ollama_chat", "thinking")])

    assert "Hm." == sent_message("ollama_chat/qwen3", message, "ollama_chat")["thinking"]


def test_mistral_receives_its_reasoning_as_a_content_part() -> None:
    message = AssistantMessage("Hello.", reasoning=[reasoning_part("mistral", "content")])

    assert [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "Hello."},
    ] == replayed_message("mistral/magistral-medium-latest", message)["content"]


def test_cohere_receives_its_reasoning_and_its_tool_plan() -> None:
    reasoning = [reasoning_part("cohere_chat", "content"), reasoning_part("cohere_chat", "tool_plan", "I will look.")]

    seen = replayed_message(
        "cohere_chat/command-a-reasoning-08-2025", AssistantMessage(tool_calls=[LOOK], reasoning=reasoning)
    )

    assert ([{"type": "thinking", "thinking": "Hm."}], "I will look.") == (seen["content"], seen["tool_plan"])


def test_reasoning_details_are_replayed_instead_of_the_reasoning_text() -> None:
    details: JsonValue = [{"type": "reasoning.encrypted", "data": "b3BhcXVl"}]
    replay_data = ProviderData(provider="openrouter", value={"reasoning_details": details})

    seen = sent_message(
        "openrouter/openai/gpt-5",
        AssistantMessage("Hello.", reasoning=[reasoning_part("openrouter", "reasoning")], provider_data=[replay_data]),
    )

    assert {"role": "assistant", "content": "Hello.", "reasoning_details": details} == seen


def test_a_thought_signature_of_google_is_replayed_in_openais_format() -> None:
    signed: JsonValue = {"google": {"thought_signature": "c2lnbmVk"}}
    call = attrs.evolve(LOOK, provider_data=[ProviderData(provider="openai", value=signed)])

    seen = sent_message("openai/gemini-3-pro", AssistantMessage(tool_calls=[call]))

    calls = seen["tool_calls"]
    assert isinstance(calls, list)
    assert signed == calls[0]["extra_content"]


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("groq/openai/gpt-oss-120b", "https://api.groq.com/openai/v1/chat/completions"),
        ("openai/gpt-4o", "https://api.openai.com/v1/chat/completions"),
        ("azure/gpt-4o", "https://mine.openai.azure.com/openai/deployments/gpt-4o/chat/completions"),
    ],
)
def test_no_reasoning_is_sent_to_a_provider_that_rejects_unknown_fields(model: str, url: str) -> None:
    message = AssistantMessage("Hello.", reasoning=[reasoning_part(model.partition("/")[0], "reasoning")])

    assert {"role": "assistant", "content": "Hello."} == replayed_message(model, message, url)


def test_deepseek_receives_empty_reasoning_for_the_call_of_another_model() -> None:
    message = AssistantMessage(tool_calls=[LOOK], reasoning=[reasoning_part("openrouter", "reasoning_content")])

    assert "" == replayed_message("deepseek/deepseek-chat", message)["reasoning_content"]


def test_a_field_that_is_not_a_reasoning_field_is_not_replayed() -> None:
    message = AssistantMessage("Hello.", reasoning=[reasoning_part("deepseek", "role")])

    assert {"role": "assistant", "content": "Hello."} == replayed_message("deepseek/deepseek-chat", message)


def test_reasoning_deltas_are_joined_for_each_field() -> None:
    thinking = ThinkingBlocks()

    for field, text in (("content", "H"), ("content", "m."), ("tool_plan", "Look.")):
        thinking.add_text(field, text)

    assert [reasoning_part("x", "content"), reasoning_part("x", "tool_plan", "Look.")] == thinking.parts("x")


def test_an_unsigned_thinking_block_has_no_replay_data() -> None:
    thinking = ThinkingBlocks()

    thinking.add({"type": "thinking", "thinking": "Hm."})

    assert [ReasoningPart("Hm.")] == thinking.parts("anthropic")


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (
            [{"type": "reasoning.text", "text": "H"}, {"type": "reasoning.text", "text": "m.", "signature": "s"}],
            [{"type": "reasoning.text", "text": "Hm.", "signature": "s"}],
        ),
        (
            [{"type": "reasoning.text", "text": "a", "signature": "s"}, {"type": "reasoning.text", "text": "b"}],
            [{"type": "reasoning.text", "text": "a", "signature": "s"}, {"type": "reasoning.text", "text": "b"}],
        ),
        (
            [{"type": "reasoning.summary", "summary": "a"}, {"type": "reasoning.encrypted", "data": "b"}],
            [{"type": "reasoning.summary", "summary": "a"}, {"type": "reasoning.encrypted", "data": "b"}],
        ),
    ],
)
def test_deltas_of_reasoning_details_are_joined(
    deltas: Sequence[Mapping[str, object]], expected: Sequence[Mapping[str, object]]
) -> None:
    details = ReasoningDetails()

    for delta in deltas:
        details.add([delta])

    assert [ProviderData(provider="x", value={"reasoning_details": expected})] == list(details.replay_data("x"))


def test_reasoning_details_of_one_list_are_not_joined() -> None:
    details = ReasoningDetails()

    details.add([{"type": "reasoning.text", "text": "a"}, {"type": "reasoning.text", "text": "b"}])

    texts: JsonValue = [{"type": "reasoning.text", "text": text} for text in ("a", "b")]
    assert [ProviderData(provider="x", value={"reasoning_details": texts})] == list(details.replay_data("x"))


GEMINI_PARTS = [
    [{"functionCall": {"id": "made-there", "name": "look", "args": {}}, "thoughtSignature": "c2ln"}],
    [{"text": "Hello."}, {"text": "", "thoughtSignature": "c2ln"}],
    [{"text": "Hello.", "thoughtSignature": "c2ln"}],
    [{"text": "Hm.", "thought": True, "thoughtSignature": "c2ln"}, {"text": "Hello."}],
    [
        {"text": "Let me see."},
        {"executableCode": {"code": "1+1"}, "thoughtSignature": "c2ln"},
        {"codeExecutionResult": {"output": "2"}},
        {"text": "Two."},
    ],
    [{"toolCall": {"id": "there"}, "thoughtSignature": "c2ln"}, {"toolResponse": {"id": "there"}}, {"text": "Two."}],
]


@pytest.mark.parametrize("parts", GEMINI_PARTS)
def test_gemini_parts_are_replayed_unchanged(parts: list[dict[str, object]]) -> None:
    message = _decode(parts)

    body = gemini_body(
        prepare_request(
            ChatRequest(messages=history(message)),
            find_model_info("gemini/gemini-2.5-flash", None),
            AdapterConfig(model="gemini/gemini-2.5-flash"),
            direct=True,
        ),
        history(message),
        {},
    )

    contents = body["contents"]
    assert isinstance(contents, list)
    assert parts == contents[1]["parts"]
    assert [call.id for call in message.tool_calls] == [
        part["functionResponse"]["id"] for part in contents[2]["parts"] if "functionResponse" in part
    ]


def test_a_gemini_part_of_an_unsupported_type_is_ignored() -> None:
    message = _decode([{"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}, {"text": "Look."}])

    assert AssistantMessage("Look.") == message


def test_unsigned_reasoning_is_not_sent_to_gemini() -> None:
    replay_data = ProviderData(provider="gemini", value={"type": "thinking", "thinking": "Hm."})
    message = AssistantMessage("Hello.", reasoning=[ReasoningPart("Hm.", provider_data=[replay_data])])
    model = find_model_info("gemini/gemini-2.5-flash", None)
    prepared = prepare_request(
        ChatRequest(messages=history(message)), model, AdapterConfig(model=model.name), direct=True
    )

    contents = gemini_body(prepared, history(message), {})["contents"]

    assert isinstance(contents, list)
    assert {"role": "model", "parts": [{"text": "Hello."}]} == contents[1]


def test_a_call_id_that_gemini_did_not_create_is_not_sent() -> None:
    message = AssistantMessage(tool_calls=[LOOK])
    model = find_model_info("gemini/gemini-2.5-flash", None)
    prepared = prepare_request(
        ChatRequest(messages=history(message)), model, AdapterConfig(model=model.name), direct=True
    )

    contents = gemini_body(prepared, history(message), {})["contents"]

    assert "call_1" not in json.dumps(contents)


def _decode(parts: list[dict[str, object]]) -> AssistantMessage:
    wire, reader = GeminiDecoder(), ResponseAccumulator(provider="gemini")
    for delta in wire.whole({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}):
        reader.add(delta)
    return reader.response().message
