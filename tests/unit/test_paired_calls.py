"""Ids of calls and results in a history: valid, unique, and alike on both sides of a pair."""

import re
from collections.abc import Sequence
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import AssistantMessage, ChatRequest, InvalidToolCall, Message, ToolCall, ToolMessage, UserMessage
from llm_core.testing import strategies
from llm_core.wires.paired_calls import PairedCalls, WireCall

NINE = re.compile(r"[a-zA-Z0-9]{9}")
Pairs: TypeAlias = tuple[dict[int, list[WireCall]], dict[int, WireCall]]
HI = UserMessage("Hi.")


def call(id: str, name: str = "get") -> ToolCall:
    return ToolCall(id=id, name=name, arguments={})


def result(id: str) -> ToolMessage:
    return ToolMessage("rain", tool_call_id=id)


def paired(messages: Sequence[Message], pattern: re.Pattern[str] | None = None) -> Pairs:
    """Return, by the index of their message, the calls that are made, and the call that each result answers."""
    pairs = PairedCalls(messages, pattern)
    made: dict[int, list[WireCall]] = {}
    answered: dict[int, WireCall] = {}
    for index, message in enumerate(messages):
        if isinstance(message, AssistantMessage):
            made[index] = [*pairs.of(message)]
        elif isinstance(message, ToolMessage):
            answered[index] = pairs.answered_by(message)
    return made, answered


@settings(max_examples=100, deadline=None)
@given(strategies.requests(), st.sampled_from([None, NINE, re.compile("[a-z]+")]))
def test_ids_are_unique_and_valid_or_derived_and_the_same_each_time(
    request: ChatRequest, pattern: re.Pattern[str] | None
) -> None:
    calls, answered = paired(request.messages, pattern)

    made = [one for calls_of_one in calls.values() for one in calls_of_one]
    assert len(made) == len({one.id for one in made})
    assert all(pattern is None or pattern.fullmatch(one.id) or NINE.fullmatch(one.id) for one in made)
    assert [one.call for one in made] == [
        one for message in request.messages if isinstance(message, AssistantMessage) for one in message.all_tool_calls
    ]
    assert all(one in made for one in answered.values())
    assert (calls, answered) == paired(request.messages, pattern)


def test_valid_ids_are_kept() -> None:
    answer = AssistantMessage(tool_calls=[call("a")], invalid_tool_calls=[_invalid("b")])

    calls, answered = paired([HI, answer, result("b"), result("a"), AssistantMessage("Rain.")])

    assert ["a", "b"] == [one.id for one in calls[1]]
    assert {1: 2, 4: 0} == {index: len(made) for index, made in calls.items()}
    assert {2: "b", 3: "a"} == {index: one.id for index, one in answered.items()}


def test_an_invalid_id_is_replaced_on_both_sides() -> None:
    calls, answered = paired([AssistantMessage(tool_calls=[call("call_1"), call("abcdefghi")]), result("call_1")], NINE)

    first, second = calls[0]
    assert ("abcdefghi", first) == (second.id, answered[1])
    assert NINE.fullmatch(first.id)


@pytest.mark.parametrize("kept", ["call_1", "other"])
def test_a_derived_id_is_never_one_of_the_history(kept: str) -> None:
    derived = paired([AssistantMessage(tool_calls=[call("call_1")])], NINE)[0][0][0].id

    calls, _ = paired(
        [AssistantMessage(tool_calls=[call("call_1")]), AssistantMessage(tool_calls=[call(derived, kept)])], NINE
    )

    assert derived == calls[1][0].id
    assert derived != calls[0][0].id


def test_a_result_answers_the_call_before_it_and_not_the_first_of_its_id() -> None:
    history: list[Message] = [
        AssistantMessage(tool_calls=[call("a", "one")]),
        result("a"),
        AssistantMessage(tool_calls=[call("a", "two")]),
        result("a"),
        result("a"),
    ]

    calls, answered = paired(history)

    assert {1: "one", 3: "two", 4: "two"} == {index: one.call.name for index, one in answered.items()}
    assert calls[0][0].id != calls[2][0].id


def test_two_calls_with_one_id_in_one_message_are_answered_in_their_order() -> None:
    history: list[Message] = [
        AssistantMessage(tool_calls=[call("a", "one"), call("a", "two")]),
        result("a"),
        result("a"),
        result("a"),
    ]

    calls, answered = paired(history)

    assert ["one", "two", "two"] == [one.call.name for one in answered.values()]
    assert 2 == len({one.id for one in calls[0]})


def test_the_ids_of_a_history_do_not_change_as_it_grows() -> None:
    history: list[Message] = [AssistantMessage(tool_calls=[call("call_1")]), result("call_1")]

    longer = [*history, AssistantMessage(tool_calls=[call("call_1"), call("call_2")])]

    assert paired(history, NINE)[0][0] == paired(longer, NINE)[0][0]


def test_an_id_that_every_turn_repeats_is_made_unique_in_linear_time() -> None:
    turn: list[Message] = [AssistantMessage(tool_calls=[call("call_0")]), result("call_0")]
    history = turn * 10_000  # a time that grows with the square would be minutes

    calls, answered = paired(history)

    sent = [one.id for made in calls.values() for one in made]
    assert (10_000, "call_0") == (len({*sent}), sent[0])
    assert sent == [one.id for one in answered.values()]


def test_the_arguments_of_a_call_are_an_object() -> None:
    assert {"a": 1} == WireCall(ToolCall(id="a", name="get", arguments={"a": 1}), "a").arguments_object()
    assert {"invalid_arguments": "{"} == WireCall(_invalid("a"), "a").arguments_object()
    assert {"INVALID_JSON": "{"} == WireCall(_invalid("a"), "a").arguments_object("INVALID_JSON")


def test_an_invalid_call_whose_text_is_an_object_has_that_object() -> None:
    cut = InvalidToolCall(id="a", name="get", arguments_text='{"a": 1}', problem="cut off")

    assert {"a": 1} == WireCall(cut, "a").arguments_object()


def _invalid(id: str) -> InvalidToolCall:
    return InvalidToolCall(id=id, name="get", arguments_text="{", problem="cut off")
