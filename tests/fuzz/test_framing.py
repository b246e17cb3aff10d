"""Any bytes are framed as events or are a BadResponseError, and the split into packets makes no difference."""

import json

from hypothesis import given
from hypothesis import strategies as st

from llm_core import BadResponseError
from llm_core.wires.framing import NDJSONDecoder, SSEDecoder, StreamFramer, parse_json_object

from .answers import any_json, bodies, cut_anywhere
from .fuzz_settings import fuzz

_STREAMS = st.sampled_from(("openai", "ollama", "anthropic")).flatmap(lambda wire: bodies(wire, stream=True))


def read(framing: StreamFramer, packets: list[bytes]) -> list[bytes]:
    events = [event for packet in packets for event in framing.feed(packet)]
    return [*events, *framing.end()]


@fuzz()
@given(st.data(), _STREAMS | st.binary(max_size=300))
def test_server_sent_events_do_not_depend_on_the_packets(data: st.DataObject, body: bytes) -> None:
    packets = data.draw(cut_anywhere(body))

    events = read(SSEDecoder(), packets)

    assert read(SSEDecoder(), [body]) == events
    assert all(event.strip() for event in events)


@fuzz()
@given(st.data(), _STREAMS | st.binary(max_size=300))
def test_json_lines_do_not_depend_on_the_packets(data: st.DataObject, body: bytes) -> None:
    packets = data.draw(cut_anywhere(body))

    events = read(NDJSONDecoder(), packets)

    assert read(NDJSONDecoder(), [body]) == events


@fuzz()
@given(any_json.map(lambda value: json.dumps(value).encode()) | _STREAMS | st.binary())
def test_any_bytes_are_a_json_object_or_a_bad_response(data: bytes) -> None:
    value: object = None

    try:
        value = parse_json_object(data)
    except BadResponseError as error:
        value = error

    assert isinstance(value, dict | BadResponseError)
