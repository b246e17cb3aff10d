"""Tool calls without a result, as an interrupted agent leaves them: providers refuse such a history."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from .messages import AssistantMessage, ChatMessage, Message, ToolMessage, as_messages

_Place: TypeAlias = tuple[int, int]  # the index of a message, and the number of a call in it


def close_dangling_calls(messages: Sequence[ChatMessage], reason: str) -> list[Message]:
    """Return *messages*, with an error result that holds *reason* for each call without a result.

    A result is added where providers require it: with the other results of its message, in the order of the calls. No
    message changes or moves. The list is a new one, to append to.
    """
    given = as_messages(messages)
    answers = _answers(given)
    answered = set(answers.values())
    closed: list[Message] = []
    missing: dict[_Place, Message] = {}  # of the message whose results are being read
    for index, message in enumerate(given):
        is_result = isinstance(message, ToolMessage)
        closed += _taken(missing, before=answers.get(index, (-1, -1)) if is_result else (index, 0))
        closed.append(message)
        if isinstance(message, AssistantMessage):
            calls = {(index, number): call for number, call in enumerate(message.all_tool_calls)}
            missing |= {
                place: ToolMessage(reason, tool_call_id=call.id, is_error=True)
                for place, call in calls.items()
                if place not in answered
            }
    return closed + list(missing.values())


def _answers(messages: Sequence[Message]) -> Mapping[int, _Place]:
    """Return the call that each result answers, by the index of the result: the last one of its id before it.

    Of several calls with one id in one message, the results answer them in their order.
    """
    answers: dict[int, _Place] = {}
    waiting: dict[str, list[_Place]] = {}
    for index, message in enumerate(messages):
        if isinstance(message, AssistantMessage):
            waiting |= {call.id: [] for call in message.all_tool_calls}
            for number, call in enumerate(message.all_tool_calls):
                waiting[call.id].append((index, number))
        elif isinstance(message, ToolMessage) and (places := waiting.get(message.tool_call_id)):
            answers[index] = places.pop(0) if len(places) > 1 else places[0]
    return answers


def _taken(missing: dict[_Place, Message], *, before: _Place) -> list[Message]:
    """Take the results of the calls that come before the place *before* out of *missing*."""
    return [missing.pop(place) for place in sorted(missing) if place < before]
