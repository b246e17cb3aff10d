"""Broken adapters that assemble tool calls incorrectly, or change their arguments."""

import itertools
import json
from collections.abc import Callable, Iterable, Iterator

import attrs

from llm_core import ChatPort, ChatResponse, StreamEvent, ToolCall, ToolCallDelta, ToolCallStart, from_async

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat


def _with_calls(chat: ChatPort, change: Callable[[ToolCall], ToolCall]) -> ChatPort:
    """Wrap *chat* so that each tool call of a response is changed."""

    def changed(response: ChatResponse) -> ChatResponse:
        message = attrs.evolve(response.message, tool_calls=[change(call) for call in response.tool_calls])
        return attrs.evolve(response, message=message)

    return Mutated(chat, on_response=changed)


@in_memory("answer.calls", shows="the texts of arguments[0]: from character 0, expected '")
def reserialises_the_arguments_text(chat: ChatPort) -> ChatPort:
    return _with_calls(
        chat, lambda call: attrs.evolve(call, arguments_text=json.dumps(json.loads(call.arguments_json)))
    )


@in_memory("answer.calls", shows="the texts of arguments[0]: from character 0, expected '")
def strips_white_space_from_the_arguments_text(chat: ChatPort) -> ChatPort:
    return _with_calls(chat, lambda call: attrs.evolve(call, arguments_text=call.arguments_json.strip()))


@in_memory("answer.calls", shows="1, 2.5, 1.0, null", mode="complete")
def parses_integral_floats_as_integers(chat: ChatPort) -> ChatPort:
    def whole(digits: str) -> float:
        return int(float(digits)) if float(digits).is_integer() else float(digits)

    return _with_calls(
        chat, lambda call: attrs.evolve(call, arguments=json.loads(call.arguments_json, parse_float=whole))
    )


@in_memory("answer.calls", shows='"at":', mode="complete")
def sorts_the_keys_of_arguments(chat: ChatPort) -> ChatPort:
    return _with_calls(chat, lambda call: attrs.evolve(call, arguments=dict(sorted(call.arguments.items()))))


@in_memory("answer.linear-time", shows="4 times the arguments take", mode="complete")
def searches_the_key_for_each_argument(chat: ChatPort) -> ChatPort:
    def check(call: ToolCall) -> ToolCall:
        for key, values in call.arguments.items():
            for value in values if isinstance(values, list) else ():
                needs_quotes = any(mark in key for mark in ".[]")
                if isinstance(value, bytes):
                    raise ValueError(repr(key) if needs_quotes else key)
        return call

    return _with_calls(chat, check)


def _with_call_deltas(chat: PlainChat, change_delta: Callable[[dict[str, object], bool], None]) -> ChatPort:
    """Wrap *chat* so that *change_delta* edits each tool call delta; its second argument is True for a new index."""
    seen = set[object]()

    def each(chunk: object) -> object:
        match chunk:
            case {"choices": [{"delta": {"tool_calls": [dict(delta)]}}]}:
                is_new = delta.get("index") not in seen
                seen.add(delta.get("index"))
                change_delta(delta, is_new)
        return chunk

    return from_async(attrs.evolve(chat, on_chunk=each))


@over_http(
    "answer.calls-in-pieces",
    shows="invalid_tool_calls[0]: expected nothing, got",
    call_layout="one index",
)
def identifies_calls_by_their_index_only(chat: PlainChat) -> ChatPort:
    def change_delta(delta: dict[str, object], is_new: bool) -> None:
        if not is_new:
            delta.pop("id", None)

    return _with_call_deltas(chat, change_delta)


@over_http("answer.calls-in-pieces", shows="InvalidToolCall(", call_layout="changing ids")
def begins_a_call_with_every_other_id(chat: PlainChat) -> ChatPort:
    def change_delta(delta: dict[str, object], is_new: bool) -> None:
        match delta:
            case {"id": str(), "function": dict(function)} if not is_new:
                function.setdefault("name", "get_weather")

    return _with_call_deltas(chat, change_delta)


@over_http("answer.calls-in-pieces", shows="InvalidToolCall(", call_layout="no index")
def begins_a_call_with_every_delta_without_an_index(chat: PlainChat) -> ChatPort:
    numbers = itertools.count()

    def change_delta(delta: dict[str, object], _: bool) -> None:
        delta.setdefault("index", next(numbers))

    return _with_call_deltas(chat, change_delta)


@over_http("answer.calls-in-pieces", shows="tool_calls[0].id: expected 'call_1', got 'made_0'", call_layout="late ids")
def generates_an_id_although_the_real_one_arrives_later(chat: PlainChat) -> ChatPort:
    def change_delta(delta: dict[str, object], is_new: bool) -> None:
        if is_new:
            delta.setdefault("id", f"made_{delta['index']}")
        else:
            delta.pop("id", None)

    return _with_call_deltas(chat, change_delta)


def _drops_later_names(delta: dict[str, object], is_new: bool) -> None:
    match delta:
        case {"function": dict(function)} if not is_new:
            function.pop("name", None)


@over_http(
    "answer.calls-in-pieces", shows="tool_calls[0].name: expected 'get_weather', got 'get_'", call_layout="split names"
)
def ignores_later_deltas_of_a_tool_name(chat: PlainChat) -> ChatPort:
    return _with_call_deltas(chat, _drops_later_names)


@over_http(
    "answer.calls-in-pieces",
    shows="invalid_tool_calls[0]: expected nothing, got",
    call_layout="arguments first",
)
def ignores_a_tool_name_that_arrives_after_the_first_delta(chat: PlainChat) -> ChatPort:
    return _with_call_deltas(chat, _drops_later_names)


@in_memory("answer.one-message", shows="invalid tool calls[0]: expected", name="invalid calls")
def keeps_one_call_of_each_id(chat: ChatPort) -> ChatPort:
    def changed(response: ChatResponse) -> ChatResponse:
        valid = {call.id: call for call in response.tool_calls}
        invalid = [call for call in response.invalid_tool_calls if call.id not in valid]
        message = attrs.evolve(response.message, tool_calls=[*valid.values()], invalid_tool_calls=invalid)
        return attrs.evolve(response, message=message)

    return Mutated(chat, on_response=changed)


@in_memory("answer.broken-arguments", shows="`problem` of an invalid call is empty", text='["Oslo"]', mode="complete")
def names_no_problem_of_an_invalid_call(chat: ChatPort) -> ChatPort:
    def changed(response: ChatResponse) -> ChatResponse:
        invalid = [attrs.evolve(call, problem="") for call in response.invalid_tool_calls]
        return attrs.evolve(response, message=attrs.evolve(response.message, invalid_tool_calls=invalid))

    return Mutated(chat, on_response=changed)


@in_memory("stream.end-agrees", shows="the calls have the indices [1, 2], and not their positions")
def counts_calls_among_all_blocks(chat: ChatPort) -> ChatPort:
    def events(stream: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        for event in stream:
            match event:
                case ToolCallStart() | ToolCallDelta():
                    yield attrs.evolve(event, index=event.index + 1)
                case _:
                    yield event

    return Mutated(chat, on_events=events)
