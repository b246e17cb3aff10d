import copy
from collections.abc import Callable

import attrs
import pytest

from llm_core import AssistantMessage, ChatResponse, FinishReason, InvalidToolCall, ToolCall, Usage

CALL = ToolCall(id="c1", name="f", arguments={})
BROKEN = InvalidToolCall(id="c2", name="f", arguments_text="[", problem="cut off")
TEXT = AssistantMessage("hi")
CALLING = AssistantMessage(tool_calls=[CALL])
CALLING_WRONGLY = AssistantMessage(invalid_tool_calls=[BROKEN])


def test_a_field_that_the_provider_does_not_report_is_none() -> None:
    response = ChatResponse(message=TEXT)

    seen = response.raw_finish_reason, response.usage, response.model, response.id, response.ignored_settings

    assert (None, None, None, None, ()) == seen


@pytest.mark.parametrize(
    ("message", "given", "reason"),
    [
        (TEXT, FinishReason.STOP, FinishReason.STOP),
        (TEXT, FinishReason.TOOL_CALLS, FinishReason.STOP),
        (TEXT, FinishReason.LENGTH, FinishReason.LENGTH),
        (TEXT, FinishReason.CONTENT_FILTER, FinishReason.CONTENT_FILTER),
        (TEXT, FinishReason.OTHER, FinishReason.OTHER),
        (CALLING, FinishReason.STOP, FinishReason.TOOL_CALLS),
        (CALLING, FinishReason.TOOL_CALLS, FinishReason.TOOL_CALLS),
        (CALLING, FinishReason.LENGTH, FinishReason.LENGTH),
        (CALLING, FinishReason.CONTENT_FILTER, FinishReason.CONTENT_FILTER),
        (CALLING, FinishReason.OTHER, FinishReason.OTHER),
        (CALLING_WRONGLY, FinishReason.STOP, FinishReason.TOOL_CALLS),
        (CALLING_WRONGLY, FinishReason.LENGTH, FinishReason.LENGTH),
    ],
)
def test_the_reason_agrees_with_the_calls(message: AssistantMessage, given: FinishReason, reason: FinishReason) -> None:
    response = ChatResponse(message=message, finish_reason=given)

    seen = response.finish_reason

    assert reason is seen


@pytest.mark.parametrize(
    ("message", "reason"),
    [(TEXT, FinishReason.STOP), (CALLING, FinishReason.TOOL_CALLS), (CALLING_WRONGLY, FinishReason.TOOL_CALLS)],
)
def test_the_default_reason_follows_from_the_calls(message: AssistantMessage, reason: FinishReason) -> None:
    response = ChatResponse(message=message)

    seen = response.finish_reason

    assert reason is seen


def test_a_changed_message_changes_the_reason_with_it() -> None:
    response = ChatResponse(message=CALLING, raw_finish_reason="tool_use")

    changed = attrs.evolve(response, message=TEXT)

    assert (FinishReason.STOP, "tool_use") == (changed.finish_reason, changed.raw_finish_reason)
    assert changed == copy.deepcopy(changed)


def test_the_message_can_be_read_from_the_response() -> None:
    response = ChatResponse(message=AssistantMessage("hi", tool_calls=[CALL], invalid_tool_calls=[BROKEN]))

    seen = response.text, response.tool_calls, response.invalid_tool_calls

    assert ("hi", (CALL,), (BROKEN,)) == seen


def test_a_reason_is_also_a_str() -> None:
    texts = [str(reason) for reason in FinishReason]

    reasons = [FinishReason(text) for text in texts]

    assert ["stop", "length", "tool_calls", "content_filter", "paused", "other"] == texts
    assert list(FinishReason) == reasons


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"message": "hi"}, "message: expected AssistantMessage, got str"),
        ({"message": None}, "message: expected AssistantMessage, got NoneType"),
        ({"raw_finish_reason": 1}, "raw_finish_reason: expected str, got int"),
        ({"usage": {"input_tokens": 1}}, "usage: expected Usage, got dict"),
        ({"model": b"m"}, "model: expected str, got bytes"),
        ({"id": 7}, "id: expected str, got int"),
        ({"ignored_settings": "seed"}, "ignored_settings: expected a sequence of str, got str"),
        ({"ignored_settings": [1]}, "ignored_settings[0]: expected str, got int"),
        (
            {"finish_reason": "end_turn"},
            "finish_reason: must be one of stop, length, tool_calls, content_filter, paused, other",
        ),
        (
            {"finish_reason": None},
            "finish_reason: must be one of stop, length, tool_calls, content_filter, paused, other",
        ),
    ],
)
def test_a_bad_field_is_refused_by_name(given: dict[str, object], problem: str) -> None:
    class_: Callable[..., object] = ChatResponse

    with pytest.raises(ValueError, match=r"\A[a-z]") as caught:
        class_(**{"message": TEXT, **given})

    assert problem == str(caught.value)


def test_empty_fields_of_the_provider_are_kept() -> None:
    response = ChatResponse(
        message=TEXT, raw_finish_reason="", model="", id="", usage=Usage(), ignored_settings=["seed"]
    )

    seen = response.raw_finish_reason, response.model, response.id, response.usage, response.ignored_settings

    assert ("", "", "", Usage(), ("seed",)) == seen
    assert response != attrs.evolve(response, usage=None)


def test_fields_are_given_by_keyword() -> None:
    class_: Callable[..., object] = ChatResponse

    with pytest.raises(TypeError, match="positional"):
        class_(TEXT)
