"""Answers, arguments and documents that grow with a number: what a decoder must read in time linear in their size."""

import json
from collections.abc import Callable, Iterable
from functools import partial

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.json_values import json_object, json_value, parse_arguments
from llm_core.domain.tools import parse_tool_call
from llm_core.providers.registry import find_profile
from llm_core.serialization import from_json, message_from_json, messages_from_json
from llm_core.transport.error_mapping import ErrorContext
from llm_core.transport.http_answer import HTTPAnswer
from llm_core.domain.requests import ChatRequest

OPENAI, ANTHROPIC, GEMINI = "openai/x", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"
OLLAMA, COHERE = "ollama_chat/llama3.2", "cohere_chat/command-a-03-2025"
PACKET = 65_536  # bytes that one read of a socket returns


@attrs.frozen
class Growing:
    """Something to decode: `make` returns it, of a size in proportion to its argument, as a call that decodes it."""

    name: str
    make: Callable[[int], Callable[[], object]]
    size: int


def whole(model: str, body: Callable[[int], object]) -> Callable[[int], Callable[[], object]]:
    return lambda number: partial(_read, model, [_bytes(body(number))], False)


def stream(model: str, events: Callable[[int], Iterable[object]]) -> Callable[[int], Callable[[], object]]:
    def make(number: int) -> Callable[[], object]:
        form = b"%s\n" if model == OLLAMA else b"data: %s\n\n"
        data = b"".join(form % _bytes(event) for event in events(number))
        return partial(_read, model, [data[at : at + PACKET] for at in range(0, len(data), PACKET)], True)

    return make


def packets(model: str, chunks: Callable[[int], list[bytes]]) -> Callable[[int], Callable[[], object]]:
    return lambda number: partial(_read, model, chunks(number), True)


def text(decode: Callable[[str], object], make: Callable[[int], object]) -> Callable[[int], Callable[[], object]]:
    def made(number: int) -> Callable[[], object]:
        value = make(number)
        document = value if isinstance(value, str) else json.dumps(value)
        return partial(_tried, decode, document)

    return made


def value(decode: Callable[[object], object], make: Callable[[int], object]) -> Callable[[int], Callable[[], object]]:
    return lambda number: partial(_tried, decode, make(number))


def _tried(decode: Callable[[object], object], value: object) -> object:
    try:
        return decode(value)
    except ValueError as error:
        return str(error)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def _read(model: str, chunks: Iterable[bytes], stream: bool) -> object:
    """Decode an answer as the direct lane does, from its bytes to the response or the error."""
    provider = model.partition("/")[0]
    profile = find_profile(provider)
    assert profile is not None
    answer = HTTPAnswer(
        context=ErrorContext(provider=provider, model=model, secrets=("a-secret-of-a-test",)),
        profile=profile, provider=provider, stream=stream, ignored=(), price=lambda _: None,
    )
    try:
        answer.begin(200, {})
        if not stream:
            for chunk in chunks:
                answer.feed_body(chunk)
            return answer.response()
        return [event for chunk in chunks for event in answer.feed(chunk)] + list(answer.end())
    except ChatError as error:
        return answer.failure(error)


KEY = "k" * 1000


def long_key(number: int) -> dict[str, object]:
    """One long key over many numbers that need the full check."""
    return {"k" * (number * 2): [1e300] * number}


