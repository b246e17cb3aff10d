"""Whatever JSON a provider sends: each wire makes pieces of it, or a ChatError, and the reader an answer or one."""

import json
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import ChatError, ChatResponse
from llm_core.domain.json_values import JsonValue
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.deltas import AnswerDelta
from llm_core.wires.framing import json_object

from .answers import WIRES, any_json, changed, payloads_of, whole_of
from .pace import fuzzed


def as_object(value: JsonValue) -> dict[str, object]:
    """Return *value* as it comes over the wire: what the framing lets through, and an object."""
    return dict(json_object(json.dumps(value if isinstance(value, dict) else {"": value}).encode()))


def answer(tell: Callable[[], Iterable[AnswerDelta]]) -> ChatResponse | ChatError:
    reader = ResponseAccumulator(provider="p")
    try:
        for piece in tell():
            reader.add(piece)
        return reader.response()
    except ChatError as error:
        reader.partial()
        return error


@pytest.mark.parametrize("wire", WIRES)
@fuzzed()
@given(st.data())
def test_any_whole_answer_is_read_or_refused(wire: str, data: st.DataObject) -> None:
    try:
        body = as_object(data.draw(changed(json.loads(whole_of(wire))) | any_json))
    except ChatError:
        return

    read = answer(lambda: WIRES[wire]().whole(body))

    assert isinstance(read, ChatResponse | ChatError)


@pytest.mark.parametrize("wire", WIRES)
@fuzzed()
@given(st.data())
def test_any_events_are_read_or_refused(wire: str, data: st.DataObject) -> None:
    told, reads = payloads_of(wire), WIRES[wire]()
    places = data.draw(st.lists(st.integers(0, len(told) - 1), max_size=8))
    try:
        events = [as_object(data.draw(st.just(told[place]) | changed(told[place]) | any_json)) for place in places]
    except ChatError:
        return

    read = answer(lambda: (piece for event in events for piece in reads.event(event)))

    assert isinstance(read, ChatResponse | ChatError)
