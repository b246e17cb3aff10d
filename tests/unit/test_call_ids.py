"""Tests of the ids of tool calls that each provider is sent: valid, unique, and the same on both sides of a pair."""

import json
import re

import pytest

from llm_core import AssistantMessage, ChatRequest, Message, ToolCall, ToolMessage, UserMessage
from llm_core.domain.json_values import JsonObject
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.direct_calls import DirectCalls

PATTERNS = {
    "mistral/mistral-large-latest": r"[a-zA-Z0-9]{9}",
    "openrouter/mistralai/mistral-small": r"[a-zA-Z0-9]{9}",
    "groq/mistralai/mistral-saba": r"[a-zA-Z0-9]{9}",
    "openai/gpt-4o": r".{1,40}",
    "azure/gpt-4o": r".{1,40}",
}
OTHER_IDS = ("call.1:a", "call.2:a", "x" * 64, "y" * 64)


def turn(*ids: str) -> list[Message]:
    calls = [ToolCall(id=id, name="look", arguments={"at": at}) for at, id in enumerate(ids)]
    return [AssistantMessage(tool_calls=calls), *(ToolMessage(f"{at}", tool_call_id=id) for at, id in enumerate(ids))]


def sent(model: str, *messages: Message, base: str | None = None) -> list[JsonObject]:
    if model.startswith("azure/"):
        base = "https://me.openai.azure.com"
    calls = DirectCalls(AdapterConfig(model=model, api_key="k", api_base=base))
    attempt = calls.attempt(ChatRequest(messages=[UserMessage("hi"), *messages]))
    encoded: list[JsonObject] = json.loads(attempt.encode(stream=False).content)["messages"]
    return encoded


def ids_of_calls(messages: list[JsonObject]) -> list[str]:
    lists = [calls for message in messages if isinstance(calls := message.get("tool_calls"), list)]
    return [call["id"] for calls in lists for call in calls]


def ids_of_results(messages: list[JsonObject]) -> list[object]:
    return [message["tool_call_id"] for message in messages if message["role"] == "tool"]


@pytest.mark.parametrize(("model", "pattern"), PATTERNS.items())
def test_ids_of_another_provider_become_valid_and_stay_paired(model: str, pattern: str) -> None:
    messages = sent(model, *turn(*OTHER_IDS))

    ids = ids_of_calls(messages)
    assert [] == [id for id in ids if not re.fullmatch(pattern, id)]
    assert (len(OTHER_IDS), ids) == (len(set(ids)), ids_of_results(messages))


@pytest.mark.parametrize(
    ("model", "id"),
    [
        ("mistral/mistral-large-latest", "Ah0BFgzqX"),
        ("openai/gpt-4o", "call_.1"),
        ("openai/gpt-4o", "x" * 40),
        ("groq/llama-3.3-70b-versatile", "x" * 64),
        ("deepseek/deepseek-chat", "call:1"),
    ],
)
def test_a_valid_id_stays_unchanged(model: str, id: str) -> None:
    assert [id] == ids_of_calls(sent(model, *turn(id)))


def test_a_server_of_ones_own_gets_long_ids_unchanged() -> None:
    assert ["x" * 64] == ids_of_calls(sent("openai/qwen3", *turn("x" * 64), base="http://127.0.0.1:8000/v1"))


def test_an_id_is_rewritten_the_same_in_every_turn() -> None:
    model = "mistral/mistral-large-latest"

    shorter, longer, again = (ids_of_calls(sent(model, *turn(*ids))) for ids in (OTHER_IDS[:2], OTHER_IDS, OTHER_IDS))

    assert (longer, longer[:2]) == (again, shorter)


def test_a_rewritten_id_differs_from_every_id_of_the_history() -> None:
    (first,) = ids_of_calls(sent("mistral/mistral-large-latest", *turn("call.1")))

    rewritten, other = ids_of_calls(sent("mistral/mistral-large-latest", *turn("call.1"), *turn(first)))

    assert (first, True) == (other, rewritten != first)


@pytest.mark.parametrize("model", ["openai/gpt-4o", "mistral/mistral-large-latest", "groq/llama-3.3-70b-versatile"])
def test_two_calls_with_one_id_in_one_message_are_distinct_and_both_answered(model: str) -> None:
    messages = sent(model, *turn("abcdefgh1", "abcdefgh1"))

    first, second = ids_of_calls(messages)
    assert ("abcdefgh1", [first, second]) == (first, ids_of_results(messages))
    assert first != second


def test_a_result_answers_the_call_before_it_and_not_the_first_of_its_id() -> None:
    messages = sent("openai/gpt-4o", *turn("call_1"), *turn("call_1"), *turn("call_1"))

    ids = ids_of_calls(messages)
    assert (3, ids) == (len(set(ids)), ids_of_results(messages))
    assert "call_1" == ids[0]
