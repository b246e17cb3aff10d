"""An interrupted history becomes one that providers accept."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import (
    AssistantMessage,
    ChatMessage,
    ChatRequest,
    InvalidToolCall,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
    close_dangling_calls,
)

QUICK = settings(max_examples=60, deadline=None)
USER = UserMessage("hi")


def _asks(*ids: str) -> AssistantMessage:
    return AssistantMessage("Let me look.", tool_calls=[ToolCall(id=id, name="look", arguments={}) for id in ids])


def _result(id: str) -> ToolMessage:
    return ToolMessage("found", tool_call_id=id)


def _stopped(id: str) -> ToolMessage:
    return ToolMessage("stopped by the user", tool_call_id=id, is_error=True)


HALF_VALID = AssistantMessage(
    tool_calls=[ToolCall(id="a", name="look", arguments={})],
    invalid_tool_calls=[InvalidToolCall(id="b", name="look", arguments_text="{", problem="cut off")],
)


@pytest.mark.parametrize(
    ("closed", "messages"),
    [
        ([], []),
        ([USER], [USER]),
        ([USER, AssistantMessage("Done.")], [USER, AssistantMessage("Done.")]),
        ([USER, _asks("a"), _result("a")], [USER, _asks("a"), _result("a")]),
        ([USER, _asks("a"), _stopped("a")], [USER, _asks("a")]),
        ([USER, _asks("a"), _stopped("a"), USER], [USER, _asks("a"), USER]),
        ([_asks("a", "b"), _result("a"), _stopped("b"), USER], [_asks("a", "b"), _result("a"), USER]),
        ([_asks("a", "b"), _stopped("a"), _result("b"), USER], [_asks("a", "b"), _result("b"), USER]),
        (
            [_asks("a", "b", "c"), _stopped("b"), _result("c"), _result("a")],
            [_asks("a", "b", "c"), _result("c"), _result("a")],
        ),
        ([HALF_VALID, _stopped("a"), _stopped("b")], [HALF_VALID]),
        ([_asks("a"), _stopped("a"), _asks("b"), _stopped("b"), USER], [_asks("a"), _asks("b"), USER]),
        ([_asks("a"), _stopped("a"), _asks("a"), _result("a")], [_asks("a"), _asks("a"), _result("a")]),
        ([_asks("a"), _result("a"), _asks("a"), _stopped("a")], [_asks("a"), _result("a"), _asks("a")]),
        ([_asks("a", "a"), _result("a"), _stopped("a")], [_asks("a", "a"), _result("a")]),
        ([_asks("a"), USER, _result("a")], [_asks("a"), USER, _result("a")]),
        ([_asks("a"), _result("a"), _result("a")], [_asks("a"), _result("a"), _result("a")]),
        ([_asks("a"), _stopped("a"), SystemMessage("late")], [_asks("a"), SystemMessage("late")]),
        ([_result("x"), _asks("a"), _stopped("a")], [_result("x"), _asks("a")]),
    ],
)
def test_each_call_without_a_result_gets_an_error_result_among_the_results_of_its_message(
    closed: list[Message], messages: list[Message]
) -> None:
    assert closed == close_dangling_calls(messages, "stopped by the user")


def test_the_list_is_a_new_one() -> None:
    messages: list[ChatMessage] = [USER]

    close_dangling_calls(messages, "stopped").append(USER)

    assert [USER] == messages


def test_what_is_no_message_is_named_by_its_index() -> None:
    with pytest.raises(ValueError, match=r"^messages\[1\]"):
        close_dangling_calls([USER, "hi"], "stopped")  # type: ignore[list-item]  # -- a caller without mypy


@st.composite
def _interrupted(draw: st.DrawFn) -> list[Message]:
    """Draw a history of which some results are missing, and that ends anywhere; ids may repeat."""
    history: list[Message] = [USER]
    for _ in range(draw(st.integers(1, 3))):
        ids = draw(st.lists(st.sampled_from("abc"), max_size=3))
        results = draw(st.permutations([_result(id) for id in ids]))
        history += [_asks(*ids), *results[: draw(st.integers(0, 3))], *draw(st.lists(st.just(USER), max_size=1))]
    return history


@QUICK
@given(_interrupted())
def test_a_closed_history_is_accepted_where_each_call_needs_its_result_at_once(messages: list[Message]) -> None:
    closed = close_dangling_calls(messages, "stopped")

    assert _unanswered(closed) == []
    assert messages == [message for message in closed if message not in [_marked(id) for id in "abc"]]
    assert closed == close_dangling_calls(closed, "stopped")
    assert tuple(closed) == ChatRequest(messages=closed).messages


def _marked(id: str) -> ToolMessage:
    return ToolMessage("stopped", tool_call_id=id, is_error=True)


def _unanswered(messages: Sequence[Message]) -> list[str]:
    """Return the ids of calls whose result does not follow, as a strict provider finds them."""
    unanswered: Counter[str] = Counter()
    found: list[str] = []
    for message in [*messages, USER]:
        if isinstance(message, ToolMessage):
            unanswered[message.tool_call_id] -= 1
            continue
        found += (+unanswered).elements()
        unanswered = Counter(
            call.id for call in (message.all_tool_calls if isinstance(message, AssistantMessage) else ())
        )
    return found
