"""Reasoning in several parts, between text and calls: as dialects write it, and as wires read it."""

import json
from collections.abc import Mapping, Sequence

import pytest

from llm_core import AssistantMessage, ReasoningPart
from llm_core.testing import Replies, Thought, interleaved
from llm_core.testing.clauses.answers import REASONING_IN_PARTS
from llm_core.testing.clauses.replay_order import ALTERNATING
from llm_core.testing.dialects.dialect import inexpressible
from llm_core.testing.dialects.registry import as_dialect
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.gemini import GEMINI
from llm_core.wires.openai_responses import OPENAI_RESPONSES

WIRES = {wire.name: wire for wire in (ANTHROPIC_MESSAGES, GEMINI, OPENAI_RESPONSES)}
REPLIES: Mapping[str, Replies] = {
    **REASONING_IN_PARTS,
    "signed": ALTERNATING,
    "last": interleaved(Thought("Hm."), "So.", Thought("Or not?")),
    "signed in a row": interleaved(Thought("Hm.", "c2ln"), Thought("So.", "bmVk"), "Yes."),
}


def message_of(name: str, reply: Replies, *, stream: bool) -> AssistantMessage:
    """Return the message that the wire reads in what the dialect writes."""
    wire, dialect = WIRES[name], as_dialect(name)
    accumulator, decoder, framer = ResponseAccumulator(provider="p"), wire.decoder(), wire.framer()
    bodies: Sequence[bytes] = framer.feed(b"".join(dialect.events(reply))) if stream else [dialect.body(reply)]
    for body in bodies:
        for delta in (decoder.event if stream else decoder.whole)(json.loads(body)):
            accumulator.add(delta)
    return accumulator.response().message


def _texts(*parts: Thought | ReasoningPart) -> list[str]:
    return [part.text for part in parts if part.text]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
@pytest.mark.parametrize("wire", WIRES)
def test_each_part_of_the_reasoning_is_a_part(wire: str, reply: Replies, *, stream: bool) -> None:
    if inexpressible(as_dialect(wire), reply, streams=stream):
        pytest.skip("the wire joins them")

    message = message_of(wire, reply, stream=stream)

    # Anthropic's thinking without text is a part; a reasoning item of OpenAI without a summary is provider data alone.
    assert _texts(*reply.thoughts) == _texts(*message.reasoning)
    assert (reply.text or "") == message.content
    assert [call.name for call in reply.calls] == [call.name for call in message.tool_calls]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("anthropic_messages", None),
        ("openai_responses", None),
        ("gemini", "parts of reasoning in a row"),
        ("openai_chat", "reasoning in several parts"),
        ("ollama_chat", "reasoning in several parts"),
        ("cohere_chat", "reasoning in several parts"),
    ],
)
def test_which_dialects_express_parts_in_a_row(dialect: str, expected: str | None) -> None:
    assert expected == inexpressible(as_dialect(dialect), REASONING_IN_PARTS["in-a-row"], streams=True)


def test_an_interleaved_reply_has_the_fields_of_its_blocks() -> None:
    assert ("It rains, and it is late.", "Well.Hm.", ()) == (
        (reply := interleaved(Thought("Well."), "It rains, ", Thought("Hm."), "and it is late.")).text,
        reply.reasoning,
        reply.calls,
    )
    assert (None, "") == (interleaved(*ALTERNATING.calls).text, interleaved(*ALTERNATING.calls).reasoning)
