"""Calls in whatever pieces a server tells them."""

from collections.abc import Iterable

import pytest

from llm_core import (
    AssistantMessage,
    ChatResponse,
    StreamEnd,
    StreamEvent,
    ToolCall,
    ToolCallDelta,
    ToolCallStart,
    response_from_events,
)
from llm_core.ports.loose_calls import LooseCalls

END = StreamEnd(response=ChatResponse(message=AssistantMessage()))
PIECES: dict[str, list[ToolCallStart | ToolCallDelta]] = {
    "a late id": [
        ToolCallStart(index=0, id="", name="look"),
        ToolCallDelta(index=0, arguments_text="{"),
        ToolCallStart(index=0, id="call_1", name=""),
        ToolCallDelta(index=0, arguments_text="}"),
    ],
    "a name in pieces": [
        ToolCallStart(index=0, id="call_1", name="lo"),
        ToolCallStart(index=0, id="", name="ok"),
        ToolCallDelta(index=0, arguments_text="{}"),
    ],
    "a name again": [
        ToolCallStart(index=0, id="call_1", name="look"),
        ToolCallStart(index=0, id="call_1", name="look"),
        ToolCallDelta(index=0, arguments_text="{}"),
        ToolCallStart(index=0, id="call_1", name="look"),
    ],
    "arguments first": [
        ToolCallDelta(index=0, arguments_text="{}"),
        ToolCallStart(index=0, id="call_1", name="look"),
    ],
}


def told(pieces: Iterable[ToolCallStart | ToolCallDelta]) -> tuple[ToolCall, ...]:
    calls = LooseCalls()
    events: list[StreamEvent] = [event for piece in pieces for event in calls.take(piece)]
    return response_from_events([*events, *calls.rest(), END]).tool_calls


@pytest.mark.parametrize("pieces", PIECES.values(), ids=PIECES)
def test_a_call_may_come_in_any_pieces(pieces: list[ToolCallStart | ToolCallDelta]) -> None:
    seen = told(pieces)

    assert (ToolCall(id="call_1", name="look", arguments={}),) == seen


def test_another_id_under_one_index_is_another_call() -> None:
    first, second = (ToolCallStart(index=0, id=id, name="look") for id in ("call_1", "call_2"))
    brackets = ToolCallDelta(index=0, arguments_text="{}")

    seen = told([first, brackets, second, brackets])

    assert ["call_1", "call_2"] == [call.id for call in seen]
