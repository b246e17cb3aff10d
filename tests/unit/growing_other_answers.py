"""Answers that grow with a number, in the other wire formats."""

from .growing_answers import (
    ANTHROPIC,
    COHERE,
    EQUAL_HASH,
    GEMINI,
    OLLAMA,
    RESPONSES,
    long_key,
    numbered,
    packets_of,
    repeated,
    stream_of,
    whole_body,
)


def _block(index: int, **block: object) -> object:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _delta(type_: str, **delta: object) -> object:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": type_, **delta}}


_PAUSE = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
_END = {"type": "message_stop"}
_TOOL_USE = {"type": "tool_use", "id": "c", "name": "f"}


def _parts(*parts: object, reason: str | None = None) -> object:
    return {"candidates": [{"content": {"parts": parts}, "finishReason": reason}]}


_GEMINI_STOP = _parts({"text": "."}, reason="STOP")

ANTHROPIC_ANSWERS = (
    stream_of(ANTHROPIC, "text deltas", 500, repeated(_delta("text_delta", text="word"), first=_block(0, type="text"))),
    stream_of(
        ANTHROPIC,
        "thinking deltas",
        500,
        repeated(_delta("thinking_delta", thinking="word"), first=_block(0, type="thinking")),
    ),
    stream_of(
        ANTHROPIC,
        "signature deltas",
        300,
        repeated(_delta("signature_delta", signature="word"), first=_block(0, type="thinking")),
    ),
    stream_of(
        ANTHROPIC,
        "argument deltas",
        500,
        repeated(_delta("input_json_delta", partial_json="1,"), first=_block(0, **_TOOL_USE)),
    ),
    stream_of(
        ANTHROPIC,
        "citations",
        300,
        repeated(_delta("citations_delta", citation={"a": 1}), first=_block(0, type="text")),
    ),
    stream_of(ANTHROPIC, "text blocks", 300, numbered(lambda i: _block(i, type="text", text="a"), _PAUSE, _END)),
    stream_of(
        ANTHROPIC,
        "thinking blocks",
        200,
        numbered(lambda i: _block(i, type="thinking", thinking="a", signature="s"), _PAUSE, _END),
    ),
    stream_of(
        ANTHROPIC,
        "calls",
        200,
        numbered(lambda i: _block(i, **{**_TOOL_USE, "id": f"c{i}"}, input={"a": 1}), _PAUSE, _END),
    ),
    stream_of(
        ANTHROPIC,
        "server blocks",
        200,
        numbered(lambda i: _block(i, type="server_tool_use", input={"a": 1}), _PAUSE, _END),
    ),
    stream_of(
        ANTHROPIC,
        "blocks with indices of one hash",
        700,
        numbered(lambda i: _block(i * EQUAL_HASH, type="text", text="a"), _PAUSE, _END),
    ),
    stream_of(
        ANTHROPIC, "blocks and ends", 150, lambda n: [*[_block(0, type="text", text="a")] * n, _PAUSE, *[_END] * n]
    ),
    stream_of(ANTHROPIC, "usages", 300, numbered(lambda i: {"type": "message_delta", "usage": {f"k{i}": 1}}, _PAUSE)),
    whole_body(
        ANTHROPIC,
        "a server block with a long key",
        1_500,
        lambda n: {"content": [{"type": "server_tool_use", "input": long_key(n)}], "stop_reason": "end_turn"},
    ),
    whole_body(
        ANTHROPIC,
        "texts and calls",
        200,
        lambda n: {
            "content": [{"type": "text", "text": "a"}, {**_TOOL_USE, "input": {"a": 1}}] * n,
            "stop_reason": "end_turn",
        },
    ),
)
OTHER_ANSWERS = (
    stream_of(GEMINI, "gemini: text deltas", 500, repeated(_parts({"text": "word"}), last=_GEMINI_STOP)),
    stream_of(
        GEMINI,
        "gemini: thoughts and texts",
        200,
        repeated(_parts({"text": "a", "thought": True}, {"text": "b"}), last=_GEMINI_STOP),
    ),
    stream_of(
        GEMINI,
        "gemini: calls",
        600,
        repeated(_parts({"functionCall": {"name": "f"}, "thoughtSignature": "s"}), last=_GEMINI_STOP),
    ),
    stream_of(
        GEMINI,
        "gemini: calls with ids",
        600,
        numbered(lambda i: _parts({"functionCall": {"id": f"c{i}", "name": "f"}}), _GEMINI_STOP),
    ),
    stream_of(
        GEMINI,
        "gemini: finish reasons",
        300,
        repeated(_parts({"text": "a", "thought": True}, {"text": "b"}, reason="STOP")),
    ),
    stream_of(
        GEMINI, "gemini: server parts", 200, repeated(_parts({"executableCode": {"code": "1"}}), last=_GEMINI_STOP)
    ),
    whole_body(
        GEMINI,
        "gemini: arguments, a long key",
        1_500,
        lambda n: _parts({"functionCall": {"name": "f", "args": long_key(n)}}, reason="STOP"),
    ),
    stream_of(OLLAMA, "ollama: text deltas", 500, repeated({"message": {"content": "word"}}, last={"done": True})),
    stream_of(
        OLLAMA,
        "ollama: calls",
        200,
        repeated({"message": {"tool_calls": [{"function": {"name": "f"}}]}}, last={"done": True}),
    ),
    whole_body(
        OLLAMA,
        "ollama: arguments, a long key",
        1_500,
        lambda n: {"message": {"tool_calls": [{"function": {"name": "f", "arguments": long_key(n)}}]}, "done": True},
    ),
    packets_of(OLLAMA, "ollama: one line in many packets", 2_000, lambda n: [b'{"a": "', *[b"x" * 16] * n, b'"}\n']),
    stream_of(
        COHERE,
        "cohere: text deltas",
        500,
        repeated({"type": "content-delta", "delta": {"message": {"content": {"text": "word"}}}}),
    ),
    stream_of(
        COHERE,
        "cohere: calls",
        200,
        numbered(
            lambda i: {"type": "tool-call-start", "index": i, "delta": {"message": {"tool_calls": {"id": f"c{i}"}}}}
        ),
    ),
)


