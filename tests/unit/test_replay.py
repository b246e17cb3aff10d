"""Tests of answers that go back where they came from: what a provider's decoder reads, its encoder sends again."""

import json

import pytest

from llm_core import AssistantMessage, ChatRequest, Message, ToolCall, ToolMessage, UserMessage
from llm_core.domain.json_values import JsonObject
from llm_core.providers.registry import find_profile
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.direct_calls import DirectCalls
from llm_core.wires.accumulator import ResponseAccumulator

HELLO = UserMessage("hi")
CALL: JsonObject = {"id": "call_1", "type": "function", "function": {"name": "get", "arguments": '{"a": 1}'}}
SIGNED: JsonObject = {"google": {"thought_signature": "c2lnbmVk"}}
DETAILS = [
    {"type": "reasoning.text", "text": "Hm", "index": 0, "format": None},
    {"type": "reasoning.text", "text": ".", "index": 0, "signature": "s"},
    {"type": "reasoning.encrypted", "data": "d", "index": 1},
]


def answer_of(model: str, *events: JsonObject) -> AssistantMessage:
    """Return the message that the decoder of *model*'s provider reads from the events of a stream."""
    provider = model.partition("/")[0]
    profile = find_profile(provider)
    assert profile is not None
    decoder, accumulator = profile.wire.decoder(), ResponseAccumulator(provider=provider)
    for event in events:
        for delta in decoder.event(event):
            accumulator.add(delta)
    return accumulator.response().message


def sent_to(model: str, message: AssistantMessage) -> list[JsonObject]:
    """Return the messages that *model* is sent after *message*."""
    results: list[Message] = [ToolMessage("rain", tool_call_id=call.id) for call in message.all_tool_calls]
    calls = DirectCalls(AdapterConfig(model=model, api_key="k", api_base="https://provider.test/v1"))
    request = ChatRequest(messages=[HELLO, message, *results, HELLO])
    messages: list[JsonObject] = json.loads(calls.attempt(request).encode(stream=False).content)["messages"]
    return messages


def delta(finish_reason: str | None = None, **fields: object) -> JsonObject:
    return {"choices": [{"delta": fields, "finish_reason": finish_reason}]}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
@pytest.mark.parametrize(
    "model",
    [
        *("deepseek/deepseek-chat", "openrouter/deepseek/deepseek-r1", "hosted_vllm/qwen3", "openai/glm-4.7"),
        *("fireworks_ai/accounts/fireworks/models/kimi-k2-instruct", "moonshot/kimi-k2.6", "zai/glm-5"),
    ],
)
def test_reasoning_goes_back_in_the_field_in_which_it_came(model: str, field: str) -> None:
    answer = answer_of(model, delta(**{field: "H"}), delta(**{field: "m."}), delta("stop", content="Hi."))

    assert {"role": "assistant", "content": "Hi.", field: "Hm."} == sent_to(model, answer)[1]


@pytest.mark.parametrize("model", ["groq/openai/gpt-oss-120b", "perplexity/sonar-reasoning-pro", "azure/gpt-4o"])
def test_no_reasoning_goes_to_a_provider_that_refuses_the_field(model: str) -> None:
    answer = answer_of(model, delta(reasoning="Hm."), delta("stop", content="Hi."))

    assert {"role": "assistant", "content": "Hi."} == sent_to(model, answer)[1]


@pytest.mark.parametrize("other", ["openrouter/m", "mistral/m", "hosted_vllm/m", "openai/m"])
def test_to_another_provider_go_text_and_calls_alone(other: str) -> None:
    call: JsonObject = {**CALL, "index": 0, "id": "abcdefgh1", "extra_content": SIGNED}
    answer = answer_of(
        "deepseek/m",
        delta(reasoning_content="Hm.", reasoning_details=DETAILS),
        delta(content="Hi."),
        delta("tool_calls", tool_calls=[call]),
    )

    sent = sent_to(other, answer)[1]

    assert {"role", "content", "tool_calls"} == sent.keys()
    assert ("Hi.", [{**CALL, "id": "abcdefgh1"}]) == (sent["content"], sent["tool_calls"])


@pytest.mark.parametrize(
    ("last", "rest"),
    [
        (delta("stop", content="Hi."), [{"type": "text", "text": "Hi."}]),
        (delta("tool_calls", tool_calls=[{**CALL, "index": 0}]), []),
    ],
)
def test_reasoning_that_came_in_the_content_goes_back_there(last: JsonObject, rest: list[JsonObject]) -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    answer = answer_of("mistral/magistral-medium-latest", delta(content=[thinking]), last)

    assert [thinking, *rest] == sent_to("mistral/magistral-medium-latest", answer)[1]["content"]


def test_details_of_reasoning_are_joined_and_go_back_instead_of_its_text() -> None:
    deltas = [
        delta(reasoning=text, reasoning_details=[detail]) for text, detail in zip(("Hm", ".", ""), DETAILS, strict=True)
    ]
    answer = answer_of("openrouter/openai/gpt-5", *deltas, delta("stop", content="Hi."))

    sent = sent_to("openrouter/openai/gpt-5", answer)[1]

    whole = {"type": "reasoning.text", "text": "Hm.", "index": 0, "format": None, "signature": "s"}
    assert {"role": "assistant", "content": "Hi.", "reasoning_details": [whole, DETAILS[2]]} == sent


@pytest.mark.parametrize("model", ["openrouter/google/gemini-3-pro", "hosted_vllm/gemini-3-pro", "openai/gemini-3-pro"])
def test_a_signature_of_googles_goes_back_with_its_call(model: str) -> None:
    call: JsonObject = {**CALL, "index": 0, "extra_content": SIGNED}
    answer = answer_of(model, delta("tool_calls", tool_calls=[call]))

    assert [{**CALL, "extra_content": SIGNED}] == sent_to(model, answer)[1]["tool_calls"]


@pytest.mark.parametrize(("model", "text"), [("deepseek/m", ""), ("moonshot/kimi-k2.6", " ")])
def test_the_call_of_another_model_has_the_reasoning_that_the_provider_demands(model: str, text: str) -> None:
    answer = AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get", arguments={})])

    assert text == sent_to(model, answer)[1]["reasoning_content"]


def test_the_thinking_of_ollama_and_its_tags_in_text_go_back_as_they_came() -> None:
    events: list[JsonObject] = [
        {"message": {"thinking": "H"}},
        {"message": {"thinking": "m.", "content": "<think>Well.</think>Hi."}},
    ]
    answer = answer_of("ollama_chat/qwen3", *events, {"message": {"content": ""}, "done": True, "done_reason": "stop"})

    sent = sent_to("ollama_chat/qwen3", answer)[1]

    assert ("Hm.", "<think>Well.</think>Hi.") == (sent["thinking"], sent["content"])


def test_the_plan_of_cohere_goes_back_with_its_calls() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "get", "arguments": '{"a": 1}'}}
    events: list[JsonObject] = [
        {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I will look."}}},
        {"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": call}}},
        {"type": "tool-call-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL"}},
    ]
    answer = answer_of("cohere_chat/command-a-03-2025", *events)

    sent = sent_to("cohere_chat/command-a-03-2025", answer)[1]

    assert ("I will look.", [call]) == (sent["tool_plan"], sent["tool_calls"])
