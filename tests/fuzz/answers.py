"""Responses of a broken or hostile provider: valid ones with values changed, any JSON, any bytes."""

import json
from collections.abc import Callable, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from llm_core.domain.json_values import JsonValue
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages as AnthropicDialect
from llm_core.testing.dialects.cohere_chat import CohereChat as CohereDialect
from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.dialects.gemini import Gemini as GeminiDialect
from llm_core.testing.dialects.ollama_chat import OllamaChat as OllamaDialect
from llm_core.testing.dialects.openai_chat import OpenAIChat as OpenAIDialect
from llm_core.testing.dialects.openai_responses import OpenAIResponses as ResponsesDialect
from llm_core.testing.scenarios import Call, Replies
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder
from llm_core.wires.openai_responses.decode import OpenAIResponsesDecoder

_REPLY = Replies(
    text="so 😀 it is",
    reasoning="hm",
    calls=[Call(id="c1", name="look", arguments_text='{"at": "Ö"}'), Call(id="c2", name="go", arguments_text="{}")],
    finish_reason="tool_calls",
)
_DIALECTS: dict[str, Dialect] = {
    "openai": OpenAIDialect(),
    "openai_responses": ResponsesDialect(),
    "anthropic": AnthropicDialect(),
    "gemini": GeminiDialect(),
    "ollama": OllamaDialect(),
    "cohere": CohereDialect(),
}
WIRES: dict[str, Callable[[], WireDecoder]] = {
    "openai": OpenAIChatDecoder,
    "openai_responses": OpenAIResponsesDecoder,
    "anthropic": AnthropicMessagesDecoder,
    "gemini": GeminiDecoder,
    "ollama": OllamaChatDecoder,
    "cohere": CohereChatDecoder,
}
MODELS = {
    "openai": "openai/fuzz",
    "openai_responses": "openai/responses/fuzz",
    "anthropic": "anthropic/claude-sonnet-4-5",
    "gemini": "gemini/gemini-2.5-flash",
    "ollama": "ollama_chat/fuzz",
    "cohere": "cohere_chat/command-r",
}

# Values that have broken JSON readers before, and strings that the wires know.
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
    """Return the body of a valid complete response."""
    return _DIALECTS[wire].body(_REPLY)


def events_of(wire: str) -> tuple[bytes, ...]:
    """Return the events of a valid stream, as the wire frames them."""
    return _DIALECTS[wire].events(_REPLY)


def payloads_of(wire: str) -> list[dict[str, JsonValue]]:
    """Return the JSON payloads of those events."""
    lines = b"".join(events_of(wire)).splitlines()
    texts = [line.removeprefix(b"data: ") for line in lines]
    return [json.loads(text) for text in texts if text.startswith(b"{")]


@st.composite
def changed(draw: DrawFn, document: JsonValue) -> JsonValue:
    """Generate *document* with one to four values changed, removed or doubled."""
    for _ in range(draw(st.integers(1, 4))):
        document = draw(_changed_once(document))
    return document


@st.composite
def _changed_once(draw: DrawFn, document: JsonValue) -> JsonValue:
    if not isinstance(document, dict | list) or not document or draw(st.integers(0, 7)) == 0:
        return draw(st.one_of(_ODD, any_json, _DEEP))
    if isinstance(document, list):
        index = draw(st.integers(0, len(document) - 1))
        items = draw(
            st.one_of(st.just([]), _changed_once(document[index]).map(_as_list), st.just([document[index]] * 2))
        )
        return [*document[:index], *items, *document[index + 1 :]]
    key = draw(st.sampled_from(sorted(document)))
    others = {name: value for name, value in document.items() if name != key}
    new_key = draw(st.just(key) | st.sampled_from(("error", "usage", "index", "type", "cost")))
    return others if draw(st.integers(0, 9)) == 0 else {**others, new_key: draw(_changed_once(document[key]))}


def _as_list(value: JsonValue) -> list[JsonValue]:
    return [value]


@st.composite
def changed_bytes(draw: DrawFn, data: bytes) -> bytes:
    """Generate *data* with a few ranges replaced, doubled or removed."""
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
    """Generate a response body: a valid one changed as JSON and as bytes, or any bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    if not stream or draw(st.integers(0, 9)) == 0:  # a complete response to a request for a stream
        return draw(changed_bytes(_text_of(draw(changed(json.loads(whole_of(wire)))))))
    payloads = list(payloads_of(wire))
    for index in draw(st.sets(st.integers(0, len(payloads) - 1), max_size=2)):
        event = draw(changed(payloads[index]))
        payloads[index] = event if isinstance(event, dict) else {"": event}
    end = b"" if draw(st.booleans()) else b"data: [DONE]\n\n"
    frame = b"%s\n" if wire == "ollama" else b"data: %s\n\n"
    return draw(changed_bytes(b"".join(frame % _text_of(event) for event in payloads) + end))


def _text_of(value: JsonValue) -> bytes:
    return json.dumps(value).encode()


@st.composite
def cut_anywhere(draw: DrawFn, data: bytes) -> list[bytes]:
    """Generate *data* split into packets."""
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=6)))
    return [data[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True)]
