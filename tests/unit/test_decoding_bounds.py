"""Tests for the bounds of decoding: nesting, elements and the deadline are checked before and between decodings."""

import json
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from llm_core.domain.errors import BadResponseError
from llm_core.domain.json_bounds import MAX_CONTAINERS, MAX_LEVELS, size_problem
from llm_core.domain.json_values import parse_arguments
from llm_core.domain.tools import InvalidToolCall, parse_tool_call
from llm_core.transport.http_answer import HTTPAnswer
from llm_core.wires.framing import parse_json_object

from .growing_answers import OPENAI, new_answer

MEBIBYTE = 1024 * 1024
MANY = f"more than {MAX_CONTAINERS} arrays and objects, or {4 * MAX_CONTAINERS} commas"
DEEP = f"nested deeper than {MAX_LEVELS} levels"
EVENT = b'data: {"choices": [{"delta": {"content": "%s"}}]}\n\n'
STOP = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (None, b""),
        (None, b"[" * 1_024),  # not scanned
        (None, b"[" * 200 + b" " * 2_000),
        (DEEP, b"[" * 201 + b" " * 2_000),
        (DEEP, b"{" * 2_000),
        (DEEP, b'{"a":' * 2_000),
        (DEEP, b"[]" * 20_000 + b"[" * 201),
        (None, b"[]" * (MAX_CONTAINERS - 1) + b"[" * 1),
        (MANY, b"[]" * MAX_CONTAINERS + b"{"),
        (MANY, b"[],{}," * MAX_CONTAINERS),
        (MANY, b"1," * 4 * MAX_CONTAINERS + b","),
        (None, b"1," * 4 * MAX_CONTAINERS),
        (None, b'{"text": "' + b"[{," * MEBIBYTE + b'"}'),
        (None, b'{"text": "' + b'\\"[{,' * MEBIBYTE + b'"}'),
        (None, b'{"text": "' + b'\\\\\\"[' * MEBIBYTE + b'"}'),
        (None, b'{"text": "' + b"[" * MEBIBYTE),
        (DEEP, b'{"text": "\\\\",' + b"[" * MEBIBYTE),
        (DEEP, b'{"text": "\\\\", "more": "' + b"x" * 2 * MEBIBYTE + b'",' + b"[" * MEBIBYTE),
    ],
)
def test_the_size_of_json_is_known_before_it_is_decoded(problem: str | None, text: bytes) -> None:
    seen = size_problem(text)

    if problem == DEEP or problem is None or len(text) <= MEBIBYTE:
        assert problem == seen
    else:
        assert str(seen).startswith("more than")


def test_a_text_of_a_mebibyte_may_hold_65536_arrays_and_objects() -> None:
    within, beyond = (b"[%s1]" % (b"[]," * inner) for inner in (65_535, 65_536))

    assert size_problem(within) is None
    assert "more than 65536 arrays and objects, or 262144 commas" == size_problem(beyond)


def test_a_longer_text_may_hold_more() -> None:
    text = b'{"content": [%s1]}' % (b'{"token": "and", "logprob": -0.31725, "bytes": [97]}, ' * 4 * MAX_CONTAINERS)

    assert len(text) > 8 * MEBIBYTE
    assert size_problem(text) is None