def _event(type_: str, **fields: object) -> object:
    return {"type": f"response.{type_}", "output_index": 0, **fields}


def _item(type_: str, index: int | None = 0, **fields: object) -> object:
    return _event("output_item.done", output_index=index, item={"type": type_, **fields})


_TEXT = _event("output_text.delta", delta="word")
_COMPLETED = _event("completed", response={"status": "completed", "output": []})
_SHORT = _item("message", content=[{"type": "output_text", "text": "word"}])
RESPONSES_ANSWERS = (
    stream_of(RESPONSES, "text deltas", 500, repeated(_TEXT, last=_COMPLETED)),
    stream_of(
        RESPONSES, "text deltas, and one item many times", 600, lambda n: [*[_TEXT] * n, *[_SHORT] * n, _COMPLETED]
    ),
    stream_of(RESPONSES, "text deltas and items by turns", 600, lambda n: [*[_TEXT, _SHORT] * n, _COMPLETED]),
    stream_of(RESPONSES, "ends", 150, lambda n: [*(_item("web_search_call", i) for i in range(n)), *[_COMPLETED] * n]),
    stream_of(
        RESPONSES,
        "argument deltas",
        500,
        repeated(
            _event("function_call_arguments.delta", delta="1,"),
            first=_event("output_item.added", item={"type": "function_call", "call_id": "c", "name": "f"}),
            last=_COMPLETED,
        ),
    ),
    stream_of(
        RESPONSES,
        "reasoning parts",
        200,
        numbered(lambda i: _event("reasoning_text.delta", delta="a", content_index=i), _COMPLETED),
    ),
    stream_of(
        RESPONSES,
        "calls",
        150,
        numbered(lambda i: _item("function_call", i, call_id=f"c{i}", name="f", arguments="{}"), _COMPLETED),
    ),
    whole_body(
        RESPONSES,
        "an item with a long key",
        1_500,
        lambda n: {"status": "completed", "output": [{"type": "web_search_call", "action": long_key(n)}]},
    ),
)
