"""Answers that ended properly and hold nothing, in every wire format, whole and streamed: empty answers with usage."""

from collections.abc import Callable, Mapping

import pytest

from llm_core import AssistantMessage, BadResponseError, ChatResponse, FinishReason, StreamEnd, Usage
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

Body = Mapping[str, object]
OPENAI_USAGE = {"prompt_tokens": 7, "completion_tokens": 0}
ANTHROPIC_USAGE = {"input_tokens": 7, "output_tokens": 0}
GEMINI_USAGE = {"promptTokenCount": 7, "totalTokenCount": 7}
OLLAMA_END = {"done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 0}
COHERE_END = {"finish_reason": "COMPLETE", "usage": {"tokens": ANTHROPIC_USAGE}}
ANTHROPIC_END = {"type": "message_delta", "delta": {"stop_reason": "stop_sequence"}, "usage": {"output_tokens": 0}}


def openai(message: object) -> Body:
    return {"choices": [{"message": message, "finish_reason": "stop"}], "usage": OPENAI_USAGE}


def openai_chunk(delta: object, reason: str | None = None, **fields: object) -> Body:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **fields}


def gemini(**candidate: object) -> Body:
    return {"candidates": [{"finishReason": "STOP", **candidate}], "usageMetadata": GEMINI_USAGE}


WHOLE: dict[str, tuple[Callable[[], WireDecoder], Body]] = {
    "openai: null": (OpenAIChatDecoder, openai({"role": "assistant", "content": None})),
    "openai: empty": (OpenAIChatDecoder, openai({"role": "assistant", "content": ""})),
    "openai: no field": (OpenAIChatDecoder, openai({"role": "assistant"})),
    "openai: no parts": (OpenAIChatDecoder, openai({"role": "assistant", "content": []})),
    "openai: no calls": (OpenAIChatDecoder, openai({"content": None, "tool_calls": []})),
    "anthropic: no blocks": (
        AnthropicMessagesDecoder,
        {"content": [], "stop_reason": "stop_sequence", "usage": ANTHROPIC_USAGE},
    ),
    "anthropic: an empty text": (
        AnthropicMessagesDecoder,
        {"content": [{"type": "text", "text": ""}], "stop_reason": "end_turn", "usage": ANTHROPIC_USAGE},
    ),
    "gemini: no content": (GeminiDecoder, gemini()),
    "gemini: no parts": (GeminiDecoder, gemini(content={"role": "model"})),
    "gemini: an empty part": (GeminiDecoder, gemini(content={"role": "model", "parts": [{"text": ""}]})),
    "ollama: empty": (OllamaChatDecoder, {"message": {"role": "assistant", "content": ""}, **OLLAMA_END}),
    "ollama: no field": (OllamaChatDecoder, {"message": {"role": "assistant"}, **OLLAMA_END}),
    "cohere: no content": (CohereChatDecoder, {"message": {"role": "assistant"}, **COHERE_END}),
    "cohere: empty": (CohereChatDecoder, {"message": {"role": "assistant", "content": []}, **COHERE_END}),
    "cohere: no fields": (CohereChatDecoder, {"message": {}, **COHERE_END}),
}
STREAMED: dict[str, tuple[Callable[[], WireDecoder], tuple[Body, ...]]] = {
    "openai: a role": (
        OpenAIChatDecoder,
        (openai_chunk({"role": "assistant"}), openai_chunk({}, "stop", usage=OPENAI_USAGE)),
    ),
    "openai: an end": (OpenAIChatDecoder, (openai_chunk({}, "stop"), {"choices": [], "usage": OPENAI_USAGE})),
    "openai: null": (OpenAIChatDecoder, (openai_chunk({"content": None}, "stop", usage=OPENAI_USAGE),)),
    "anthropic": (
        AnthropicMessagesDecoder,
        (
            {"type": "message_start", "message": {"content": [], "usage": ANTHROPIC_USAGE}},
            ANTHROPIC_END,
            {"type": "message_stop"},
        ),
    ),
    "gemini": (GeminiDecoder, (gemini(content={"role": "model"}),)),
    "ollama": (OllamaChatDecoder, ({"message": {"role": "assistant"}, **OLLAMA_END},)),
    "cohere": (
        CohereChatDecoder,
        ({"type": "message-start", "delta": {"message": {}}}, {"type": "message-end", "delta": COHERE_END}),
    ),
}
NO_ANSWERS: dict[str, tuple[Callable[[], WireDecoder], Body]] = {
    "openai: no message": (OpenAIChatDecoder, {"choices": [{"index": 0, "finish_reason": "stop"}]}),
    "openai: a completion": (OpenAIChatDecoder, {"choices": [{"text": "Hi.", "finish_reason": "stop"}]}),
    "openai: null": (OpenAIChatDecoder, {"choices": [{"message": None, "finish_reason": "stop"}]}),
    "anthropic: no content": (AnthropicMessagesDecoder, {"stop_reason": "end_turn"}),
    "gemini: no candidates": (GeminiDecoder, {"candidates": [], "usageMetadata": GEMINI_USAGE}),
    "ollama: no message": (OllamaChatDecoder, OLLAMA_END),
    "cohere: no message": (CohereChatDecoder, COHERE_END),
}


def whole(decoder: WireDecoder, body: Body) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="made-up")
    for delta in decoder.whole(body):
        accumulator.add(delta)
    return accumulator.response()


def streamed(decoder: WireDecoder, *events: Body) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="made-up")
    for delta in (delta for event in events for delta in decoder.event(event)):
        accumulator.add(delta)
    (end,) = accumulator.end()
    assert isinstance(end, StreamEnd)
    return end.response


@pytest.mark.parametrize(("decoder", "body"), WHOLE.values(), ids=WHOLE)
def test_a_whole_answer_that_holds_nothing_is_an_empty_answer(decoder: Callable[[], WireDecoder], body: Body) -> None:
    seen = whole(decoder(), body)

    usage = Usage(input_tokens=7, output_tokens=0)
    assert (AssistantMessage(), FinishReason.STOP, usage) == (seen.message, seen.finish_reason, seen.usage)


@pytest.mark.parametrize(("decoder", "events"), STREAMED.values(), ids=STREAMED)
def test_a_stream_that_holds_nothing_is_an_empty_answer(
    decoder: Callable[[], WireDecoder], events: tuple[Body, ...]
) -> None:
    seen = streamed(decoder(), *events)

    usage = Usage(input_tokens=7, output_tokens=0)
    assert (AssistantMessage(), FinishReason.STOP, usage) == (seen.message, seen.finish_reason, seen.usage)


@pytest.mark.parametrize(("decoder", "body"), NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_body_without_the_fields_of_an_answer_is_a_bad_response(
    decoder: Callable[[], WireDecoder], body: Body
) -> None:
    with pytest.raises(BadResponseError):
        whole(decoder(), body)
