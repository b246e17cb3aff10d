"""A law: what decodes four times as much takes about four times as long, not sixteen."""

import gc
import json
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pytest

from llm_core.domain.json_values import json_value, parse_arguments
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.tools import parse_tool_call
from llm_core.serialization import from_json, message_from_json, messages_from_json

from .growing_answers import OPENAI_ANSWERS, Decoding, Growing, long_key
from .growing_other_answers import ANTHROPIC_ANSWERS, OTHER_ANSWERS, RESPONSES_ANSWERS

pytestmark = pytest.mark.slow  # it compares CPU times, half a minute of them

Value = TypeVar("Value")
TIMES, LIMIT, USUAL = 4, 8.0, 5.0  # four times the input: linear code takes 4 times as long, quadratic code 16 times
ROUNDS = 6


def seconds(decoding: Decoding) -> float:
    """Return the CPU time of *decoding*."""
    begun = time.process_time()
    decoding()
    return time.process_time() - begun


def ratio(small: Decoding, large: Decoding) -> float:
    """Return the CPU time of *large* over that of *small*, each the best of several rounds if that of one is high."""
    fast = slow = float("inf")
    gc.collect()
    gc.disable()
    try:
        for number in range(ROUNDS):
            fast, slow = min(fast, seconds(small)), min(slow, seconds(large))
            if slow < (LIMIT if number else USUAL) * fast:
                break
    finally:
        gc.enable()
    return slow / fast


def text(name: str, size: int, read: Callable[[str], object], make: Callable[[int], object]) -> Growing:
    """Return a JSON text that grows; *make* returns the text, or the value that it holds."""

    def decoding(number: int) -> Decoding:
        made = make(number)
        return partial(tried, read, made if isinstance(made, str) else json.dumps(made))

    return Growing(name, size, decoding)


def value(name: str, size: int, make: Callable[[int], object]) -> Growing:
    """Return a value that grows."""
    return Growing(name, size, lambda number: partial(tried, lambda made: json_value(made, "value"), make(number)))


def tried(read: Callable[[Value], object], made: Value) -> object:
    """Return what *read* makes of *made*, or its error."""
    try:
        return read(made)
    except ValueError as error:
        return str(error)


def in_response(document: str) -> ChatResponse:
    return from_json(ChatResponse, document)


def in_request(document: str) -> ChatRequest:
    return from_json(ChatRequest, document)


def in_call(arguments: str) -> object:
    return parse_tool_call(id="c", name="f", arguments_text=arguments)


def user(**fields: object) -> dict[str, object]:
    return {"type": "user", "content": "", **fields}


def cycle(number: int) -> object:
    made: dict[str, object] = {"numbers": [1] * number}
    made["k" * number] = made
    return made


