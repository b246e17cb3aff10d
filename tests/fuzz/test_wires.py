"""Any JSON from a provider is decoded by each wire to deltas or a ChatError, and collected to an answer or one."""

import json
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import ChatError, ChatResponse
from llm_core.domain.json_values import JsonValue
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.deltas import AnswerDelta
from llm_core.wires.framing import parse_json_object

from .answers import WIRES, any_json, changed, payloads_of, whole_of
from .fuzz_settings import fuzz


def as_object(value: JsonValue) -> dict[str, object]:
    """Return *value* as the framing passes it on: as a JSON object, or wrapped in one."""
    return dict(parse_json_object(json.dumps(value if isinstance(value, dict) else {"": value}).encode()))


def answer(decode: Callable[[], Iterable[AnswerDelta]]) -> ChatResponse | ChatError:
    reader = ResponseAccumulator(provider="p")
    try:
        for delta in decode():
            reader.add(delta)
        return reader.response()
    except ChatError as error:
        reader.partial()
        return error


@pytest.mark.parametrize("wire", WIRES)
@fuzz()
@given(st.data())
def test_any_whole_answer_is_read_or_refused(wire: str, data: st.DataObject) -> None:
    try:
        body = as_object(data.draw(changed(json.loads(whole_of(wire))) | any_json))
    except ChatError:
        return

    read = answer(lambda: WIRES[wire]().whole(body))

    assert isinstance(read, ChatResponse | ChatError)


@pytest.mark.parametrize("wire", WIRES)
@fuzz()
@given(st.data())
def test_any_events_are_read_or_refused(wire: str, data: st.DataObject) -> None:
    payloads, decoder = payloads_of(wire), WIRES[wire]()
    indexes = data.draw(st.lists(st.integers(0, len(payloads) - 1), max_size=8))
    try:
        events = [as_object(data.draw(st.just(payloads[at]) | changed(payloads[at]) | any_json)) for at in indexes]
    except ChatError:
        return

    read = answer(lambda: (delta for event in events for delta in decoder.event(event)))

    assert isinstance(read, ChatResponse | ChatError)
