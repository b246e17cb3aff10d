"""Every field of every decoder may be missing or of another type: the result is a response or a ChatError."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pytest

from llm_core import ChatError, ChatResponse
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.framing import parse_json_object
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

ODD: tuple[object, ...] = (
    *(None, True, False, 0, 7, -1, 1.5, 1e400, 10**400, "", "x", "\ud83d", "{}", [], [None], ["x"], [[]]),
    *({}, {"x": None}, [{}], [{"type": "text"}], {"type": 7}, {"text": 7}, {"index": {}}, [{"index": []}]),
)
GONE = object()

OPENAI_CALL = {"index": 0, "id": "c", "type": "function", "function": {"name": "get", "arguments": '{"a": 1}'}}
OPENAI_ANSWER = {
    "role": "assistant",
    "content": "Hi.",
    "refusal": None,
    "reasoning_content": "Hm.",
    "reasoning_details": [{"type": "reasoning.text", "text": "Hm.", "signature": "s", "index": 0}],
    "tool_calls": [{**OPENAI_CALL, "extra_content": {"google": {"thought_signature": "s"}}}],
    "function_call": {"name": "get", "arguments": "{}"},
}
OPENAI_USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 5,
    "cost": 0.5,
    "prompt_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 1},
    "completion_tokens_details": {"reasoning_tokens": 2},
}
ANTHROPIC_USAGE = {
    "input_tokens": 7,
    "output_tokens": 5,
    "cache_read_input_tokens": 1,
    "cache_creation_input_tokens": 2,
    "output_tokens_details": {"thinking_tokens": 1},
}
ANTHROPIC_BLOCKS: list[dict[str, object]] = [
    {"type": "thinking", "thinking": "Hm.", "signature": "s"},
    {"type": "redacted_thinking", "data": "d"},
    {"type": "text", "text": "Hi."},
    {"type": "tool_use", "id": "c", "name": "get", "input": {"a": 1}},
    {"type": "tool_use", "id": "d", "name": "json_tool_call", "input": {"a": 1}},
    {"type": "tool_use", "id": "e", "name": "now", "input": {}},
]
GEMINI = {
    "candidates": [
        {
            "content": {
                "role": "model",
                "parts": [
                    {"text": "Hm.", "thought": True, "thoughtSignature": "s"},
                    {"text": "Hi.", "thoughtSignature": "s"},
                    {"functionCall": {"id": "c", "name": "get", "args": {"a": 1}}, "thoughtSignature": "s"},
                ],
            },
            "finishReason": "STOP",
        }
    ],
    "promptFeedback": {"blockReason": ""},
    "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 5, "totalTokenCount": 12},
    "responseId": "r",
    "modelVersion": "m",
}
OLLAMA = {
    "model": "m",
    "message": {
        "role": "assistant",
        "content": "Hi.",
        "thinking": "Hm.",
        "tool_calls": [{"id": "c", "function": {"name": "get", "arguments": {"a": 1}}}],
    },
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 7,
    "eval_count": 5,
}
COHERE_CALL = {"id": "c", "type": "function", "function": {"name": "get", "arguments": "{}"}}
COHERE_END = {"finish_reason": "COMPLETE", "usage": {"tokens": {"input_tokens": 7, "output_tokens": 5}}}

WHOLES: dict[str, tuple[Callable[[], WireDecoder], Mapping[str, object]]] = {
    "openai": (
        OpenAIChatDecoder,
        {
            "id": "a",
            "model": "m",
            "choices": [{"index": 0, "message": OPENAI_ANSWER, "finish_reason": "stop"}],
            "usage": OPENAI_USAGE,
        },
    ),
    "openai in parts": (
        OpenAIChatDecoder,
        {
            "choices": [
                {
                    "message": {
                        "content": [
                            {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                            {"type": "text", "text": "Hi."},
                        ]
                    },
                    "finish_details": {"type": "stop"},
                }
            ],
            "x_groq": {"usage": OPENAI_USAGE},
        },
    ),
    "anthropic": (
        AnthropicMessagesDecoder,
        {"id": "a", "model": "m", "content": ANTHROPIC_BLOCKS, "stop_reason": "end_turn", "usage": ANTHROPIC_USAGE},
    ),
    "gemini": (GeminiDecoder, GEMINI),
    "ollama": (OllamaChatDecoder, OLLAMA),
    "cohere": (
        CohereChatDecoder,
        {
            "id": "a",
            "message": {
                "tool_plan": "Hm.",
                "content": [{"type": "text", "text": "Hi."}, {"type": "thinking", "thinking": "Hm."}],
                "tool_calls": [COHERE_CALL],
            },
            **COHERE_END,
        },
    ),
}
STREAMS: dict[str, tuple[Callable[[], WireDecoder], list[Mapping[str, object]]]] = {
    "openai": (
        OpenAIChatDecoder,
        [
            {"id": "a", "model": "m", "choices": [{"index": 0, "delta": OPENAI_ANSWER, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": OPENAI_USAGE},
        ],
    ),
    "anthropic": (
        AnthropicMessagesDecoder,
        [
            {"type": "message_start", "message": {"id": "a", "model": "m", "usage": ANTHROPIC_USAGE}},
            *(
                {"type": "content_block_start", "index": index, "content_block": {**block, "input": {}}}
                for index, block in enumerate(ANTHROPIC_BLOCKS)
            ),
            {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s"}},
            {"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "Hi."}},
            {"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
            {"type": "content_block_delta", "index": 4, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": ANTHROPIC_USAGE},
            {"type": "message_stop"},
        ],
    ),
    "gemini": (GeminiDecoder, [GEMINI, GEMINI]),
    "ollama": (OllamaChatDecoder, [{**OLLAMA, "done": False}, OLLAMA]),
    "cohere": (
        CohereChatDecoder,
        [
            {"type": "message-start", "id": "a"},
            {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "Hm."}}},
            {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hi."}}}},
            {"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": COHERE_CALL}}},
            {"type": "message-end", "delta": COHERE_END},
        ],
    ),
}


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every field and item within *value*."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def changed(value: object, path: tuple[str | int, ...], odd: object) -> object:
    made = holder = copy.deepcopy(value)
    for key in path[:-1]:
        holder = holder[key]  # type: ignore[index]  # the path was read from this very value
    if odd is GONE:
        del holder[path[-1]]  # type: ignore[attr-defined]  # as above
    else:
        holder[path[-1]] = odd  # type: ignore[index]  # as above
    return made


def odd_ones(value: object) -> Iterator[tuple[str, object]]:
    for path in places(value):
        for odd in (*ODD, GONE):
            yield f"{path} = {odd!r:.40}", changed(value, path, odd)


def over_the_wire(value: object) -> Mapping[str, object]:
    return parse_json_object(json.dumps(value).replace("Infinity", "1e400").encode())


def escapes(read: Callable[[], ChatResponse]) -> bool:
    """Return whether reading raises anything but a ChatError, or an error that the transport turns into one."""
    try:
        read()
    except (ChatError, ValueError):
        return False
    except Exception:  # noqa: BLE001 -- any error fails the test, which shows the path
        return True
    return False


def whole(decoder: WireDecoder, body: object) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="p")
    try:
        for chunk in decoder.whole(over_the_wire(body)):
            accumulator.add(chunk)
        return accumulator.response()
    finally:
        accumulator.partial()


def stream(decoder: WireDecoder, events: object) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="p")
    try:
        for event in events if isinstance(events, list) else ():
            for chunk in decoder.event(over_the_wire(event)):
                accumulator.add(chunk)
        return accumulator.response()
    finally:
        accumulator.partial()


@pytest.mark.parametrize("name", WHOLES)
def test_a_whole_answer_with_one_odd_field_is_a_response_or_a_chat_error(name: str) -> None:
    make, body = WHOLES[name]

    as_it_is = whole(make(), body)
    escaped = [what for what, odd in odd_ones(body) if escapes(partial(whole, make(), odd))]

    assert as_it_is.text.startswith("Hi.")
    assert [] == escaped


@pytest.mark.slow
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_with_one_odd_field_is_a_response_or_a_chat_error(name: str) -> None:
    make, events = STREAMS[name]

    as_it_is = stream(make(), events)
    escaped = [what for what, odd in odd_ones(events) if escapes(partial(stream, make(), odd))]

    assert as_it_is.text.startswith("Hi.")
    assert [] == escaped