@pytest.mark.parametrize("text", [b"[" * MEBIBYTE, b'{"choices": [%s]}' % (b"[]," * MEBIBYTE)])
def test_json_beyond_a_bound_is_a_bad_response_that_names_it(text: bytes) -> None:
    with pytest.raises(BadResponseError) as caught:
        parse_json_object(text)

    assert str(caught.value.detail).startswith(("JSON nested deeper", "JSON more than"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": ' + "[" * 2_000, "arguments: nested deeper than 100 levels"),
        ('{"a": [' + "[]," * MAX_CONTAINERS + "1]}", f"arguments: {MANY}"),
        ('{"a": [' + "1," * 5 * MAX_CONTAINERS + "1]}", f"arguments: {MANY}"),
    ],
)
def test_arguments_beyond_a_bound_are_an_invalid_call(text: str, problem: str) -> None:
    call = parse_tool_call(id="c", name="f", arguments_text=text)

    assert isinstance(call, InvalidToolCall)
    assert (problem, text) == (call.problem, call.arguments_text)


def test_an_error_quotes_200_characters_of_a_key() -> None:
    keys = {"k" * 1_000: {"m" * 200: [0, {"n" * 201: "\ud800"}]}}

    with pytest.raises(ValueError, match="arguments") as caught:
        parse_arguments(json.dumps(keys))

    path = f"arguments.{'k' * 200}....{'m' * 200}[1].{'n' * 200}..."
    assert f"{path}: half a surrogate pair at character 0" == str(caught.value)


def test_a_path_in_an_error_is_at_most_1000_characters_long() -> None:
    text = '{"kkkkkkkkkk": ' * 100 + '"\\ud800"' + "}" * 100

    with pytest.raises(ValueError, match="arguments") as caught:
        parse_arguments(text)

    assert f"arguments{'.kkkkkkkkkk' * 100}"[:1_000] + "...: half a surrogate pair at character 0" == str(caught.value)


class LateDeadline:
    """A deadline that has passed once it was checked a number of times."""

    def __init__(self, checks: int) -> None:
        self.left = checks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TimeoutError


def decoded(checks: int, stream: bool, packets: list[bytes]) -> HTTPAnswer:
    answer = new_answer(OPENAI, stream=stream)
    answer.check_deadline = LateDeadline(checks).check
    answer.begin(200, {})
    for packet in packets:
        list(answer.feed(packet)) if stream else answer.feed_body(packet)
    list(answer.end()) if stream else answer.response()
    return answer


def body(parts: int) -> bytes:
    content = [{"type": "text", "text": "a"}] * parts
    return json.dumps({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}).encode()


LARGE = EVENT % (b"x" * 20_000)


@pytest.mark.parametrize(
    ("checks", "stream", "packets"),
    [
        (5, False, [body(600)]),  # before and after the body is parsed, between 256 deltas, before the response
        (1, False, [body(1)]),
        (3, True, [LARGE, STOP]),  # before and after the event is parsed, before the response
        (5, True, [LARGE + LARGE, STOP]),
        (3, True, [(EVENT % b"a") * 500, STOP]),  # many small events of one packet
        (1, True, [EVENT % b"a", STOP]),
        (3, True, [LARGE[:-2]]),  # an event that only lacks its end
    ],
)
def test_the_deadline_is_checked_around_each_decoding(checks: int, stream: bool, packets: list[bytes]) -> None:
    for fewer in range(checks):
        with pytest.raises(TimeoutError):
            decoded(fewer, stream, packets)


def cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def longest(text: bytes, rounds: int = 3) -> float:
    """Return the longest CPU time between two checks of the deadline, or from the last to the end; the best of some."""
    return min(_longest(text) for _ in range(rounds))


def _longest(text: bytes) -> float:
    answer, times = new_answer(OPENAI, stream=False), [time.process_time()]
    answer.check_deadline = lambda: times.append(time.process_time())
    answer.begin(200, {})
    answer.feed_body(text)
    try:
        answer.response()
    except BadResponseError as error:
        answer.failure(error)
    times.append(time.process_time())
    return max(later - earlier for earlier, later in pairwise(times))


def _with_arguments(arguments: str) -> bytes:
    call = {"id": "c", "function": {"name": "f", "arguments": arguments}}
    return json.dumps({"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "stop"}]}).encode()


@pytest.mark.parametrize(
    "text",
    [
        b'{"choices": [%s]}' % (b"[]," * (MEBIBYTE // 3)),
        b'{"choices": [%s1]}' % (b"[[[1]]]," * (MAX_CONTAINERS // 3)),
        b'{"choices": [%s1]}' % (b"1e3," * (MEBIBYTE // 4)),
        _with_arguments('{"a": [%s1]}' % ("[[[1]]]," * (MAX_CONTAINERS // 3 - 3))),
        _with_arguments('{"a": [%s1]}' % ('{"a":1},' * (MAX_CONTAINERS - 3))),
        _with_arguments('{"' + "k" * (MEBIBYTE // 2) + '": [' + "1," * (MEBIBYTE // 5) + "1e300]}"),
    ],
    # -- each in a tenth of a second at most where the control takes 40 ms
    ids=["lists", "nested lists", "numbers", "nested lists as arguments", "objects as arguments", "a long key"],
)
def test_a_mebibyte_that_is_made_to_take_long_is_decoded_as_fast_as_others(text: bytes) -> None:
    control = json.dumps({"a": [{"text": "word"}] * 30_000})

    usual = min(cpu(lambda: json.loads(json.dumps(json.loads(control)))) for _ in range(3))

    assert longest(text) < 6 * usual
