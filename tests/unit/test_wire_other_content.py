"""Whole answers whose content no field of a response carries are no empty answers, and are not worth a second call."""

from collections.abc import Callable, Mapping

import pytest

from llm_core import BadResponseError, ChatResponse, Usage
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

Body = Mapping[str, object]
USAGE = Usage(input_tokens=7, output_tokens=5)
OPENAI_USAGE = {"prompt_tokens": 7, "completion_tokens": 5}
COUNTS = {"input_tokens": 7, "output_tokens": 5}
CUSTOM = {"id": "c", "type": "custom", "custom": {"name": "run", "input": "ls"}}
CALL = {"id": "d", "type": "function", "function": {"name": "now", "arguments": "{}"}}
IMAGES = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}]


def openai(**message: object) -> Body:
    return {"choices": [{"message": message, "finish_reason": "stop"}], "usage": OPENAI_USAGE}


def anthropic(*blocks: Body) -> Body:
    return {"content": blocks and list(blocks), "stop_reason": "end_turn", "usage": COUNTS}


def gemini(*parts: Body) -> Body:
    counts = {"promptTokenCount": 7, "candidatesTokenCount": 5}
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": "STOP"}], "usageMetadata": counts}


def ollama(**message: object) -> Body:
    return {"message": message, "done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 5}


def cohere(*parts: Body) -> Body:
    return {"message": {"content": list(parts)}, "finish_reason": "COMPLETE", "usage": {"tokens": COUNTS}}


PNG = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
FILE = {"fileData": {"mimeType": "audio/wav", "fileUri": "gs://x"}}
REFUSED: dict[str, tuple[Callable[[], WireDecoder], Body, str]] = {
    "audio": (OpenAIChatDecoder, openai(content=None, audio={"id": "a", "data": "aGk=", "transcript": "Hi"}), "audio"),
    "images": (OpenAIChatDecoder, openai(content="", images=IMAGES), "images"),
    "images with reasoning": (OpenAIChatDecoder, openai(content="", reasoning="Hm.", images=IMAGES), "images"),
    "custom call": (OpenAIChatDecoder, openai(content=None, tool_calls=[CUSTOM]), "custom tool"),
    "custom call beside text": (OpenAIChatDecoder, openai(content="Hi.", tool_calls=[CUSTOM]), "custom tool"),
    "custom call beside another": (OpenAIChatDecoder, openai(content="", tool_calls=[CALL, CUSTOM]), "custom tool"),
    "image part": (OpenAIChatDecoder, openai(content=IMAGES), "image_url"),
    "gemini image": (GeminiDecoder, gemini(PNG), "image/png"),
    "gemini file": (GeminiDecoder, gemini(FILE), "audio/wav"),
    "ollama images": (OllamaChatDecoder, ollama(content="", images=["aGk="]), "images"),
    "anthropic block": (AnthropicMessagesDecoder, anthropic({"type": "image", "source": {}}), "image"),
    "cohere part": (CohereChatDecoder, cohere({"type": "image_url", "image_url": {}}), "image_url"),
}
ACCEPTED: dict[str, tuple[Callable[[], WireDecoder], Body]] = {
    "audio": (OpenAIChatDecoder, openai(content="Hi.", audio={"id": "a"})),
    "images": (OpenAIChatDecoder, openai(content="Hi.", images=IMAGES)),
    "no images": (OpenAIChatDecoder, openai(content="Hi.", images=[])),
    "reference": (OpenAIChatDecoder, openai(content=[{"type": "text", "text": "Hi."}, {"type": "reference"}])),
    "gemini image": (GeminiDecoder, gemini({"text": "Hi."}, PNG)),
    "ollama images": (OllamaChatDecoder, ollama(content="Hi.", images=["aGk="])),
    "anthropic block": (AnthropicMessagesDecoder, anthropic({"type": "text", "text": "Hi."}, {"type": "image"})),
    "cohere part": (CohereChatDecoder, cohere({"type": "text", "text": "Hi."}, {"type": "image_url"})),
}


def whole(decoder: WireDecoder, body: Body) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="made-up")
    for delta in decoder.whole(body):
        accumulator.add(delta)
    return accumulator.response()


@pytest.mark.parametrize(("decoder", "body", "held"), REFUSED.values(), ids=REFUSED)
def test_content_that_a_response_cannot_carry_is_an_error_with_its_usage(
    decoder: Callable[[], WireDecoder], body: Body, held: str
) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(decoder(), body)

    assert (False, USAGE) == (caught.value.retryable, caught.value.usage)
    assert held in (caught.value.detail or "")


@pytest.mark.parametrize(("decoder", "body"), ACCEPTED.values(), ids=ACCEPTED)
def test_content_beside_text_is_left_out(decoder: Callable[[], WireDecoder], body: Body) -> None:
    assert "Hi." == whole(decoder(), body).text


@pytest.mark.parametrize(
    "deltas",
    [
        [{"audio": {"id": "a", "data": "aGk="}}, {"audio": {"transcript": "Hi"}}],
        [{"content": ""}, {"images": IMAGES}],
        [{"tool_calls": [{"index": 0, **CUSTOM}]}, {"tool_calls": [{"index": 0, "custom": {"input": "x"}}]}],
    ],
    ids=["audio", "images", "custom call"],
)
def test_a_stream_is_refused_at_its_end_when_its_usage_is_known(deltas: list[Body]) -> None:
    accumulator, decoder = ResponseAccumulator(provider="openai"), OpenAIChatDecoder()
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    events: list[Body] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    for event in (*events, end, {"usage": OPENAI_USAGE}):
        for one in decoder.event(event):
            accumulator.add(one)

    with pytest.raises(BadResponseError) as caught:
        accumulator.end()

    assert (False, USAGE) == (caught.value.retryable, caught.value.usage)
