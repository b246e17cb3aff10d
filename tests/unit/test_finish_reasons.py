"""Finish reasons that end an answer properly, and those that mean a failure."""

from collections.abc import Mapping, Sequence

import pytest

from llm_core.domain.errors import ChatError, ChatTimeoutError, RateLimitError, ServerError
from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.deltas import AnswerDelta
from llm_core.wires.finish_reasons import finish_reason_for
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

BODIES: list[tuple[WireDecoder, Mapping[str, object]]] = [
    (OpenAIChatDecoder(), {"choices": [{"message": {"content": "Hi."}, "finish_reason": "error"}]}),
    (AnthropicMessagesDecoder(), {"content": [{"type": "text", "text": "Hi."}], "stop_reason": "error"}),
    (GeminiDecoder(), {"candidates": [{"content": {"parts": [{"text": "Hi."}]}, "finishReason": "ERROR"}]}),
    (OllamaChatDecoder(), {"message": {"content": "Hi."}, "done": True, "done_reason": "error"}),
    (CohereChatDecoder(), {"message": {"content": [{"text": "Hi."}]}, "finish_reason": "ERROR"}),
]
STREAM: list[Mapping[str, object]] = [
    {"choices": [{"delta": {"content": "Hi."}}]},
    {"choices": [{"delta": {}, "finish_reason": "error"}]},
    {"error": {"code": 429, "message": "too many of you"}},
]


def failed(deltas: Sequence[AnswerDelta]) -> tuple[ChatError, str]:
    """Return the error of *deltas*, and the text of the partial answer."""
    accumulator = ResponseAccumulator(provider="x")
    for delta in deltas:
        accumulator.add(delta)
    with pytest.raises(ChatError) as caught:
        accumulator.response()
    return caught.value, accumulator.partial().content


@pytest.mark.parametrize(
    ("reason", "raw_reason"),
    [
        (FinishReason.STOP, "end"),
        (FinishReason.CONTENT_FILTER, "sensitive"),
        (FinishReason.CONTENT_FILTER, "IMAGE_PROHIBITED_CONTENT"),
        (FinishReason.OTHER, "UNEXPECTED_TOOL_CALL"),
    ],
)
def test_reasons_of_single_hosts_are_mapped(reason: FinishReason, raw_reason: str) -> None:
    assert reason is finish_reason_for(raw_reason)


@pytest.mark.parametrize(
    ("error_class", "raw_reason"),
    [
        (ServerError, "error"),
        (ServerError, "ERROR"),
        (ServerError, "network_error"),
        (ServerError, "insufficient_system_resource"),
        (ServerError, "abort"),
        (ServerError, "cancelled"),
        (ChatTimeoutError, "TIMEOUT"),
        (ChatTimeoutError, "time_limit"),
    ],
)
def test_a_reason_that_means_a_failure_is_an_error_with_the_partial_answer(
    error_class: type[ChatError], raw_reason: str
) -> None:
    error, partial = failed([AnswerDelta(text="Hi."), AnswerDelta(finish_reason=raw_reason, usage=Usage())])

    assert (error_class, f"finish reason: {raw_reason}", "Hi.") == (type(error), error.detail, partial)


@pytest.mark.parametrize(("decoder", "body"), BODIES)
def test_a_failure_is_read_from_the_finish_reason_of_every_wire(
    decoder: WireDecoder, body: Mapping[str, object]
) -> None:
    error, partial = failed([*decoder.whole(body)])

    assert (ServerError, "Hi.") == (type(error), partial)


def test_an_error_that_follows_such_a_reason_has_its_own_class_and_words() -> None:
    decoder, accumulator = OpenAIChatDecoder(), ResponseAccumulator(provider="x")
    for event in STREAM[:-1]:
        for delta in decoder.event(event):
            accumulator.add(delta)

    with pytest.raises(RateLimitError) as caught:
        list(decoder.event(STREAM[-1]))

    assert "too many of you" in (caught.value.detail or "")