VALUES = (
    text("arguments: a long key over numbers", 2_000, parse_arguments, long_key),
    text("arguments: a long key over large numbers", 2_000, parse_arguments, lambda n: {"k" * 20 * n: [10**400] * n}),
    text("arguments: a long key over objects", 1_000, parse_arguments, lambda n: {"k" * 40 * n: [{"a": 1e300}] * n}),
    text("arguments: long keys", 300, parse_arguments, lambda n: {f"{i}" * 30 * n: 1 for i in range(10)}),
    text("arguments: objects", 3_000, parse_arguments, lambda n: {"a": [{}] * n}),
    text("arguments: lists", 3_000, parse_arguments, lambda n: {"a": [[]] * n}),
    text("arguments: keys", 2_000, parse_arguments, lambda n: {f"k{i}": i for i in range(n)}),
    text("arguments: escapes", 20_000, parse_arguments, lambda n: '{"a": "%s"}' % ('\\"\\u00e9\\\\' * n)),
    text("arguments: surrogate pairs", 10_000, parse_arguments, lambda n: {"a": "\U0001f600" * n}),
    text("arguments: half a pair after texts", 2_000, parse_arguments, lambda n: {"a": ["é", 1] * n + ["\ud800"]}),
    text("arguments: levels", 50, parse_arguments, lambda n: '{"a": [%s1]}' % ((97 * "[" + 97 * "]" + ",") * n)),
    text("arguments: long numbers", 50, parse_arguments, lambda n: '{"a": [%s1]}' % (("1" * 400 + ",") * n)),
    text("arguments: a long fraction", 30_000, parse_arguments, lambda n: '{"a": 0.%s}' % ("1" * n)),
    text("arguments: a text that does not end", 30_000, parse_arguments, lambda n: '{"a": "%s' % ('\\"' * n)),
    text("arguments: lists that do not end", 30_000, parse_arguments, lambda n: '{"a": %s' % ("[" * n)),
    text("a call: a long key over numbers", 2_000, in_call, long_key),
    value("a value that contains itself", 5_000, cycle),
    value("tuples under a long key", 2_000, lambda n: {"k" * 20 * n: ((),) * n}),
    value("NaN after numbers under a long key", 2_000, lambda n: {"k" * 20 * n: [1, None] * n + [float("nan")]}),
    value("long keys that lead to NaN", 2_000, lambda n: {"k" * n: {"k" * n: {"k" * n: float("nan")}}}),
    text("documents: bad messages", 2_000, messages_from_json, lambda n: [1] * n),
    text("documents: bad messages of a request", 1_000, in_request, lambda n: {"messages": [{"type": "user"}] * n}),
    text("documents: bad parts", 1_000, message_from_json, lambda n: user(content=[{"type": "text"}] * n)),
    text("documents: unknown keys", 1_000, message_from_json, lambda n: user(**{f"k{i}": i for i in range(n)})),
    text("documents: a long unknown key", 30_000, message_from_json, lambda n: user(**{"k" * n: 1})),
    text("documents: a long word", 30_000, in_response, lambda n: {"message": {}, "finish_reason": "k" * n}),
    text("documents: a key many times", 3_000, message_from_json, lambda n: '{%s "a": 1}' % ('"a": 1,' * n)),
    text(
        "documents: a key twice, after a long one over numbers",
        2_000,
        message_from_json,
        lambda n: '{"' + "k" * 20 * n + '": [' + "1," * n + '1], "a": 1, "a": 1}',
    ),
    text(
        "documents: a long key of provider data",
        1_500,
        message_from_json,
        lambda n: {"type": "assistant", "provider_data": [{"provider": "x", "value": long_key(n)}]},
    ),
)


@pytest.mark.parametrize("growing", VALUES, ids=lambda growing: growing.name)
def test_values_and_documents_are_read_in_linear_time(growing: Growing) -> None:
    seen = ratio(growing.make(growing.size), growing.make(TIMES * growing.size))

    assert seen < LIMIT


@pytest.mark.parametrize("growing", OPENAI_ANSWERS, ids=lambda growing: growing.name)
def test_answers_in_openais_format_are_decoded_in_linear_time(growing: Growing) -> None:
    seen = ratio(growing.make(growing.size), growing.make(TIMES * growing.size))

    assert seen < LIMIT


@pytest.mark.parametrize("growing", ANTHROPIC_ANSWERS, ids=lambda growing: growing.name)
def test_answers_in_anthropics_format_are_decoded_in_linear_time(growing: Growing) -> None:
    seen = ratio(growing.make(growing.size), growing.make(TIMES * growing.size))

    assert seen < LIMIT


@pytest.mark.parametrize("growing", RESPONSES_ANSWERS, ids=lambda growing: growing.name)
def test_answers_of_openais_responses_are_decoded_in_linear_time(growing: Growing) -> None:
    seen = ratio(growing.make(growing.size), growing.make(TIMES * growing.size))

    assert seen < LIMIT


@pytest.mark.parametrize("growing", OTHER_ANSWERS, ids=lambda growing: growing.name)
def test_answers_in_other_formats_are_decoded_in_linear_time(growing: Growing) -> None:
    seen = ratio(growing.make(growing.size), growing.make(TIMES * growing.size))

    assert seen < LIMIT


def test_the_law_finds_quadratic_code() -> None:
    def joined(number: int) -> None:
        texts: tuple[int, ...] = ()
        for _ in range(number):
            texts = (*texts, number)

    seen = ratio(partial(joined, 2_000), partial(joined, TIMES * 2_000))

    assert seen > LIMIT
