"""Tool calls from chunks, as providers and `from_events` sources send them."""

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
from llm_core.domain.errors import BadResponseError
from llm_core.ports.tool_call_assembler import MAX_CALLS, ToolCallAssembler, ToolCallChunk

END = StreamEnd(response=ChatResponse(message=AssistantMessage()))
ORDERS = {
    "a late id": [
        ToolCallChunk(index=0, name="look"),
        ToolCallChunk(index=0, arguments="{"),
        ToolCallChunk(index=0, id="call_1"),
        ToolCallChunk(index=0, arguments="}"),
    ],
    "a name in two chunks": [
        ToolCallChunk(index=0, id="call_1", name="lo"),
        ToolCallChunk(index=0, name="ok"),
        ToolCallChunk(index=0, arguments="{}"),
    ],
    "id and name again": [
        ToolCallChunk(index=0, id="call_1", name="look"),
        ToolCallChunk(index=0, id="call_1", name="look"),
        ToolCallChunk(index=0, arguments="{}"),
        ToolCallChunk(index=0, id="call_1", name="look"),
    ],
    "the name again before the arguments": [
        ToolCallChunk(index=0, id="call_1", name="look"),
        ToolCallChunk(index=0, name="look"),
        ToolCallChunk(index=0, arguments="{}"),
    ],
    "arguments first": [
        ToolCallChunk(index=0, arguments="{}"),
        ToolCallChunk(index=0, id="call_1", name="look"),
    ],
}


def events_of(*chunks: ToolCallChunk, server_run_id_prefixes: tuple[str, ...] = ()) -> list[StreamEvent]:
    assembler = ToolCallAssembler(server_run_id_prefixes=server_run_id_prefixes)
    return [event for chunk in chunks for event in assembler.add(chunk)] + assembler.finish()


def calls_of(*chunks: ToolCallChunk) -> tuple[ToolCall, ...]:
    return response_from_events([*events_of(*chunks), END]).tool_calls


@pytest.mark.parametrize("chunks", ORDERS.values(), ids=ORDERS)
def test_id_name_and_arguments_may_come_in_any_order(chunks: list[ToolCallChunk]) -> None:
    calls = calls_of(*chunks)

    assert (ToolCall(id="call_1", name="look", arguments={}),) == calls


def test_another_id_under_one_index_is_another_call() -> None:
    first, second = (ToolCallChunk(index=0, id=id, name="look", arguments="{}") for id in ("call_1", "call_2"))

    calls = calls_of(first, second)

    assert ["call_1", "call_2"] == [call.id for call in calls]


def test_a_name_after_complete_arguments_begins_another_call() -> None:
    first = ToolCallChunk(index=0, id="call_1", name="look", arguments="{}")
    second = ToolCallChunk(index=0, name="find", arguments="{}")

    calls = calls_of(first, second)

    assert ["look", "find"] == [call.name for call in calls]


def test_arguments_of_which_only_the_last_chunk_ends_with_a_brace_go_on() -> None:
    chunks = [ToolCallChunk(index=0, name="look", arguments=text) for text in ('{"a": {}', "}")]

    calls = calls_of(*chunks)

    assert [{"a": {}}] == [call.arguments for call in calls]


def test_a_call_is_emitted_as_soon_as_id_name_and_arguments_are_known() -> None:
    assembler = ToolCallAssembler()

    early = assembler.add(ToolCallChunk(index=5, id="call_1", name="look"))
    events = assembler.add(ToolCallChunk(index=5, arguments="{"))

    assert [] == early
    assert [ToolCallStart(index=0, id="call_1", name="look"), ToolCallDelta(index=0, arguments_text="{")] == events


def test_a_call_without_an_id_gets_a_generated_one() -> None:
    chunks = [ToolCallChunk(index=index, name="look") for index in range(2)]

    ids = {call.id for call in calls_of(*chunks)}

    assert 2 == len(ids - {""})


def test_a_surrogate_half_that_stays_alone_is_a_replacement_character() -> None:
    events = events_of(ToolCallChunk(index=0, id="call_1", name="look", arguments='{"\ud83d'))

    texts = [event.arguments_text for event in events if isinstance(event, ToolCallDelta)]
    assert ['{"', "\ufffd"] == texts


def test_calls_that_the_provider_ran_itself_are_left_out() -> None:
    run = ToolCallChunk(index=0, id="run_1", name="search", arguments="{}")
    ours = ToolCallChunk(index=1, id="call_1", name="look", arguments="{}")

    events = events_of(run, ours, server_run_id_prefixes=("run_",))

    assert ["call_1"] == [event.id for event in events if isinstance(event, ToolCallStart)]


def test_a_call_without_name_and_arguments_is_left_out_but_has_begun() -> None:
    assembler = ToolCallAssembler()

    assembler.add(ToolCallChunk(index=0, id="call_1"))

    assert assembler.has_begun
    assert [] == assembler.finish()


def test_a_name_that_does_not_end_is_a_bad_response() -> None:
    assembler = ToolCallAssembler()
    assembler.add(ToolCallChunk(index=0, id="call_1", name="x" * 9_000))

    with pytest.raises(BadResponseError) as caught:
        assembler.add(ToolCallChunk(index=0, name="y" * 1_001))

    assert "a call's name of more than 10000 characters" == caught.value.detail


def test_more_calls_than_the_bound_are_a_bad_response() -> None:
    assembler = ToolCallAssembler()
    for index in range(MAX_CALLS):
        assembler.add(ToolCallChunk(index=index, id=f"c{index}", name="look", arguments="{}"))

    with pytest.raises(BadResponseError) as caught:
        assembler.add(ToolCallChunk(index=[MAX_CALLS], name="look"))

    assert f"more than {MAX_CALLS} calls" == caught.value.detail
