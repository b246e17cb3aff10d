"""Tool calls in every layout of index, id, name and arguments: each call stays one call, with its own arguments."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import get_args

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    StreamEnd,
    StreamEvent,
    ToolCallDelta,
    ToolCallStart,
    UserMessage,
    from_events,
    response_from_events,
)
from llm_core.ports.tool_call_assembler import ToolCallAssembler, ToolCallChunk
from llm_core.testing import Call
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

from .call_layouts import CALLS, LAYOUTS, NOON, OSLO, Chunk, Id, Index, Layout

END = StreamEnd(response=ChatResponse(message=AssistantMessage()))
# A name in pieces beside an id that changes once is read as two calls: the first may be one without arguments.
READABLE = [layout for layout in LAYOUTS if (layout.id, layout.name) != ("then another", "pieces")]
KEEPS_IDS: tuple[Id, ...] = ("once", "repeated")


def from_assembler(chunks: Iterable[Chunk]) -> AssistantMessage:
    assembler = ToolCallAssembler()
    parts = [
        ToolCallChunk(index=chunk.index, id=chunk.id, name=chunk.name, arguments=chunk.arguments or "")
        for chunk in chunks
    ]
    events = [event for part in parts for event in assembler.add(part)] + assembler.finish()
    return response_from_events([*events, END]).message


def from_openai_stream(chunks: Iterable[Chunk]) -> AssistantMessage:
    accumulator, decoder = ResponseAccumulator(provider="openai"), OpenAIChatDecoder()
    deltas: list[dict[str, object]] = [{"tool_calls": [openai_chunk(chunk)]} for chunk in chunks]
    events: list[dict[str, object]] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    for event in events:
        for one in decoder.event(event):
            accumulator.add(one)
    return accumulator.response().message


def openai_chunk(chunk: Chunk) -> dict[str, object]:
    fields = {"index": chunk.index, "id": chunk.id}
    function = {"name": chunk.name, "arguments": chunk.arguments}
    sent: dict[str, object] = {name: value for name, value in fields.items() if value is not None}
    return {
        **sent,
        "function": {name: value for name, value in function.items() if value is not None or name[0] == "a"},
    }


def from_cohere_stream(chunks: Iterable[Chunk]) -> AssistantMessage:
    accumulator, decoder = ResponseAccumulator(provider="cohere"), CohereChatDecoder()
    for chunk in chunks:
        call = {key: value for key, value in openai_chunk(chunk).items() if key != "index"}
        event = {"type": "tool-call-delta", "index": chunk.index, "delta": {"message": {"tool_calls": call}}}
        for delta in decoder.event(event):
            accumulator.add(delta)
    for delta in decoder.event({"type": "message-end", "delta": {"finish_reason": "TOOL_CALL"}}):
        accumulator.add(delta)
    return accumulator.response().message


class Source:
    """Yields the events that a hand-written adapter makes of *chunks*."""

    provider, model = "own", "own-1"
    transport_errors: tuple[type[Exception], ...] = ()

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._chunks = chunks

    async def events(self, _: ChatRequest, /) -> AsyncGenerator[StreamEvent, None]:
        for chunk in self._chunks:
            index = chunk.index or 0
            if chunk.id or chunk.name:
                yield ToolCallStart(index=index, id=chunk.id or "", name=chunk.name or "")
            if chunk.arguments:
                yield ToolCallDelta(index=index, arguments_text=chunk.arguments)
        yield END


def from_own_adapter(chunks: Iterable[Chunk]) -> AssistantMessage:
    chat = from_events(Source(chunks))
    return asyncio.run(chat.acomplete(ChatRequest(messages=[UserMessage("Hello.")]))).message


def texts(message: AssistantMessage) -> list[tuple[str, str | None]]:
    """Return the name and the exact arguments of each call; an invalid call has its problem in place of the name."""
    invalid = [(f"invalid: {call.problem}", call.arguments_text) for call in message.invalid_tool_calls]
    return [*((call.name, call.arguments_text) for call in message.tool_calls), *invalid]


def unexpected(layout: Layout, calls: tuple[Call, ...], seen: AssistantMessage) -> str | None:
    """Return the difference between *calls* and the calls of *seen*."""
    if [(call.name, call.arguments_text) for call in calls] != texts(seen):
        return f"{layout}: {texts(seen)}"
    ids = [call.id for call in seen.tool_calls]
    right = [call.id for call in calls] == ids if layout.id in KEEPS_IDS else len(calls) == len({*ids})
    return None if right else f"{layout}: {ids}"


@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("id", get_args(Id))
@pytest.mark.parametrize("index", get_args(Index))
def test_calls_are_whole_in_every_layout(index: Index, id: Id, calls: tuple[Call, ...]) -> None:
    layouts = [layout for layout in READABLE if (layout.index, layout.id) == (index, id)]

    seen = [unexpected(layout, calls, from_assembler(layout.chunks(calls))) for layout in layouts]

    assert layouts
    assert [] == [one for one in seen if one]


@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("id", get_args(Id))
def test_calls_by_turns_are_whole_in_every_layout_with_an_index(id: Id, calls: tuple[Call, ...]) -> None:
    layouts = [layout for layout in READABLE if (layout.index, layout.id) == ("present", id)]

    seen = [unexpected(layout, calls, from_assembler(layout.interleaved(calls))) for layout in layouts]

    assert [] == [one for one in seen if one]


# An own adapter yields the id of a chunk before its arguments, so that the id alone does not show whose they are.
OWN_READABLE = [
    layout
    for layout in READABLE
    if layout.index in ("present", "constant") and (layout.id, layout.name) != ("then another", "late")
]
READERS: list[Callable[[Iterable[Chunk]], AssistantMessage]] = [
    from_openai_stream,
    from_cohere_stream,
    from_own_adapter,
]


@pytest.mark.parametrize("read", READERS)
def test_every_wire_and_own_adapters_read_every_layout(read: Callable[[Iterable[Chunk]], AssistantMessage]) -> None:
    layouts = OWN_READABLE if read is from_own_adapter else READABLE
    calls = CALLS["two calls of a tool"]

    seen = [unexpected(layout, calls, read(layout.chunks(calls))) for layout in layouts]

    assert [] == [one for one in seen if one]


def test_an_index_that_counts_the_chunks_of_one_call_is_no_other_call() -> None:
    layout = Layout("present", "repeated", "once", "empty first")
    chunks = [Chunk(number, one.id, one.name, one.arguments) for number, one in enumerate(layout.chunks((OSLO,)))]

    seen = from_assembler(chunks)

    assert [("get_weather", OSLO.arguments_text)] == texts(seen)


def test_one_id_for_two_calls_with_their_own_index_is_two_calls() -> None:
    chunks = [Chunk(0, "get", "get", '{"a": 1}'), Chunk(1, "get", "get", ""), Chunk(1, None, None, '{"a": 2}')]

    seen = from_assembler(chunks)

    assert [("get", '{"a": 1}'), ("get", '{"a": 2}')] == texts(seen)


def test_calls_without_arguments_are_kept_apart_by_id_and_name() -> None:
    chunks = [Chunk(0, call.id, call.name, "") for call in (OSLO, NOON)]

    seen = from_assembler(chunks)

    assert [("get_weather", ""), ("get_time", "")] == texts(seen)


def test_a_call_with_broken_arguments_does_not_take_those_of_the_next() -> None:
    chunks = [Chunk(0, "call_1", "get", '{"a'), Chunk(0, None, None, "b"), Chunk(0, "call_2", "get", '{"c": 3}')]

    seen = from_assembler(chunks)

    assert [("get", '{"c": 3}')] == texts(seen)[:1]
    assert ['{"ab'] == [call.arguments_text for call in seen.invalid_tool_calls]


def test_arguments_that_begin_again_are_an_invalid_call_with_their_exact_text() -> None:
    cumulative = [OSLO.arguments_text[:end] for end in (9, 20, 99)]
    chunks = [Chunk(0, "call_1", "get", cumulative[0]), *(Chunk(0, None, None, text) for text in cumulative[1:])]

    seen = from_assembler(chunks)

    assert () == seen.tool_calls
    assert ["".join(cumulative)] == [call.arguments_text for call in seen.invalid_tool_calls]


def test_two_calls_of_one_delta_without_an_index_are_two_calls() -> None:
    calls = [{"function": {"name": call.name, "arguments": ""}} for call in (OSLO, NOON)]
    accumulator = ResponseAccumulator(provider="openai")

    for delta in OpenAIChatDecoder().event({"choices": [{"delta": {"tool_calls": calls}, "finish_reason": "stop"}]}):
        accumulator.add(delta)

    assert [("get_weather", ""), ("get_time", "")] == texts(accumulator.response().message)
