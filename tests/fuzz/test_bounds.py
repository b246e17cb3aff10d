"""A response beyond a bound is a BadResponseError in every mode, and its memory is within docs/security.md."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest

from llm_core import BadResponseError, ChatError, ChatResponse, ServerError
from llm_core.adapters.litellm import litellm_module
from llm_core.ports.tool_call_assembler import MAX_CALLS
from llm_core.wires.body_buffer import MAX_BODY, MAX_STREAM
from llm_core.wires.framing import MAX_EVENT

from .answers import MODELS
from .sockets import MODES, call, serving

_MEGABYTE = 1024 * 1024
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\nconnection: close\r\n%s\r\n"
_STREAM, _WHOLE = _HEAD % (b"text/event-stream", b""), _HEAD % (b"application/json", b"")
_PACKET = b"x" * 65_536
_MAX_MEMORY = 3 * MAX_BODY  # bytes while the largest response is read: its packets, the body, and the parsed value
_STREAMS = [mode for mode in MODES if "stream" in mode]
_WIRES = ("openai", "ollama")  # both framings


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    litellm_module.litellm()  # thousands of modules, which must not count as memory of a response


def packets(begin: bytes, size: int, end: bytes = b"") -> Iterator[bytes]:
    return chain((begin,), repeat(_PACKET, size // len(_PACKET)), (end,))


def ended(mode: str, wire: str, response: Callable[[], Iterator[bytes]]) -> tuple[ChatResponse | ChatError, int]:
    """Return the outcome of a call and its peak memory in bytes."""
    with serving(response) as url:
        tracemalloc.start(1)
        try:
            end = call(mode, MODELS[wire], url)
            return end, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("mode", MODES)
def test_a_body_beyond_the_bound_is_a_bad_response(mode: str) -> None:
    begin = _WHOLE + b'{"choices": [{"message": {"content": "'

    end, peak = ended(mode, "openai", lambda: packets(begin, MAX_BODY + _MEGABYTE))

    assert isinstance(end, BadResponseError)
    assert end.detail == f"a body of more than {MAX_BODY} bytes"
    assert peak < _MAX_MEMORY


@pytest.mark.parametrize("wire", _WIRES)
@pytest.mark.parametrize("mode", _STREAMS)
def test_an_event_beyond_the_bound_is_a_bad_response(mode: str, wire: str) -> None:
    begin = _STREAM + (b'data: {"choices": [{"delta": {"content": "' if wire == "openai" else b'{"message": "')

    end, peak = ended(mode, wire, lambda: packets(begin, MAX_EVENT + _MEGABYTE))

    assert isinstance(end, BadResponseError)
    assert end.detail == f"an event of more than {MAX_EVENT} bytes"
    assert peak < 3 * MAX_EVENT


@pytest.mark.parametrize("mode", _STREAMS)
def test_an_event_of_many_lines_beyond_the_bound_is_a_bad_response(mode: str) -> None:
    line = b"data: " + b"x" * 4_000 + b"\n"

    end, peak = ended(mode, "openai", lambda: chain((_STREAM,), repeat(line * 16, MAX_EVENT // (4_000 * 16) + 16)))

    assert isinstance(end, BadResponseError)
    assert end.detail == f"an event of more than {MAX_EVENT} bytes"
    assert peak < 3 * MAX_EVENT


@pytest.mark.parametrize("mode", MODES)
def test_a_header_beyond_the_bound_is_a_bad_response(mode: str) -> None:
    end, peak = ended(
        mode, "openai", lambda: iter((b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 128 * 1024 + b"\r\n\r\n{}",))
    )

    assert isinstance(end, BadResponseError)
    assert peak < 4 * _MEGABYTE


@pytest.mark.parametrize("mode", MODES)
def test_headers_without_end_are_a_bad_response(mode: str) -> None:
    lines = b"x-one: more\r\n" * 5_000

    end, peak = ended(mode, "openai", lambda: chain((b"HTTP/1.1 200 OK\r\n",), repeat(lines, 200)))

    assert isinstance(end, BadResponseError)
    assert peak < 8 * _MEGABYTE


@pytest.mark.parametrize("wire", _WIRES)
@pytest.mark.parametrize("mode", MODES)
def test_nesting_beyond_the_bound_is_a_bad_response(mode: str, wire: str) -> None:
    deep = b'{"choices": %s}' % (b"[" * 100_000 + b"]" * 100_000)
    response = (
        _WHOLE + deep if "stream" not in mode else _STREAM + (b"data: " if wire == "openai" else b"") + deep + b"\n\n"
    )

    end, peak = ended(mode, wire, lambda: iter((response,)))

    assert isinstance(end, BadResponseError)
    assert peak < 16 * _MEGABYTE


@pytest.mark.parametrize("mode", MODES)
def test_an_endless_error_body_is_not_read_to_its_end(mode: str) -> None:
    head = b"HTTP/1.1 500 No\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n"

    end, peak = ended(mode, "openai", lambda: chain((head,), repeat(_PACKET)))

    assert isinstance(end, ServerError)
    assert peak < 4 * _MEGABYTE


def test_an_answer_just_within_the_bound_is_read_and_its_memory_is_bounded() -> None:
    begin = _WHOLE + b'{"choices": [{"finish_reason": "stop", "message": {"content": "'

    end, peak = ended("complete", "openai", lambda: packets(begin, MAX_BODY - _MEGABYTE, b'"}}]}'))

    assert isinstance(end, ChatResponse)
    assert len(end.text) > MAX_BODY - 2 * _MEGABYTE
    assert peak < 5 * MAX_BODY


@pytest.mark.parametrize("mode", MODES)
def test_more_calls_than_the_bound_are_a_bad_response(mode: str) -> None:
    calls = [{"index": number, "id": f"c{number}", "function": {"name": "f"}} for number in range(MAX_CALLS + 1)]
    choice = {"delta": {"tool_calls": calls}} if "stream" in mode else {"message": {"tool_calls": calls}}
    body = json.dumps({"choices": [{**choice, "finish_reason": "stop"}]}).encode()
    response = _STREAM + b"data: %s\n\ndata: [DONE]\n\n" % body if "stream" in mode else _WHOLE + body

    end, peak = ended(mode, "openai", lambda: iter((response,)))

    assert isinstance(end, BadResponseError)
    assert end.detail == f"more than {MAX_CALLS} calls"
    assert peak < 64 * _MEGABYTE


@pytest.mark.parametrize("mode", _STREAMS)
def test_a_stream_without_end_is_a_bad_response(mode: str) -> None:
    event = b'data: {"choices": [{"delta": {"content": "on "}, "noise": "%s"}]}\n\n' % (b"x" * 60_000)

    end, peak = ended(mode, "openai", lambda: chain((_STREAM,), repeat(event)))

    assert isinstance(end, BadResponseError)
    assert end.detail == f"a stream of more than {MAX_STREAM} bytes"
    assert peak < 16 * _MEGABYTE
