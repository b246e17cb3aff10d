"""Tests of reasoning as it is read and kept for its provider: thinking blocks, fields and details."""

from collections.abc import Mapping, Sequence

import pytest

from llm_core import ProviderData, ReasoningPart
from llm_core.domain.json_values import JsonValue
from llm_core.wires.reasoning_blocks import ReasoningDetails, ThinkingBlocks


def reasoning_part(provider: str, field: str, text: str = "Hm.") -> ReasoningPart:
    return ReasoningPart(text, provider_data=[ProviderData(provider=provider, value={"field": field})])


def test_reasoning_deltas_are_joined_for_each_field() -> None:
    thinking = ThinkingBlocks()

    for field, text in (("content", "H"), ("content", "m."), ("tool_plan", "Look.")):
        thinking.add_text(field, text)

    assert [reasoning_part("x", "content"), reasoning_part("x", "tool_plan", "Look.")] == thinking.parts("x")


def test_an_unsigned_thinking_block_has_no_replay_data() -> None:
    thinking = ThinkingBlocks()

    thinking.add({"type": "thinking", "thinking": "Hm."})

    assert [ReasoningPart("Hm.")] == thinking.parts("anthropic")


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (
            [{"type": "reasoning.text", "text": "H"}, {"type": "reasoning.text", "text": "m.", "signature": "s"}],
            [{"type": "reasoning.text", "text": "Hm.", "signature": "s"}],
        ),
        (
            [{"type": "reasoning.text", "text": "a", "signature": "s"}, {"type": "reasoning.text", "text": "b"}],
            [{"type": "reasoning.text", "text": "a", "signature": "s"}, {"type": "reasoning.text", "text": "b"}],
        ),
        (
            [{"type": "reasoning.summary", "summary": "a"}, {"type": "reasoning.encrypted", "data": "b"}],
            [{"type": "reasoning.summary", "summary": "a"}, {"type": "reasoning.encrypted", "data": "b"}],
        ),
        (
            [
                {"type": "reasoning.text", "text": "H", "format": "f"},
                {"type": "reasoning.text", "text": None, "format": None},
                {"type": "reasoning.text", "text": "m.", "format": None},
            ],
            [{"type": "reasoning.text", "text": "Hm.", "format": "f"}],
        ),
    ],
)
def test_deltas_of_reasoning_details_are_joined(
    deltas: Sequence[Mapping[str, object]], expected: Sequence[Mapping[str, object]]
) -> None:
    details = ReasoningDetails()

    for delta in deltas:
        details.add([delta])

    assert [ProviderData(provider="x", value={"reasoning_details": expected})] == list(details.replay_data("x"))


def test_reasoning_details_of_one_list_are_not_joined() -> None:
    details = ReasoningDetails()

    details.add([{"type": "reasoning.text", "text": "a"}, {"type": "reasoning.text", "text": "b"}])

    texts: JsonValue = [{"type": "reasoning.text", "text": text} for text in ("a", "b")]
    assert [ProviderData(provider="x", value={"reasoning_details": texts})] == list(details.replay_data("x"))