def chat(delta: object, reason: object = None) -> dict[str, object]:
    return {"id": "a", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def call(index: object, arguments: str, **more: object) -> dict[str, object]:
    name = {"name": more.pop("name")} if "name" in more else {}
    return {"index": index, "function": {"arguments": arguments, **name}, **more}


def answer(message: object) -> dict[str, object]:
    return {"choices": [{"message": message, "finish_reason": "stop"}]}


STOP = chat({}, "stop")


def many(event: object, last: object = STOP, first: object = None) -> Callable[[int], Iterable[object]]:
    return lambda number: [*([] if first is None else [first]), *[event] * number, last]


def each(event: Callable[[int], object], last: object = STOP) -> Callable[[int], Iterable[object]]:
    return lambda number: [*map(event, range(number)), last]


def _args(number: int) -> dict[str, object]:
    return answer({"tool_calls": [call(0, json.dumps(long_key(number)), id="c", name="f")]})


def anthropic(type_: str, **fields: object) -> dict[str, object]:
    return {"type": type_, **fields}


A_STOP = anthropic("message_delta", delta={"stop_reason": "end_turn"})
G_STOP = {"candidates": [{"content": {"parts": [{"text": "."}]}, "finishReason": "STOP"}]}


def g_parts(*parts: object, reason: str | None = None) -> dict[str, object]:
    return {"candidates": [{"content": {"parts": parts}, **({"finishReason": reason} if reason else {})}]}


GROWING = (
    Growing("arguments: a long key over numbers", text(parse_arguments, long_key), 2000),
    Growing("arguments: a long key over small numbers, then a large one", text(parse_arguments, lambda n: {"k" * n: [1] * n + [1e300]}), 5000),
    Growing("arguments: a long key over objects", text(parse_arguments, lambda n: {"k" * n: [{"a": [1e300]}] * n}), 2000),
    Growing("arguments: many objects", text(parse_arguments, lambda n: {"a": [{}] * n}), 20000),
    Growing("arguments: many lists", text(parse_arguments, lambda n: {"a": [[]] * n}), 20000),
    Growing("arguments: many keys", text(parse_arguments, lambda n: {f"k{i}": i for i in range(n)}), 10000),
    Growing("arguments: escapes", text(parse_arguments, lambda n: '{"a": "%s"}' % ('\\"\\u00e9\\\\' * n)), 50000),
    Growing("arguments: surrogate pairs", text(parse_arguments, lambda n: '{"a": "%s"}' % ("\\ud83d\\ude00" * n)), 50000),
    Growing("arguments: a lone surrogate", text(parse_arguments, lambda n: {"a": ["é"] * n + ["\ud800"]}), 10000),
    Growing("arguments: nested to the bound", text(parse_arguments, lambda n: '{"a": [%s1]}' % ("%s1%s," % ("[" * 97, "]" * 97) * n)), 100),
    Growing("arguments: long numbers", text(parse_arguments, lambda n: '{"a": [%s1]}' % (("1" * 400 + ",") * n)), 100),
    Growing("arguments: a long fraction", text(parse_arguments, lambda n: '{"a": 0.%s}' % ("1" * n)), 100000),
    Growing("arguments: unclosed string with escapes", text(parse_arguments, lambda n: '{"a": "%s' % ('\\"' * n)), 100000),
    Growing("arguments: unclosed", text(parse_arguments, lambda n: '{"a": [%s' % ("[1]," * n)), 10000),
    Growing("a call with long key", text(lambda t: parse_tool_call(id="c", name="f", arguments_text=t), long_key), 2000),
    Growing("value: cycle", value(lambda v: json_value(v, "value"), lambda n: _cycle(n)), 2000),
    Growing("value: tuples", value(lambda v: json_value(v, "value"), lambda n: {"k" * n: ((),) * n}), 5000),
    Growing("value: not a number at the end", value(lambda v: json_object(v, "value"), lambda n: {"k" * n: [1] * n + [float("nan")]}), 5000),
    Growing("document: many bad messages", text(messages_from_json, lambda n: [1] * n), 3000),
    Growing("document: many bad messages in a request", text(lambda t: from_json(ChatRequest, t), lambda n: {"messages": [{"type": "user"}] * n}), 1000),
    Growing("document: unknown keys", text(message_from_json, lambda n: {"type": "user", "content": "", **{f"k{i}": i for i in range(n)}}), 5000),
    Growing("document: a long unknown key", text(message_from_json, lambda n: {"type": "user", "content": "", "k" * n: 1}), 100000),
    Growing("document: duplicate keys", text(message_from_json, lambda n: '{"type": "user", %s "content": ""}' % ('"a": 1,' * n)), 10000),
    Growing("document: long key over numbers, last duplicate", text(message_from_json, lambda n: '{"%s": [%s], "a": 1, "a": 1}' % ("k" * n, "1," * n + "1")), 5000),
    Growing("document: provider data", text(message_from_json, lambda n: {"type": "assistant", "content": "", "provider_data": [{"provider": "x", "value": long_key(n)}]}), 1000),
    Growing("document: bad parts", text(message_from_json, lambda n: {"type": "user", "content": [{"type": "text"}] * n}), 1000),
    Growing("document: bad reason", text(lambda t: from_json(__import__("llm_core").ChatResponse, t), lambda n: {"message": {"type":"assistant"}, "finish_reason": "k" * n}), 100000),
    Growing("document: tool calls", text(message_from_json, lambda n: {"type": "assistant", "content": "", "tool_calls": [{"id": f"{i}", "name": "f", "arguments": {}} for i in range(n)]}), 300),
    Growing("openai: arguments", whole(OPENAI, _args), 2000),
    Growing("openai: many text deltas", stream(OPENAI, many(chat({"content": "word"}))), 3000),
    Growing("openai: reasoning deltas", stream(OPENAI, many(chat({"reasoning_content": "word"}))), 2000),
    Growing("openai: reasoning_details deltas", stream(OPENAI, many(chat({"reasoning_details": [{"type": "reasoning.text", "text": "word " * 8, "index": 0}]}))), 2000),
    Growing("openai: reasoning_details in one", stream(OPENAI, lambda n: [chat({"reasoning_details": [{"type": "reasoning.text", "text": "word ", "index": i} for i in range(n)]}), STOP]), 3000),
    Growing("openai: reasoning_details long key", stream(OPENAI, lambda n: [chat({"reasoning_details": [{"type": "reasoning.text", "data": long_key(n)}]}), STOP]), 1000),
    Growing("openai: extra_content", stream(OPENAI, lambda n: [chat({"tool_calls": [call(0, "{}", id="c", name="f", extra_content=long_key(n))]}), STOP]), 1000),
    Growing("openai: extra_content in each delta", stream(OPENAI, many(chat({"tool_calls": [call(0, " ", extra_content={"a": [1] * 10})]}), first=chat({"tool_calls": [call(0, "{}", id="c", name="f")]}))), 1000),
    Growing("openai: argument deltas", stream(OPENAI, many(chat({"tool_calls": [call(0, "1,")]}), first=chat({"tool_calls": [call(0, '{"a": [', id="c", name="f")]}))), 2000),
    Growing("openai: argument deltas without a name", stream(OPENAI, many(chat({"tool_calls": [call(0, "}")]}), first=chat({"tool_calls": [call(0, '{"a": [', id="c")]}))), 2000),
    Growing("openai: argument deltas with the name, no id", stream(OPENAI, many(chat({"tool_calls": [call(0, "{}", name="f")]}), first=chat({"tool_calls": [call(0, '{"a": [', name="f")]}))), 1000),
    Growing("openai: argument deltas with another name, no id", stream(OPENAI, many(chat({"tool_calls": [call(0, "{},", name="g")]}), first=chat({"tool_calls": [call(0, '{"a": [', name="f")]}))), 1000),
    Growing("openai: blank deltas with the name, no id", stream(OPENAI, many(chat({"tool_calls": [call(0, " ", name="f")]}), first=chat({"tool_calls": [call(0, "{", name="f")]}))), 1000),
    Growing("openai: argument deltas with another name each", stream(OPENAI, each(lambda i: chat({"tool_calls": [call(0, "{ ", name=f"f{i}")]}))), 1000),
    Growing("openai: name deltas", stream(OPENAI, many(chat({"tool_calls": [call(0, "", name="fun")]}))), 2000),
    Growing("openai: complete deltas with late ids", stream(OPENAI, each(lambda i: chat({"tool_calls": [call(None, "{}", name="f")]}))), 1000),
    Growing("openai: deltas without anything", stream(OPENAI, many(chat({"tool_calls": [{}]}))), 2000),
    Growing("openai: deltas without index, with ids", stream(OPENAI, each(lambda i: chat({"tool_calls": [call(None, "{}", id=f"c{i}")]}))), 1000),
    Growing("openai: nameless calls", stream(OPENAI, each(lambda i: chat({"tool_calls": [call(i, "{}")]}))), 1000),
    Growing("openai: nameless calls in one event", stream(OPENAI, lambda n: [chat({"tool_calls": [call(i, "{}") for i in range(n)]}), STOP]), 1000),
    Growing("openai: empty calls", stream(OPENAI, each(lambda i: chat({"tool_calls": [call(i, "")]}))), 1000),
    Growing("openai: many calls", stream(OPENAI, each(lambda i: chat({"tool_calls": [call(i, "{}", id=f"c{i}", name="f")]}))), 800),
    Growing("openai: many calls, one id", stream(OPENAI, each(lambda i: chat({"tool_calls": [call(i, "{}", id="c", name="f")]}))), 800),
    Growing("openai: calls with extra_content", stream(OPENAI, each(lambda i: chat({"tool_calls": [call(i, "{}", id=f"c{i}", name="f", extra_content={"a": 1})]}))), 600),
    Growing("openai: calls whose indices collide", stream(OPENAI, each(lambda i: chat({"tool_calls": [call(i * (2**61 - 1), "", id=f"c{i}", name="f")]}))), 1000),
    Growing("openai: calls in a whole answer", whole(OPENAI, lambda n: answer({"tool_calls": [call(0, "{}", id=f"c{i}", name="f", extra_content={"a": 1}) for i in range(n)]})), 600),
    Growing("openai: invalid calls in a whole answer", whole(OPENAI, lambda n: answer({"tool_calls": [call(0, "{", id=f"c{i}", name="f", extra_content={"a": 1}) for i in range(n)]})), 600),
    Growing("openai: parts", whole(OPENAI, lambda n: answer({"content": [{"type": "text", "text": "word"}] * n})), 5000),
    Growing("openai: refusals", stream(OPENAI, many(chat({"refusal": "word"}))), 3000),
    Growing("openai: choices", whole(OPENAI, lambda n: {"choices": [{"index": 1}] * n}), 10000),
    Growing("openai: an error with a long message", whole(OPENAI, lambda n: {"error": {"message": "word " * n}}), 100000),
    Growing("openai: an error of keys", whole(OPENAI, lambda n: {"error": {"message": "sk-" * n, "code": "sk-sk_key-" * n}}), 30000),
    Growing("openai: an error with a long code", whole(OPENAI, lambda n: {"error": {"message": "x", "code": "400 " * n}}), 30000),
    Growing("openai: an error that looks like tokens", whole(OPENAI, lambda n: {"error": {"message": "eyJ" + "eyJa.-" * n}}), 3000),
    Growing("openai: an error with a wait", whole(OPENAI, lambda n: {"error": {"message": '"retryDelay": "' + "1" * n}}), 30000),
    Growing("openai: usage of many keys", whole(OPENAI, lambda n: {**answer({"content": "a"}), "usage": {f"k{i}": 1 for i in range(n)}}), 10000),
    Growing("openai: large numbers", whole(OPENAI, lambda n: {**answer({"content": "a"}), "usage": {"cost": 1, "a": [10**300] * n}}), 500),
    Growing("openai: a long text", whole(OPENAI, lambda n: answer({"content": "word " * n})), 100000),
    Growing("openai: a text of escapes", whole(OPENAI, lambda n: ('{"choices": [{"message": {"content": "%s"}, "finish_reason": "stop"}]}' % ('\\"\\u00e9\\\\' * n)).encode()), 50000),
    Growing("openai: a text of pairs", whole(OPENAI, lambda n: answer({"content": "\U0001f600" * n})), 30000),
    Growing("openai: halves of pairs", stream(OPENAI, lambda n: [*[chat({"content": "\ud83d"}), chat({"content": "\ude00"})] * n, STOP]), 1000),
    Growing("openai: lone high halves", stream(OPENAI, many(chat({"content": "\ud83d"}))), 1500),
    Growing("openai: lists", whole(OPENAI, lambda n: b'{"choices": [%s[]]}' % (b"[]," * n)), 50000),
    Growing("openai: unclosed lists", whole(OPENAI, lambda n: b'{"choices": [%s' % (b"[" * n)), 100000),
    Growing("openai: unclosed string", whole(OPENAI, lambda n: b'{"choices": "%s' % (b'\\"' * n)), 100000),
    Growing("openai: one event in many chunks", packets(OPENAI, lambda n: [b'data: {"a": "', *[b"x" * 16] * n, b'"}\n\n', b"data: %s\n\n" % _bytes(STOP)]), 4000),
    Growing("openai: one event in chunks that end in a return", packets(OPENAI, lambda n: [b'data: {"a": "', *[b"x" * 16, b"\r"] * n]), 2000),
    Growing("openai: one event of many lines", packets(OPENAI, lambda n: [b"data: 1\n"] * n), 4000),
    Growing("openai: comments", packets(OPENAI, lambda n: [b": ping\n\n"] * n), 4000),
    Growing("openai: comments in large chunks", packets(OPENAI, lambda n: [b": ping\n\n" * n]), 8000),
    Growing("openai: blank lines", packets(OPENAI, lambda n: [b"\n" * n]), 50000),
    Growing("openai: returns", packets(OPENAI, lambda n: [b"\r"] * n), 5000),
    Growing("openai: one body in many chunks", packets(OPENAI, lambda n: [b'{"a": "', *[b"x" * 16] * n, b'"}']), 5000),
    Growing("ollama: text deltas", stream(OLLAMA, many({"message": {"content": "word"}}, {"done": True})), 2000),
    Growing("ollama: calls", stream(OLLAMA, many({"message": {"tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}}, {"done": True})), 600),
    Growing("ollama: arguments", whole(OLLAMA, lambda n: {"message": {"tool_calls": [{"function": {"name": "f", "arguments": long_key(n)}}]}, "done": True}), 1000),
    Growing("ollama: one line in many chunks", packets(OLLAMA, lambda n: [b'{"a": "', *[b"x" * 16] * n, b'"}\n']), 5000),
    Growing("cohere: text deltas", stream(COHERE, many({"type": "content-delta", "delta": {"message": {"content": {"text": "word"}}}}, {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}})), 2000),
    Growing("cohere: calls", stream(COHERE, each(lambda i: {"type": "tool-call-start", "index": i, "delta": {"message": {"tool_calls": {"id": f"c{i}", "function": {"name": "f", "arguments": "{}"}}}}}, {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}})), 600),
    Growing("anthropic: text deltas", stream(ANTHROPIC, many(anthropic("content_block_delta", index=0, delta={"type": "text_delta", "text": "word"}), A_STOP, anthropic("content_block_start", index=0, content_block={"type": "text", "text": ""}))), 2000),
    Growing("anthropic: thinking deltas", stream(ANTHROPIC, many(anthropic("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "word"}), A_STOP, anthropic("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""}))), 2000),
    Growing("anthropic: signature deltas", stream(ANTHROPIC, many(anthropic("content_block_delta", index=0, delta={"type": "signature_delta", "signature": "word"}), A_STOP, anthropic("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""}))), 1000),
    Growing("anthropic: argument deltas", stream(ANTHROPIC, many(anthropic("content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": "1,"}), A_STOP, anthropic("content_block_start", index=0, content_block={"type": "tool_use", "id": "c", "name": "f", "input": {}}))), 2000),
    Growing("anthropic: text blocks", stream(ANTHROPIC, lambda n: [*(anthropic("content_block_start", index=i, content_block={"type": "text", "text": "a"}) for i in range(n)), A_STOP, anthropic("message_stop")]), 1000),
    Growing("anthropic: thinking blocks", stream(ANTHROPIC, lambda n: [*(anthropic("content_block_start", index=i, content_block={"type": "thinking", "thinking": "a", "signature": "s"}) for i in range(n)), A_STOP, anthropic("message_stop")]), 800),
    Growing("anthropic: calls", stream(ANTHROPIC, lambda n: [*(anthropic("content_block_start", index=i, content_block={"type": "tool_use", "id": f"c{i}", "name": "f", "input": {"a": 1}}) for i in range(n)), A_STOP, anthropic("message_stop")]), 500),
    Growing("anthropic: server blocks", stream(ANTHROPIC, lambda n: [*(anthropic("content_block_start", index=i, content_block={"type": "server_tool_use", "id": f"c{i}", "name": "f", "input": {"a": 1}}) for i in range(n)), A_STOP, anthropic("message_stop")]), 500),
    Growing("anthropic: a server block with a long key", whole(ANTHROPIC, lambda n: {"content": [{"type": "server_tool_use", "id": "c", "name": "f", "input": long_key(n)}], "stop_reason": "end_turn"}), 1000),
    Growing("anthropic: blocks whose indices collide", stream(ANTHROPIC, lambda n: [*(anthropic("content_block_start", index=i * (2**61 - 1), content_block={"type": "text", "text": "a"}) for i in range(n)), A_STOP, anthropic("message_stop")]), 1000),
    Growing("anthropic: many ends", stream(ANTHROPIC, lambda n: [*(anthropic("content_block_start", index=i, content_block={"type": "text", "text": "a"}) for i in range(n)), A_STOP, *[anthropic("message_stop")] * n]), 300),
    Growing("anthropic: usages", stream(ANTHROPIC, each(lambda i: anthropic("message_delta", delta={}, usage={f"k{i}": 1}), A_STOP)), 1000),
    Growing("anthropic: citations", stream(ANTHROPIC, many(anthropic("content_block_delta", index=0, delta={"type": "citations_delta", "citation": {"a": 1}}), A_STOP, anthropic("content_block_start", index=0, content_block={"type": "text", "text": "a"}))), 1000),
    Growing("anthropic: a whole answer of blocks", whole(ANTHROPIC, lambda n: {"content": [{"type": "text", "text": "a"}, {"type": "tool_use", "id": "c", "name": "f", "input": {"a": 1}}] * n, "stop_reason": "end_turn"}), 400),
    Growing("gemini: text deltas", stream(GEMINI, many(g_parts({"text": "word"}), G_STOP)), 2000),
    Growing("gemini: thoughts and texts", stream(GEMINI, lambda n: [g_parts({"text": "a", "thought": True}), g_parts({"text": "b"})] * n + [G_STOP]), 600),
    Growing("gemini: calls", stream(GEMINI, many(g_parts({"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "s"}), G_STOP)), 500),
    Growing("gemini: calls with ids", stream(GEMINI, each(lambda i: g_parts({"functionCall": {"id": f"c{i}", "name": "f", "args": {"a": 1}}}), G_STOP)), 500),
    Growing("gemini: finish reasons", stream(GEMINI, many(g_parts({"text": "a", "thought": True}, {"text": "b"}, reason="STOP"), G_STOP)), 500),
    Growing("gemini: server parts", stream(GEMINI, many(g_parts({"executableCode": {"code": "1"}}), G_STOP)), 800),
    Growing("gemini: arguments", whole(GEMINI, lambda n: g_parts({"functionCall": {"name": "f", "args": long_key(n)}}, reason="STOP")), 1000),
    Growing("gemini: parts in one body", whole(GEMINI, lambda n: g_parts(*[{"text": "a"}] * n, reason="STOP")), 3000),
)


def _cycle(number: int) -> object:
    cycle: dict[str, object] = {"numbers": [1] * number}
    cycle["k" * number] = cycle
    return cycle
