"""Answers that grow with a number, in every wire format, and what decodes them from bytes to a response."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import attrs

from llm_core.domain.errors import ChatError
from llm_core.providers.registry import find_profile
from llm_core.transport.error_mapping import ErrorContext
from llm_core.transport.http_answer import HTTPAnswer
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.openai_responses import OPENAI_RESPONSES

Decoding = Callable[[], object]
OPENAI, ANTHROPIC, GEMINI = "openai/x", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"
RESPONSES = "openai/gpt-5-mini"
OLLAMA, COHERE = "ollama_chat/llama3.2", "cohere_chat/command-a-03-2025"
_PACKET = 65_536  # bytes that one read of a socket returns


@attrs.frozen
class Growing:
    """Something whose size is in proportion to a number, `size` at least; `make` returns its decoding."""

    name: str
    size: int
    make: Callable[[int], Decoding]


def new_answer(model: str, *, stream: bool) -> HTTPAnswer:
    """Return the decoder of one answer, as the direct lane makes it."""
    provider = model.partition("/")[0]
    profile = find_profile(provider)
    assert profile is not None
    return HTTPAnswer(
        context=ErrorContext(provider=provider, model=model, secrets=("a-secret-of-a-test",)),
        wire=OPENAI_RESPONSES if model == RESPONSES else profile.wire,
        endpoint=Endpoint(provider=provider, model=model, base_url="https://provider.test"),
        stream=stream,
        ignored=(),
        price=lambda _: None,
    )


def decode(model: str, packets: Iterable[bytes], *, stream: bool) -> object:
    """Return the response, the events, or the error that *packets* stand for."""
    answer = new_answer(model, stream=stream)
    try:
        answer.begin(200, {})
        if stream:
            return [event for packet in packets for event in answer.feed(packet)] + list(answer.end())
        for packet in packets:
            answer.feed_body(packet)
        return answer.response()
    except ChatError as error:
        return answer.failure(error)


def whole_body(model: str, name: str, size: int, body: Callable[[int], object]) -> Growing:
    return Growing(name, size, lambda number: partial(decode, model, [_json(body(number))], stream=False))


def stream_of(model: str, name: str, size: int, events: Callable[[int], Iterable[object]]) -> Growing:
    def make(number: int) -> Decoding:
        form = b"%s\n" if model == OLLAMA else b"data: %s\n\n"
        data = b"".join(form % _json(event) for event in events(number))
        packets = [data[start : start + _PACKET] for start in range(0, len(data), _PACKET)]
        return partial(decode, model, packets, stream=True)

    return Growing(name, size, make)


def packets_of(model: str, name: str, size: int, packets: Callable[[int], list[bytes]]) -> Growing:
    return Growing(name, size, lambda number: partial(decode, model, packets(number), stream=True))


def _json(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def long_key(number: int) -> dict[str, object]:
    """Return one long key over many numbers."""
    return {"k" * (20 * number): [1] * number}


def _chunk(delta: object, reason: str | None = None) -> Mapping[str, object]:
    return {"id": "a", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def _call(index: object, arguments: str, name: str | None = None, **more: object) -> Mapping[str, object]:
    return _chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments, "name": name}, **more}]})


def _calls(number: int, **more: object) -> list[object]:
    return [{"id": f"c{place}", "function": {"name": "f", "arguments": "{}"}, **more} for place in range(number)]


def _answer(message: object) -> Mapping[str, object]:
    return {"choices": [{"message": message, "finish_reason": "stop"}]}


_STOP = _chunk({}, "stop")


def repeated(event: object, *, first: object = None, last: object = _STOP) -> Callable[[int], Iterable[object]]:
    begin = [] if first is None else [first]
    return lambda number: [*begin, *[event] * number, last]


def numbered(event: Callable[[int], object], *last: object) -> Callable[[int], Iterable[object]]:
    return lambda number: [*map(event, range(number)), *(last or (_STOP,))]


def _detail(text: str, **more: object) -> object:
    return _chunk({"content": "", "reasoning_details": [{"type": "reasoning.text", "text": text, "index": 0, **more}]})


EQUAL_HASH = 2**61 - 1  # ints that differ by a multiple of it have one hash


OPENAI_ANSWERS = (
    stream_of(OPENAI, "text deltas", 500, repeated(_chunk({"content": "word"}))),
    stream_of(OPENAI, "reasoning deltas", 500, repeated(_chunk({"reasoning_content": "word"}))),
    stream_of(OPENAI, "reasoning details", 2_000, repeated(_detail("word " * 150))),
    whole_body(
        OPENAI,
        "reasoning details of one body",
        500,
        lambda n: _answer({"content": "", "reasoning_details": [{"type": "reasoning.text"}] * n}),
    ),
    stream_of(OPENAI, "reasoning details, a long key", 1_500, lambda n: [_detail("", data=long_key(n)), _STOP]),
    stream_of(
        OPENAI, "extra_content, a long key", 1_500, lambda n: [_call(0, "{}", "f", extra_content=long_key(n)), _STOP]
    ),
    stream_of(
        OPENAI,
        "extra_content in each delta",
        200,
        repeated(_call(0, " ", extra_content={"a": [1] * 10}), first=_call(0, "{}", "f", id="c")),
    ),
    whole_body(
        OPENAI,
        "arguments, a long key",
        1_500,
        lambda n: _answer(
            {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": json.dumps(long_key(n))}}]}
        ),
    ),
    stream_of(OPENAI, "argument deltas", 500, repeated(_call(0, "1,"), first=_call(0, '{"a": [', "f", id="c"))),
    stream_of(
        OPENAI, "argument deltas without a name", 500, repeated(_call(0, "}"), first=_call(0, '{"a": [', id="c"))
    ),
    stream_of(OPENAI, "argument deltas without an id", 1_000, repeated(_call(0, "}", "f"))),
    stream_of(
        OPENAI,
        "whole objects as deltas without an id",
        500,
        repeated(_call(0, '{"a": {}}', "f"), first=_call(0, "[", "f")),
    ),
    stream_of(OPENAI, "blank deltas without an id", 1_000, repeated(_call(0, " ", "f"), first=_call(0, "{", "f"))),
    stream_of(
        OPENAI,
        "blank deltas after the arguments, without an id",
        1_000,
        repeated(_call(0, " ", "f"), first=_call(0, "{}", "g", id="c")),
    ),
    stream_of(OPENAI, "deltas with another name each", 500, numbered(lambda i: _call(0, "{ ", f"f{i}"))),
    stream_of(OPENAI, "name deltas", 3_000, repeated(_call(0, "", "fun" * 20))),
    stream_of(OPENAI, "deltas that hold nothing", 500, repeated(_call(0, ""))),
    stream_of(OPENAI, "calls without a name", 300, numbered(lambda i: _call(i, "{}"))),
    stream_of(OPENAI, "calls without an index", 300, numbered(lambda i: _call(None, "{}", "f", id=f"c{i}"))),
    stream_of(OPENAI, "calls", 300, numbered(lambda i: _call(i, "{}", "f", id=f"c{i}"))),
    stream_of(OPENAI, "calls with one id", 300, numbered(lambda i: _call(i, "{}", "f", id="c"))),
    stream_of(
        OPENAI, "calls with indices of one hash", 700, numbered(lambda i: _call(i * EQUAL_HASH, "", "f", id=f"c{i}"))
    ),
    whole_body(
        OPENAI, "calls with extra_content", 600, lambda n: _answer({"tool_calls": _calls(n, extra_content={"a": 1})})
    ),
    whole_body(OPENAI, "parts", 1_000, lambda n: _answer({"content": [{"type": "text", "text": "word"}] * n})),
    whole_body(OPENAI, "choices", 2_000, lambda n: {"choices": [{"index": 1}] * n}),
    whole_body(OPENAI, "an error with a long message", 30_000, lambda n: {"error": {"message": "word " * n}}),
    whole_body(
        OPENAI, "an error of beginnings of keys", 10_000, lambda n: {"error": {"message": "sk-" * n, "code": "sk-" * n}}
    ),
    whole_body(
        OPENAI, "an error of beginnings of web tokens", 10_000, lambda n: {"error": {"message": "eyJ" + "eyJa.-" * n}}
    ),
    whole_body(
        OPENAI, "an error with a long wait", 30_000, lambda n: {"error": {"message": '"retryDelay": "' + "1" * n}}
    ),
    whole_body(
        OPENAI,
        "usage of many keys",
        2_000,
        lambda n: {**_answer({"content": "a"}), "usage": {f"k{i}": 1 for i in range(n)}},
    ),
    whole_body(OPENAI, "a text of escapes", 20_000, lambda n: b'{"error": "%s"}' % (b'\\"\\u00e9\\\\' * n)),
    whole_body(OPENAI, "a text of surrogate pairs", 10_000, lambda n: _answer({"content": "\U0001f600" * n})),
    stream_of(OPENAI, "surrogate halves", 300, repeated(_chunk({"content": "\ud83d"}))),
    whole_body(OPENAI, "lists", 10_000, lambda n: b'{"choices": [%s[]]}' % (b"[]," * n)),
    whole_body(OPENAI, "lists that do not end", 20_000, lambda n: b'{"choices": [%s' % (b"[" * n)),
    whole_body(OPENAI, "a text that does not end", 30_000, lambda n: b'{"choices": "%s' % (b'\\"' * n)),
    packets_of(OPENAI, "one event in many packets", 1_000, lambda n: [b'data: {"a": "', *[b"x" * 16] * n, b'"}\n\n']),
    packets_of(OPENAI, "one event in packets between returns", 500, lambda n: [b"data: ", *[b"x" * 16, b"\r"] * n]),
    packets_of(OPENAI, "one event of many lines", 1_000, lambda n: [b"data: 1\n"] * n),
    packets_of(OPENAI, "comments", 1_000, lambda n: [b": ping\n\n"] * n),
    packets_of(OPENAI, "blank lines of one packet", 10_000, lambda n: [b"\n" * n]),
    packets_of(OPENAI, "returns", 2_000, lambda n: [b"\r"] * n),
    packets_of(OPENAI, "one body in many packets", 2_000, lambda n: [b'{"a": "', *[b"x" * 16] * n, b'"}']),
)
