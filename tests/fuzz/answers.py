"""Answers as a broken or hostile fake provider writes them: true ones with places changed, any JSON, any bytes."""

import json
from collections.abc import Callable, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from llm_core.domain.json_values import JsonValue
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages as AnthropicDialect
from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.dialects.gemini import Gemini as GeminiDialect
from llm_core.testing.dialects.ollama_chat import OllamaChat as OllamaDialect
from llm_core.testing.dialects.openai_chat import OpenAIChat as OpenAIDialect
from llm_core.testing.scenarios import Call, Replies
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

_REPLY = Replies(
    text="so 😀 it is",
    reasoning="hm",
    calls=[Call(id="c1", name="look", arguments_text='{"at": "Ö"}'), Call(id="c2", name="go", arguments_text="{}")],
    finish_reason="tool_calls",
)
_DIALECTS: dict[str, Dialect] = {
    "openai": OpenAIDialect(),
    "anthropic": AnthropicDialect(),
    "gemini": GeminiDialect(),
    "ollama": OllamaDialect(),
}
WIRES: dict[str, Callable[[], WireDecoder]] = {
    "openai": OpenAIChatDecoder,
    "anthropic": AnthropicMessagesDecoder,
    "gemini": GeminiDecoder,
    "ollama": OllamaChatDecoder,
    "cohere": CohereChatDecoder,
}
MODELS = {
    "openai": "openai/fuzz",
    "anthropic": "anthropic/claude-sonnet-4-5",
    "gemini": "gemini/gemini-2.5-flash",
    "ollama": "ollama_chat/fuzz",
    "cohere": "cohere_chat/command-r",
}
_COHERE_USAGE = {"tokens": {"input_tokens": 3, "output_tokens": 5}}
_COHERE_CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
_COHERE = json.dumps(
    {
        "id": "i",
        "message": {
            "role": "assistant",
            "tool_plan": "hm",
            "content": [{"type": "text", "text": "so"}],
            "tool_calls": [_COHERE_CALL],
        },
        "finish_reason": "TOOL_CALL",
        "usage": _COHERE_USAGE,
    }
).encode()
_COHERE_EVENTS = tuple(
    b"data: %s\n\n" % json.dumps(event).encode()
    for event in (
        {"type": "message-start", "id": "i"},
        {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "so"}}}},
        {"type": "tool-call-start", "index": 1, "delta": {"message": {"tool_calls": _COHERE_CALL}}},
        {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "usage": _COHERE_USAGE}},
    )
)

# Values that have broken readers of JSON before, and words that the wires know.
_ODD: SearchStrategy[JsonValue] = st.sampled_from(
    (
        *(None, True, False, 0, -1, 1.5, 1e308, 10**4200, "", "0", "null", "\x00", "\ufeff", [], {}, [[]], [{}]),
        *([None], {"": {}}, "error", "text", "tool_use", "thinking", "stop", "NaN", "tool_calls", "{", '{"a":'),
    )
)
_DEEP: SearchStrategy[JsonValue] = st.integers(1, 900).map(lambda depth: json.loads("[" * depth + "]" * depth))
_TEXTS = st.text(max_size=20)
any_json: SearchStrategy[JsonValue] = st.recursive(
    _ODD | st.integers() | st.floats() | _TEXTS,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(_TEXTS, values, max_size=4),
    max_leaves=8,
)


def whole_of(wire: str) -> bytes:
    """Return a true whole answer."""
    return _DIALECTS[wire].body(_REPLY) if wire in _DIALECTS else _COHERE


def events_of(wire: str) -> tuple[bytes, ...]:
    """Return the events of a true stream, as the wire frames them."""
    return tuple(_DIALECTS[wire].events(_REPLY)) if wire in _DIALECTS else _COHERE_EVENTS


def payloads_of(wire: str) -> list[dict[str, JsonValue]]:
    """Return what those events say."""
    lines = b"".join(events_of(wire)).splitlines()
    texts = [line.removeprefix(b"data: ") for line in lines]
    return [json.loads(text) for text in texts if text.startswith(b"{")]


@st.composite
def changed(draw: DrawFn, document: JsonValue) -> JsonValue:
    """Make *document* with one to four places changed, left out or doubled."""
    for _ in range(draw(st.integers(1, 4))):
        document = draw(_changed_once(document))
    return document


@st.composite
def _changed_once(draw: DrawFn, document: JsonValue) -> JsonValue:
    if not isinstance(document, dict | list) or not document or draw(st.integers(0, 7)) == 0:
        return draw(st.one_of(_ODD, any_json, _DEEP))
    if isinstance(document, list):
        place = draw(st.integers(0, len(document) - 1))
        inside = draw(
            st.one_of(st.just([]), _changed_once(document[place]).map(_alone), st.just([document[place]] * 2))
        )
        return [*document[:place], *inside, *document[place + 1 :]]
    key = draw(st.sampled_from(sorted(document)))
    rest = {name: value for name, value in document.items() if name != key}
    new_key = draw(st.just(key) | st.sampled_from(("error", "usage", "index", "type", "cost")))
    return rest if draw(st.integers(0, 9)) == 0 else {**rest, new_key: draw(_changed_once(document[key]))}


def _alone(value: JsonValue) -> list[JsonValue]:
    return [value]


@st.composite
def changed_bytes(draw: DrawFn, data: bytes) -> bytes:
    """Make *data* with a few stretches of it replaced, doubled or left out."""
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        stop = min(len(data), start + draw(st.integers(0, 12)))
        odd = draw(st.binary(max_size=6) | st.sampled_from(_ODD_BYTES) | st.just(data[start:stop] * 2))
        data = data[:start] + odd + data[stop:]
    return data


_ODD_BYTES: Sequence[bytes] = (
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"data:", b"data: [DONE]\n\n", b":", b"event: error\n", b"id", b"\x00", b"\xff"),
    *(b"\xef\xbb\xbf", b"\\ud83d", b"1e999", b"9" * 4301, b"{" * 9, b"[" * 2000, b"NaN", b"-Infinity", b'"', b"}"),
)


@st.composite
def bodies(draw: DrawFn, wire: str, *, stream: bool) -> bytes:
    """Make the body of an answer: changed as JSON and as bytes, or anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    if not stream or draw(st.integers(0, 9)) == 0:  # a whole answer where a stream was asked for
        return draw(changed_bytes(_text_of(draw(changed(json.loads(whole_of(wire)))))))
    told = list(payloads_of(wire))
    for place in draw(st.sets(st.integers(0, len(told) - 1), max_size=2)):
        event = draw(changed(told[place]))
        told[place] = event if isinstance(event, dict) else {"": event}
    end = b"" if draw(st.booleans()) else b"data: [DONE]\n\n"
    shape = b"%s\n" if wire == "ollama" else b"data: %s\n\n"
    return draw(changed_bytes(b"".join(shape % _text_of(event) for event in told) + end))


def _text_of(value: JsonValue) -> bytes:
    return json.dumps(value).encode()


@st.composite
def cut_anywhere(draw: DrawFn, data: bytes) -> list[bytes]:
    """Make the packets that *data* may come in."""
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=6)))
    return [data[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True)]
