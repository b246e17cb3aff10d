"""What goes back to the provider that it came from: thoughts, details of them, signatures, and ids of its own."""

import json
from collections.abc import Mapping, Sequence

import attrs
import pytest

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
from llm_core.adapters.litellm.config import AdapterConfig
from llm_core.adapters.litellm.gemini_requests import gemini_body
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.adapters.litellm.returning import replay_reasoning
from llm_core.domain.json_values import JsonValue
from llm_core.testing import FakeProvider, Replies
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.reasoning_blocks import ReasoningDetails, ThinkingBlocks

LOOK = ToolCall(id="call_1", name="look", arguments={})


def thought(provider: str, field: str, text: str = "Hm.") -> ReasoningPart:
    return ReasoningPart(text, provider_data=[ProviderData(provider=provider, value={"field": field})])


def history(message: AssistantMessage) -> list[Message]:
    results = [ToolMessage("done", tool_call_id=call.id) for call in message.all_tool_calls]
    return [UserMessage("hi"), message, *results, UserMessage("And then?")]


def sent(model: str, message: AssistantMessage, dialect: str = "openai_chat") -> Mapping[str, object]:
    """Return the assistant's message as it reached the fake provider."""
    with (
        FakeProvider(Replies(), dialect) as fake_provider,
        LiteLLMChat(model, api_key="k", api_base=fake_provider.url) as chat,
    ):
        chat.complete(ChatRequest(messages=history(message)))
    told: Mapping[str, object] = json.loads(fake_provider.recorder.requests[-1].body)["messages"][1]
    return told


def written(model: str, message: AssistantMessage, url: str = "https://somewhere.test/v1") -> Mapping[str, object]:
    """Return the assistant's message as it is after what is given back."""
    told = find_model_info(model, None)
    planned = prepare_request(ChatRequest(messages=history(message)), told, AdapterConfig(model=model), direct=True)
    replay_reasoning({"messages": planned.messages}, history(message), told, url)
    return planned.messages[1]


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
def test_thoughts_go_back_in_their_field(model: str, field: str) -> None:
    provider = model.partition("/")[0]

    told = sent(model, AssistantMessage("Hello.", reasoning=[thought(provider, field)]))

    assert {"role": "assistant", "content": "Hello.", field: "Hm."} == told


def test_ollama_gets_its_thoughts_back() -> None:
    message = AssistantMessage("Hello.", reasoning=[thought("ollama_chat", "thinking")])

    assert "Hm." == sent("ollama_chat/qwen3", message, "ollama_chat")["thinking"]


def test_mistral_gets_its_thoughts_back_as_a_part_of_the_content() -> None:
    message = AssistantMessage("Hello.", reasoning=[thought("mistral", "content")])

    assert [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "Hello."},
    ] == written("mistral/magistral-medium-latest", message)["content"]


def test_cohere_gets_its_thoughts_and_its_plan_back() -> None:
    reasoning = [thought("cohere_chat", "content"), thought("cohere_chat", "tool_plan", "I will look.")]

    told = written("cohere_chat/command-a-reasoning-08-2025", AssistantMessage(tool_calls=[LOOK], reasoning=reasoning))

    assert ([{"type": "thinking", "thinking": "Hm."}], "I will look.") == (told["content"], told["tool_plan"])


def test_details_of_reasoning_go_back_instead_of_its_words() -> None:
    details: JsonValue = [{"type": "reasoning.encrypted", "data": "b3BhcXVl"}]
    kept = ProviderData(provider="openrouter", value={"reasoning_details": details})

    told = sent(
        "openrouter/openai/gpt-5",
        AssistantMessage("Hello.", reasoning=[thought("openrouter", "reasoning")], provider_data=[kept]),
    )

    assert {"role": "assistant", "content": "Hello.", "reasoning_details": details} == told


