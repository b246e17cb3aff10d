"""Broken in how calls are put together, and in asking again for those that it does not like."""

import json
from collections.abc import Callable

import attrs

from llm_core import ChatPort, ChatResponse, ToolCall, from_async

from .mutating import Bent, in_memory, over_http
from .plain_chat import PlainChat


def _calls(chat: ChatPort, change: Callable[[ToolCall], ToolCall]) -> ChatPort:
    """Return *chat*, its calls changed."""

    def changed(response: ChatResponse) -> ChatResponse:
        message = attrs.evolve(response.message, tool_calls=[change(call) for call in response.tool_calls])
        return attrs.evolve(response, message=message)

    return Bent(chat, answers=changed)


@in_memory("answer.calls", shows='At index 0 diff: \' {"city" :')
def writes_the_arguments_of_new_calls_its_own_way(chat: ChatPort) -> ChatPort:
    return _calls(chat, lambda call: attrs.evolve(call, arguments_text=json.dumps(json.loads(call.arguments_json))))


@in_memory("answer.calls", shows='At index 0 diff: \' {"city" :')
def strips_the_arguments_of_new_calls(chat: ChatPort) -> ChatPort:
    return _calls(chat, lambda call: attrs.evolve(call, arguments_text=call.arguments_json.strip()))


@in_memory("answer.calls", shows="1, 2.5, 1.0, null", mode="complete")
def takes_a_float_for_a_whole_number(chat: ChatPort) -> ChatPort:
    def whole(digits: str) -> float:
        return int(float(digits)) if float(digits).is_integer() else float(digits)

    return _calls(chat, lambda call: attrs.evolve(call, arguments=json.loads(call.arguments_json, parse_float=whole)))


@in_memory("answer.calls", shows='"at":', mode="complete")
def sorts_the_arguments_of_new_calls(chat: ChatPort) -> ChatPort:
    return _calls(chat, lambda call: attrs.evolve(call, arguments=dict(sorted(call.arguments.items()))))


def _seeing(chat: PlainChat, look: Callable[[dict[str, object], bool], None]) -> ChatPort:
    """Return *chat*, which lets *look* change each piece of a call; it is told whether the index is new."""
    seen = set[object]()

    def each(chunk: object) -> object:
        match chunk:
            case {"choices": [{"delta": {"tool_calls": [dict(piece)]}}]}:
                is_new = piece["index"] not in seen
                seen.add(piece["index"])
                look(piece, is_new)
        return chunk

    return from_async(attrs.evolve(chat, looks_at=each))


@over_http("answer.calls-in-pieces", shows="Right contains one more item: InvalidToolCall(", call_layout="one index")
def tells_calls_apart_by_their_index_alone(chat: PlainChat) -> ChatPort:
    def look(piece: dict[str, object], is_new: bool) -> None:
        if not is_new:
            piece.pop("id", None)

    return _seeing(chat, look)


@over_http("answer.calls-in-pieces", shows="ToolCall(id='made_0'", call_layout="late ids")
def makes_an_id_before_the_id_comes(chat: PlainChat) -> ChatPort:
    def look(piece: dict[str, object], is_new: bool) -> None:
        if is_new:
            piece.setdefault("id", f"made_{piece['index']}")
        else:
            piece.pop("id", None)

    return _seeing(chat, look)


def _drops_later_names(piece: dict[str, object], is_new: bool) -> None:
    match piece:
        case {"function": dict(function)} if not is_new:
            function.pop("name", None)


@over_http("answer.calls-in-pieces", shows="name='get_weather'", call_layout="split names")
def takes_the_first_piece_of_a_name_for_all_of_it(chat: PlainChat) -> ChatPort:
    return _seeing(chat, _drops_later_names)


@over_http("answer.calls-in-pieces", shows="the call names no tool", call_layout="arguments first")
def looks_for_the_name_in_the_first_piece_alone(chat: PlainChat) -> ChatPort:
    return _seeing(chat, _drops_later_names)
