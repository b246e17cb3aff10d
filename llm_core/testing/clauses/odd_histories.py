"""Histories as agents produce them: trimmed, cut off, out of order, long. They reveal a library that tidies them up."""

from collections.abc import Iterator, Mapping

from llm_core.domain.messages import AssistantMessage, Message, ToolMessage, UserMessage
from llm_core.domain.parts import TextPart
from llm_core.domain.tools import ToolCall

_RAIN = ToolCall(id="call_a", name="get_weather", arguments={"city": "Oslo"})
_NOON = ToolCall(id="call_b", name="get_time", arguments={})
_QUESTION = UserMessage("And the weather?")
_THANKS = UserMessage("Thanks.")

_TURNS = 10
_LONG = "It rains. " * 2_000  # 20,000 characters, as of a page that a tool has read


def _long_history() -> Iterator[Message]:
    for turn in range(_TURNS):
        call = ToolCall(id=f"call_{turn}", name="get_weather", arguments={"city": f"Oslo {turn}"})
        yield UserMessage(f"And in Oslo {turn}?")
        yield AssistantMessage(f"Looking {turn}.", tool_calls=[call])
        yield ToolMessage(_LONG if turn == 0 else f"rain {turn}", tool_call_id=call.id)
        yield AssistantMessage(f"Rain {turn}.")
    yield _THANKS


ODD_HISTORIES: Mapping[str, list[Message]] = {
    "model-first": [AssistantMessage("Hello."), _QUESTION],
    "model-last": [UserMessage("Count."), AssistantMessage("One, two,")],
    "model-twice": [_QUESTION, AssistantMessage("Wait."), AssistantMessage(" It rains."), _THANKS],
    "no-result": [_QUESTION, AssistantMessage("Looking.", tool_calls=[_RAIN]), UserMessage("Never mind.")],
    "one-result": [
        _QUESTION,
        AssistantMessage("Looking.", tool_calls=[_RAIN, _NOON]),
        ToolMessage("rain", tool_call_id="call_a"),
        _THANKS,
    ],
    "other-order": [
        _QUESTION,
        AssistantMessage(tool_calls=[_RAIN, _NOON]),
        ToolMessage("noon", tool_call_id="call_b"),
        ToolMessage("rain", tool_call_id="call_a"),
        _THANKS,
    ],
    "failed-result": [
        _QUESTION,
        AssistantMessage(tool_calls=[_RAIN]),
        ToolMessage("no such city", tool_call_id="call_a", is_error=True),
        _THANKS,
    ],
    "empty-part": [UserMessage([TextPart("And"), TextPart(""), TextPart(" the weather?")])],
    "empty-answer": [_QUESTION, AssistantMessage(""), _THANKS],
    "long": [*_long_history()],
}