def test_googles_signature_of_a_call_goes_back_in_openais_format_too() -> None:
    signed: JsonValue = {"google": {"thought_signature": "c2lnbmVk"}}
    call = attrs.evolve(LOOK, provider_data=[ProviderData(provider="openai", value=signed)])

    told = sent("openai/gemini-3-pro", AssistantMessage(tool_calls=[call]))

    calls = told["tool_calls"]
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
def test_a_strict_provider_gets_no_thoughts(model: str, url: str) -> None:
    message = AssistantMessage("Hello.", reasoning=[thought(model.partition("/")[0], "reasoning")])

    assert {"role": "assistant", "content": "Hello."} == written(model, message, url)


def test_deepseek_is_told_that_another_models_call_had_no_thoughts() -> None:
    message = AssistantMessage(tool_calls=[LOOK], reasoning=[thought("openrouter", "reasoning_content")])

    assert "" == written("deepseek/deepseek-chat", message)["reasoning_content"]


def test_what_is_no_field_of_thoughts_does_not_go_back() -> None:
    message = AssistantMessage("Hello.", reasoning=[thought("deepseek", "role")])

    assert {"role": "assistant", "content": "Hello."} == written("deepseek/deepseek-chat", message)


def test_thoughts_that_came_in_pieces_are_one_for_each_field() -> None:
    thinking = ThinkingBlocks()

    for field, words in (("content", "H"), ("content", "m."), ("tool_plan", "Look.")):
        thinking.add_text(field, words)

    assert [thought("x", "content"), thought("x", "tool_plan", "Look.")] == thinking.parts("x")


def test_a_block_that_nobody_signed_does_not_go_back() -> None:
    thinking = ThinkingBlocks()

    thinking.add({"type": "thinking", "thinking": "Hm."})

    assert [ReasoningPart("Hm.")] == thinking.parts("anthropic")


@pytest.mark.parametrize(
    ("pieces", "expected"),
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
def test_details_that_came_in_pieces_are_put_together(
    pieces: Sequence[Mapping[str, object]], expected: Sequence[Mapping[str, object]]
) -> None:
    details = ReasoningDetails()

    for piece in pieces:
        details.add([piece])

    assert [ProviderData(provider="x", value={"reasoning_details": expected})] == list(details.replay_data("x"))


def test_details_of_one_list_stay_apart() -> None:
    details = ReasoningDetails()

    details.add([{"type": "reasoning.text", "text": "a"}, {"type": "reasoning.text", "text": "b"}])

    texts: JsonValue = [{"type": "reasoning.text", "text": text} for text in ("a", "b")]
    assert [ProviderData(provider="x", value={"reasoning_details": texts})] == list(details.replay_data("x"))


GOOGLES = [
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


@pytest.mark.parametrize("parts", GOOGLES)
def test_the_parts_of_google_go_back_as_they_came(parts: list[dict[str, object]]) -> None:
    message = _read(parts)

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


def test_a_part_of_another_kind_is_passed_over() -> None:
    message = _read([{"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}, {"text": "Look."}])

    assert AssistantMessage("Look.") == message


def test_what_is_kept_of_a_thought_that_nobody_signed_is_not_sent() -> None:
    kept = ProviderData(provider="gemini", value={"type": "thinking", "thinking": "Hm."})
    message = AssistantMessage("Hello.", reasoning=[ReasoningPart("Hm.", provider_data=[kept])])
    model = find_model_info("gemini/gemini-2.5-flash", None)
    planned = prepare_request(
        ChatRequest(messages=history(message)), model, AdapterConfig(model=model.name), direct=True
    )

    contents = gemini_body(planned, history(message), {})["contents"]

    assert isinstance(contents, list)
    assert {"role": "model", "parts": [{"text": "Hello."}]} == contents[1]


def test_an_id_that_google_did_not_make_is_not_sent() -> None:
    message = AssistantMessage(tool_calls=[LOOK])
    model = find_model_info("gemini/gemini-2.5-flash", None)
    planned = prepare_request(
        ChatRequest(messages=history(message)), model, AdapterConfig(model=model.name), direct=True
    )

    contents = gemini_body(planned, history(message), {})["contents"]

    assert "call_1" not in json.dumps(contents)


def _read(parts: list[dict[str, object]]) -> AssistantMessage:
    wire, reader = GeminiDecoder(), ResponseAccumulator(provider="gemini")
    for piece in wire.whole({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}):
        reader.add(piece)
    return reader.response().message
