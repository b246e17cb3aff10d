"""Calls and results of a history, with ids that are valid and unique."""

import re

from llm_core import AssistantMessage, Message, ToolCall, ToolMessage
from llm_core.wires.paired_calls import pair_calls


def test_an_id_that_every_turn_repeats_is_made_unique_in_linear_time() -> None:
    turn: list[Message] = [
        AssistantMessage(tool_calls=[ToolCall(id="call_0", name="get", arguments={})]),
        ToolMessage("done", tool_call_id="call_0"),
    ]
    history = turn * 10_000  # a time that grows with the square would be minutes

    pairs = pair_calls(history)

    sent = [call.id for calls in pairs.calls.values() for call in calls]
    assert (10_000, "call_0") == (len({*sent}), sent[0])
    assert sent == [call.id for call in pairs.results.values()]


def test_an_id_that_is_not_valid_is_replaced_by_one_that_no_other_call_has() -> None:
    calls = [ToolCall(id=id, name="get", arguments={}) for id in ("call:1", "call:1", "abcdefghi")]

    [sent] = pair_calls([AssistantMessage(tool_calls=calls)], re.compile("[a-zA-Z0-9]{9}")).calls.values()

    ids = [call.id for call in sent]
    assert (3, "abcdefghi") == (len({*ids}), ids[-1])
    assert all(re.fullmatch("[a-zA-Z0-9]{9}", id) for id in ids)
