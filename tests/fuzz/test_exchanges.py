"""One exchange of the direct lane ends in an answer or a ChatError, whatever head and bytes it gets in any packets."""

from collections.abc import Sequence
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import ChatError, ChatResponse, StreamEnd, StreamEvent, ToolCall, response_from_events
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.endpoints import Target, find_target
from llm_core.transport.error_mapping import ErrorContext
from llm_core.transport.http_answer import HTTPAnswer

from .answers import MODELS, WIRES, bodies, cut_anywhere
from .fuzz_settings import fuzz

_NAMES = st.sampled_from(("retry-after", "retry-after-ms", "x-request-id", "content-type")) | st.text(max_size=8)
_VALUES = st.sampled_from(("1e999", "-1", "Sun, 99 Nov 99 99:99:99 GMT", "nan", "٣", "", "id\n")) | st.text(max_size=12)
_HEADERS = st.dictionaries(_NAMES, _VALUES, max_size=4)
_STATUSES = st.sampled_from((200, 200, 200, 201, 299, 301, 400, 401, 429, 500, 599, 999)) | st.integers(0, 1000)


@lru_cache
def target_of(wire: str) -> Target:
    model = MODELS[wire]
    config = AdapterConfig(model=model, api_key="k", api_base="http://127.0.0.1:1")
    target = find_target(model, config)
    return target.on_responses or target


def exchange_of(wire: str, *, stream: bool) -> HTTPAnswer:
    context = ErrorContext(provider="p", model=MODELS[wire])
    return HTTPAnswer(
        context=context,
        wire=target_of(wire).wire,
        endpoint=target_of(wire).endpoint,
        stream=stream,
        ignored=(),
        price=lambda _: None,
    )


def whole(exchange: HTTPAnswer, packets: Sequence[bytes]) -> ChatResponse | ChatError:
    try:
        for packet in packets:
            exchange.feed_body(packet)
        return exchange.response()
    except Exception as error:  # noqa: BLE001 -- as the direct lane does
        return exchange.failure(error)


def streamed(exchange: HTTPAnswer, packets: Sequence[bytes]) -> ChatResponse | ChatError:
    events: list[StreamEvent] = []
    try:
        for packet in packets:
            events += exchange.feed(packet)
            if exchange.done:
                break
        events += exchange.end()
    except Exception as error:  # noqa: BLE001 -- as the direct lane does
        return exchange.failure(error)
    *_, last = events
    assert isinstance(last, StreamEnd)
    assert last.response == response_from_events(events)
    return last.response


@pytest.mark.parametrize("wire", WIRES)
@fuzz()
@given(st.data(), _STATUSES, _HEADERS)
def test_any_exchange_is_an_answer_or_an_error(
    wire: str, data: st.DataObject, status: int, headers: dict[str, str]
) -> None:
    stream = data.draw(st.booleans())
    packets = data.draw(cut_anywhere(data.draw(bodies(wire, stream=stream))))
    exchange = exchange_of(wire, stream=stream)

    exchange.begin(status, headers)
    read = streamed(exchange, packets) if stream else whole(exchange, packets)

    assert isinstance(read, ChatResponse | ChatError)
    assert isinstance(read, ChatError) or 200 <= status < 300
    assert str(read)


@pytest.mark.parametrize("wire", WIRES)
@fuzz(0.5)
@given(st.data())
def test_an_answer_does_not_depend_on_the_packets(wire: str, data: st.DataObject) -> None:
    body = data.draw(bodies(wire, stream=False))
    one, other = exchange_of(wire, stream=False), exchange_of(wire, stream=False)

    one.begin(200, {})
    other.begin(200, {})
    read = whole(one, [body])

    assert _comparable(read) == _comparable(whole(other, data.draw(cut_anywhere(body))))


def _comparable(read: ChatResponse | ChatError) -> tuple[object, ...]:
    """Return the fields to compare: all but the ids that the adapter makes, which differ each time."""
    if isinstance(read, ChatError):
        return type(read), read.detail
    calls = [
        (call.name, call.arguments_json if isinstance(call, ToolCall) else call.arguments_text)
        for call in read.message.all_tool_calls
    ]
    return read.text, calls, read.finish_reason, read.usage, read.id
