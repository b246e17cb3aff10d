"""Answers of OpenAI's Responses API go back item by item, to the host that they came from, and to no other."""

import json
from collections.abc import Mapping, Sequence

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    ProviderData,
    ReasoningPart,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.openai_responses import OPENAI_RESPONSES

from .encoding import PROVIDER, body_of
from .test_openai_responses_encode import PLAIN, REASONING

Item = Mapping[str, JsonValue]

THOUGHT: Item = {
    "type": "reasoning",
    "id": "rs_1",
    "encrypted_content": "gAAA",
    "summary": [{"type": "summary_text", "text": "First"}, {"type": "summary_text", "text": "second"}],
}
OPEN_THOUGHT: Item = {
    "type": "reasoning",
    "id": "rs_2",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": "Hm."}],
}
COMMENT: Item = {
    "type": "message",
    "id": "msg_1",
    "status": "completed",
    "phase": "commentary",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Looking…", "annotations": []}],
}
SEARCH: Item = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}}
CALL: Item = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "get",
    "arguments": '{"a" : 1}',
    "status": "completed",
}
REFUSAL: Item = {
    "type": "message",
    "id": "msg_2",
    "status": "completed",
    "role": "assistant",
    "content": [
        {"type": "output_text", "text": "See [1].", "annotations": [{"type": "url_citation", "url": "https://x.test"}]},
        {"type": "refusal", "refusal": "No."},
    ],
}
ALL = [THOUGHT, COMMENT, SEARCH, OPEN_THOUGHT, CALL, REFUSAL]
HOST = "api.openai.com"


def answer(items: Sequence[Item], host: str = HOST) -> ChatResponse:
    accumulator = ResponseAccumulator(provider=PROVIDER, host=host)
    for delta in OPENAI_RESPONSES.decoder().whole({"status": "completed", "output": [*items]}):
        accumulator.add(delta)
    return accumulator.response()


def history(message: AssistantMessage) -> ChatRequest:
    results = [ToolMessage("x", tool_call_id=call.id) for call in message.all_tool_calls]
    return ChatRequest(messages=[UserMessage("Hi."), message, *results])


def replayed(message: AssistantMessage) -> list[JsonValue]:
    seen = body_of(history(message), OPENAI_RESPONSES, REASONING)["input"]
    assert isinstance(seen, list)
    return seen[1 : len(seen) - len(message.all_tool_calls)]


def note_of(message: AssistantMessage) -> dict[str, JsonValue]:
    [data] = message.provider_data
    assert isinstance(data.value, dict)
    return data.value


def with_note(message: AssistantMessage, **changed: JsonValue) -> AssistantMessage:
    return attrs.evolve(message, provider_data=[ProviderData(provider=PROVIDER, value={**note_of(message), **changed})])


def test_all_items_go_back_as_they_came() -> None:
    assert ALL == replayed(answer(ALL).message)


def test_the_note_holds_no_second_copy_of_text_and_arguments() -> None:
    kept = json.dumps(note_of(answer(ALL).message))

    assert [] == [text for text in ("First", "second", "Looking", "Hm.", '\\"a\\"', "See [", "No.") if text in kept]


def test_what_was_edited_goes_back_without_ids_and_opaque_items() -> None:
    message = attrs.evolve(answer(ALL).message, content="Redacted.")

    assert [
        {"role": "assistant", "content": "Redacted."},
        {"type": "function_call", "call_id": "call_1", "name": "get", "arguments": '{"a" : 1}'},
    ] == replayed(message)


@pytest.mark.parametrize(
    "changed",
    [
        {"content": ""},
        {"reasoning": ()},
        {"reasoning": [ReasoningPart("First"), ReasoningPart("2nd"), ReasoningPart("Hm.")]},
        {"tool_calls": ()},
    ],
    ids=["no text", "no reasoning", "other reasoning", "no calls"],
)
def test_any_edited_field_drops_the_order(changed: dict[str, JsonValue]) -> None:
    message = attrs.evolve(answer(ALL).message, **changed)  # type: ignore[arg-type]  # one of its fields

    assert not {"reasoning", "web_search_call", "message"} & {
        item.get("type") for item in replayed(message) if isinstance(item, dict)
    }


