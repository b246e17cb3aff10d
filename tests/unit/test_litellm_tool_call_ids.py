"""Tests of tool call ids, rewritten to the format that each provider accepts."""

import re

import pytest
from llm_core.adapters.litellm.tool_call_ids import rewrite_ids

from llm_core import AssistantMessage, Message, ToolCall, ToolMessage, UserMessage
from llm_core.adapters.litellm.completion_messages import encode_messages
from llm_core.adapters.litellm.model_info import ModelInfo, find_model_info
from llm_core.domain.json_values import JsonObject

MODELS = {
    "mistral/mistral-large-latest": r"[a-zA-Z0-9]{9}",
    "openrouter/mistralai/mistral-small": r"[a-zA-Z0-9]{9}",
    "anthropic/claude-sonnet-4-5": r"[a-zA-Z0-9_-]+",
    "openai/gpt-4o": r".{1,40}",
    "azure/gpt-4o": r".{1,40}",
}
OTHER_IDS = ("call.1:a", "call.2:a", "x" * 64, "y" * 64)


def history(*ids: str) -> list[Message]:
    calls = [ToolCall(id=id, name="look", arguments={}) for id in ids]
    results = [ToolMessage("done", tool_call_id=id) for id in ids]
    return [UserMessage("hi"), AssistantMessage(tool_calls=calls), *results]


def encoded(messages: list[Message], model: ModelInfo) -> list[JsonObject]:
    return encode_messages(messages, model, rewrite_ids(messages, model))


def call_ids(messages: list[JsonObject]) -> list[object]:
    calls = messages[1]["tool_calls"]
    return [call["id"] for call in calls] if isinstance(calls, list) else []


@pytest.mark.parametrize("name", MODELS)
def test_ids_of_another_provider_become_valid_and_stay_paired(name: str) -> None:
    sent = encoded(history(*OTHER_IDS), find_model_info(name, None))

    ids = call_ids(sent)
    assert [] == [id for id in ids if not re.fullmatch(MODELS[name], str(id))]
    assert (len(OTHER_IDS), ids) == (len(set(ids)), [result["tool_call_id"] for result in sent[2:]])


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("mistral/mistral-large-latest", "Ah0BFgzqX"),
        ("anthropic/claude-sonnet-4-5", "toolu_01KvRYjt-LPngaW"),
        ("openai/gpt-4o", "call_.1"),
        ("groq/llama-3.3-70b-versatile", "x" * 64),
    ],
)
def test_a_valid_id_stays_unchanged(name: str, id: str) -> None:
    assert [id] == call_ids(encoded(history(id), find_model_info(name, None)))


def test_a_custom_server_receives_long_ids_unchanged() -> None:
    model = find_model_info("openai/qwen3", "http://127.0.0.1:8000/v1")

    assert ["x" * 64] == call_ids(encoded(history("x" * 64), model))


def test_an_id_is_rewritten_the_same_in_every_turn() -> None:
    model = find_model_info("mistral/mistral-large-latest", None)

    shorter, longer = (rewrite_ids(history(*ids), model) for ids in (OTHER_IDS[:2], OTHER_IDS))

    assert shorter == {id: longer[id] for id in shorter}


def test_a_rewritten_id_differs_from_every_id_in_use() -> None:
    model = find_model_info("mistral/mistral-large-latest", None)
    (first,) = rewrite_ids(history("call.1"), model).values()

    renamed = rewrite_ids(history("call.1", first), model)

    assert first != renamed["call.1"]
