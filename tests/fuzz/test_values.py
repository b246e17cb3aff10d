"""Any text as a Retry-After header, as the arguments of a tool call, or as a stored document."""

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import ChatRequest, ChatResponse, InvalidToolCall, StreamEnd, StreamEvent, ToolCall
from llm_core.domain.errors import ChatError
from llm_core.domain.http_errors import error_from_http, parse_retry_after
from llm_core.domain.json_values import JsonValue, parse_arguments
from llm_core.domain.tools import parse_tool_call
from llm_core.serialization import (
    InvalidDocumentError,
    event_from_json,
    from_json,
    message_from_json,
    to_json,
)
from llm_core.testing import strategies
from llm_core.wires.error_payloads import class_for_payload, error_class_for_response, retry_delay

from .answers import any_json, changed, changed_bytes
from .fuzz_settings import fuzz

_DATES = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT"))
_ODD_WAITS = st.sampled_from(
    ("1e999", "-0", "1_000", "٣", "99999999999999999999", "Thu, 1 Jan 1 0:0:0 -0000", ", ", "0x1")
)
_WAITS = st.text(max_size=30) | _DATES | _DATES.flatmap(lambda date: changed_bytes(date.encode())).map(
    lambda date: date.decode("latin-1")
) | _ODD_WAITS  # fmt: skip
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_READERS: Mapping[str, Callable[[str | bytes], object]] = {
    "request": partial(from_json, ChatRequest),
    "message": message_from_json,
    "response": partial(from_json, ChatResponse),
    "event": event_from_json,
}
_DOCUMENTS = {
    "request": strategies.requests().map(to_json),
    "message": strategies.messages().map(to_json),
    "response": strategies.responses().map(to_json),
    "event": strategies.responses().map(lambda response: to_json(_end(response))),
}


def _end(response: object) -> StreamEvent:
    assert isinstance(response, ChatResponse)
    return StreamEnd(response=response)


@fuzz(5)
@given(st.sampled_from(("Retry-After", "retry-after-ms", "RETRY-AFTER")), _WAITS)
def test_any_retry_after_header_is_a_finite_wait_or_none(name: str, value: str) -> None:
    wait = parse_retry_after({name: value}, now=_NOW)

    assert wait is None or (wait >= 0 and math.isfinite(wait))


@fuzz()
@given(st.integers(), st.text() | st.sampled_from(("insufficient_quota", "context window")))
def test_any_status_and_message_have_an_error_class(status: int, message: str) -> None:
    classes = (
        error_class_for_response(status, message),
        class_for_payload(f"{status} {message}", message),
        type(error_from_http(status, {}, b"")),
    )

    assert all(issubclass(error_class, ChatError) for error_class in classes)
    assert retry_delay(message) is None


@fuzz(5)
@given(st.text() | any_json.map(json.dumps) | changed({"a": [1, {"b": None}]}).map(json.dumps), st.booleans())
def test_any_arguments_text_is_a_valid_or_an_invalid_tool_call(text: str, cut_off: bool) -> None:
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # as `ResponseBuilder` joins it

    call = parse_tool_call(id="1", name="look", arguments_text=whole, cut_off=cut_off)

    assert isinstance(call, ToolCall | InvalidToolCall)
    assert isinstance(call, InvalidToolCall) or parse_arguments(call.arguments_json) == call.arguments


@pytest.mark.parametrize("name", _READERS)
@fuzz()
@given(st.data())
def test_any_stored_document_is_a_value_or_refused(name: str, data: st.DataObject) -> None:
    valid = data.draw(_DOCUMENTS[name])
    parsed: JsonValue = json.loads(valid)
    document = data.draw(
        st.one_of(
            changed(parsed).map(json.dumps),
            any_json.map(json.dumps),
            changed_bytes(valid.encode()),
            st.binary() | st.text(),
        )
    )

    read = _read(name, document)

    assert not isinstance(read, InvalidDocumentError) or read.path


def _read(name: str, document: str | bytes) -> object:
    try:
        return _READERS[name](document)
    except InvalidDocumentError as error:
        return error