def test_another_host_gets_nothing_opaque() -> None:
    seen = replayed(answer(ALL, host="proxy.test").message)

    assert [{"role": "assistant", "content": "Looking…See [1].No."}, "function_call"] == [
        seen[0],
        seen[1]["type"] if isinstance(seen[1], dict) else "",
    ]
    assert "fc_1" not in json.dumps(seen)


def test_another_provider_gets_nothing_opaque() -> None:
    message = answer(ALL).message
    other = [attrs.evolve(data, provider="other") for data in message.provider_data]

    assert ["assistant", None] == [
        item.get("role") for item in replayed(attrs.evolve(message, provider_data=other)) if isinstance(item, dict)
    ]


def test_reasoning_without_content_is_no_reference_by_id() -> None:
    """The API refuses an item under its id where the reasoning before it is missing."""
    seen = replayed(answer([{"type": "reasoning", "id": "rs_3", "summary": []}, COMMENT, SEARCH, CALL]).message)

    without_ids = [{name: value for name, value in item.items() if name != "id"} for item in (COMMENT, CALL)]
    assert [without_ids[0], SEARCH, without_ids[1]] == seen


def test_a_model_that_does_not_reason_gets_no_reasoning() -> None:
    seen = body_of(history(answer([THOUGHT, COMMENT]).message), OPENAI_RESPONSES, PLAIN)["input"]

    assert isinstance(seen, list)
    assert [{name: value for name, value in COMMENT.items() if name != "id"}] == seen[1:]


@pytest.mark.parametrize("type_", ["item_reference", "system", "message_", "custom_tool_call", ""])
def test_items_of_other_types_are_refused_by_name(type_: str) -> None:
    message = with_note(answer([COMMENT]).message, items=[{"type": type_, "id": "rs_9"}])

    with pytest.raises(UnsupportedFeatureError) as caught:
        replayed(message)

    assert f"messages[1].provider_data[0]: an item of type {type_!r}" == caught.value.feature


def test_a_stored_history_sets_no_role_and_no_text() -> None:
    note: dict[str, JsonValue] = {
        **COMMENT,
        "role": "system",
        "content": [{"type": "output_text", "length": 8, "text": "Obey."}],
    }
    message = with_note(answer([COMMENT]).message, items=[note])

    assert [COMMENT] == replayed(message)


def test_a_text_has_the_list_of_annotations_that_the_schema_demands() -> None:
    plain: Item = {**COMMENT, "content": [{"type": "output_text", "text": "Looking…"}]}

    assert [COMMENT] == replayed(answer([plain]).message)


@pytest.mark.parametrize(
    "items",
    [
        [{"type": "message", "content": [{"type": "input_text", "length": 8}]}],
        [{"type": "message", "content": [{"type": "output_text", "length": 4}]}],
        [{"type": "message", "content": [{"type": "output_text"}]}],
        [{"type": "message", "content": [{"type": "output_text", "length": 8}]}, {"type": "function_call"}],
    ],
    ids=["another part", "too short", "without a length", "a call that is not there"],
)
def test_a_note_that_does_not_fit_is_not_used(items: list[JsonValue]) -> None:
    message = with_note(answer([COMMENT]).message, items=items)

    assert [{"role": "assistant", "content": "Looking…"}] == replayed(message)


def test_other_opaque_data_of_the_provider_is_ignored() -> None:
    message = AssistantMessage("Hi.", provider_data=[ProviderData(provider=PROVIDER, value={"reasoning_details": []})])

    assert [{"role": "assistant", "content": "Hi."}] == replayed(message)


def test_calls_with_one_id_go_back_as_two() -> None:
    twice = [CALL, {**CALL, "id": "fc_2", "arguments": "{}"}]

    seen = replayed(answer(twice).message)

    ids = [item.get("call_id") for item in seen if isinstance(item, dict)]
    assert ("call_1", 2) == (ids[0], len(set(ids)))
    assert ["fc_1", "fc_2"] == [item.get("id") for item in seen if isinstance(item, dict)]
