"""The ids of calls, as each provider takes them."""

import re

import pytest

from llm_core import AssistantMessage, Message, ToolCall, ToolMessage, UserMessage
from llm_core.adapters.litellm.model_info import ModelInfo, find_model_info
from llm_core.adapters.litellm.tool_call_ids import rewrite_ids
from llm_core.domain.json_values import JsonObject
from llm_core.wires.openai_chat.encode import encode_messages

MODELS = {
    "mistral/mistral-large-latest": r"[a-zA-Z0-9]{9}",
    "openrouter/mistralai/mistral-small": r"[a-zA-Z0-9]{9}",
    "anthropic/claude-sonnet-4-5": r"[a-zA-Z0-9_-]+",
    "openai/gpt-4o": r".{1,40}",
    "azure/gpt-4o": r".{1,40}",
}
FOREIGN = ("call.1:a", "call.2:a", "x" * 64, "y" * 64)


def history(*ids: str) -> list[Message]:
    calls = [ToolCall(id=id, name="look", arguments={}) for id in ids]
    results = [ToolMessage("done", tool_call_id=id) for id in ids]
    return [UserMessage("hi"), AssistantMessage(tool_calls=calls), *results]


def encoded(messages: list[Message], model: ModelInfo) -> list[JsonObject]:
    return encode_messages(messages, model, rewrite_ids(messages, model))


def called(messages: list[JsonObject]) -> list[object]:
    calls = messages[1]["tool_calls"]
    return [call["id"] for call in calls] if isinstance(calls, list) else []


@pytest.mark.parametrize("name", MODELS)
def test_ids_from_elsewhere_become_valid_and_stay_paired(name: str) -> None:
    sent = encoded(history(*FOREIGN), find_model_info(name, None))

    ids = called(sent)
    assert [] == [id for id in ids if not re.fullmatch(MODELS[name], str(id))]
    assert (len(FOREIGN), ids) == (len(set(ids)), [result["tool_call_id"] for result in sent[2:]])


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("mistral/mistral-large-latest", "Ah0BFgzqX"),
        ("anthropic/claude-sonnet-4-5", "toolu_01KvRYjt-LPngaW"),
        ("openai/gpt-4o", "call_.1"),
        ("groq/llama-3.3-70b-versatile", "x" * 64),
    ],
)
def test_a_valid_id_stays_as_it_is(name: str, id: str) -> None:
    assert [id] == called(encoded(history(id), find_model_info(name, None)))


def test_a_server_of_ones_own_gets_its_long_ids_back() -> None:
    model = find_model_info("openai/qwen3", "http://127.0.0.1:8000/v1")

    assert ["x" * 64] == called(encoded(history("x" * 64), model))


def test_an_id_is_renamed_the_same_in_every_turn() -> None:
    model = find_model_info("mistral/mistral-large-latest", None)

    shorter, longer = (rewrite_ids(history(*ids), model) for ids in (FOREIGN[:2], FOREIGN))

    assert shorter == {id: longer[id] for id in shorter}


def test_a_new_id_is_none_that_is_used_already() -> None:
    model = find_model_info("mistral/mistral-large-latest", None)
    (first,) = rewrite_ids(history("call.1"), model).values()

    renamed = rewrite_ids(history("call.1", first), model)

    assert first != renamed["call.1"]
