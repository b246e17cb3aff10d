"""Errors within an answer with a 200: wherever they stand, with the provider's code and words, and what had arrived."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeAlias

import attrs
import pytest

from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.responses import ChatResponse
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.deltas import AnswerDelta
from llm_core.wires.error_places import error_in
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder
from llm_core.wires.openai_responses.decode import OpenAIResponsesDecoder

Json: TypeAlias = Mapping[str, object]

DECODERS: dict[str, type[WireDecoder]] = {
    "openai": OpenAIChatDecoder,
    "responses": OpenAIResponsesDecoder,
    "anthropic": AnthropicMessagesDecoder,
    "gemini": GeminiDecoder,
    "ollama": OllamaChatDecoder,
    "cohere": CohereChatDecoder,
}
FAILED = {"code": 402, "message": "no credit"}
TEXT = {"content": "Hi."}
CHOICE = {"index": 0, "delta": TEXT, "finish_reason": None}
WHOLE = {"index": 0, "message": TEXT, "finish_reason": "stop"}
CHUNK = {"id": "a", "model": "m", "choices": [CHOICE]}
START = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hi."}}
CANDIDATE = {"content": {"parts": [{"text": "Hi."}]}}
GEMINI = {"candidates": [CANDIDATE]}
COHERE = {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hi."}}}}
FAILED_END = {"finish_reason": "ERROR"}
LINE = {"message": TEXT, "done": False}
RESPONSE_TEXT = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi."}
ITEM = {"type": "message", "content": [{"type": "output_text", "text": "Hi."}]}
FAILED_RESPONSE = {"output": [ITEM], "error": FAILED}
BLOCK = {"type": "text", "text": "Hi."}

# The wire, the place, and the events; what is beside the error has the text "Hi.".
STREAMS: list[tuple[str, str, list[Json]]] = [
    ("openai", "an event", [CHUNK, {"error": FAILED}]),
    ("openai", "beside choices", [{**CHUNK, "error": FAILED}]),
    ("openai", "a choice", [{"choices": [{**CHOICE, "error": FAILED}]}]),
    ("openai", "a choice with a finish reason", [{"choices": [{**CHOICE, "finish_reason": "stop", "error": FAILED}]}]),
    ("openai", "the delta", [{"choices": [{"index": 0, "delta": {**TEXT, "error": FAILED}}]}]),
    ("openai", "a message in a stream", [CHUNK, {"choices": [{"delta": {}, "message": {"error": FAILED}}]}]),
    ("openai", "after the finish reason", [CHUNK, {"choices": [{"finish_reason": "stop"}]}, {"error": FAILED}]),
    ("openai", "with the usage", [CHUNK, {"choices": [], "usage": {"prompt_tokens": 1}, "error": FAILED}]),
    ("openai", "a list", [CHUNK, {"error": [FAILED]}]),
    ("openai", "errors", [CHUNK, {"success": False, "errors": [FAILED], "result": None}]),
    ("openai", "nested", [CHUNK, {"error": {"error": FAILED}}]),
    ("openai", "the event itself", [CHUNK, {"object": "error", **FAILED}]),
    ("openai", "the event itself, by its code", [CHUNK, dict(FAILED)]),
    ("openai", "a code as text", [CHUNK, {"error": {**FAILED, "code": "402"}}]),
    ("openai", "a code as a float", [CHUNK, {"error": {**FAILED, "code": 402.0}}]),
    ("openai", "the status code", [CHUNK, {"error": {"message": "no credit", "status_code": 402}}]),
    ("openai", "a text beside a code", [CHUNK, {"error": "no credit", "code": 402}]),
    ("openai", "a code beside a text", [CHUNK, {"error": 402, "message": "no credit"}]),
    ("openai", "a flag beside code and text", [CHUNK, {"error": True, **FAILED}]),
    ("openai", "base_resp", [{**CHUNK, "base_resp": {"status_code": 1008, "status_msg": "no credit"}}]),
    ("openai", "base_resp alone", [CHUNK, {"base_resp": {"status_code": "1008", "status_msg": "no credit"}}]),
    ("responses", "an event", [RESPONSE_TEXT, {"type": "error", "error": FAILED}]),
    ("responses", "the event itself", [RESPONSE_TEXT, {"type": "error", **FAILED}]),
    ("responses", "an event of another type", [RESPONSE_TEXT, {"type": "odd", "error": FAILED}]),
    ("responses", "the response", [RESPONSE_TEXT, {"type": "response.failed", "response": {"error": FAILED}}]),
    ("responses", "the response that has begun", [{"type": "response.completed", "response": FAILED_RESPONSE}]),
    ("anthropic", "an event", [START, {"type": "error", "error": {"type": "billing_error", "message": "no credit"}}]),
    ("anthropic", "an event without an error", [START, {"type": "error", **FAILED}]),
    ("anthropic", "the delta", [START, {"type": "message_delta", "delta": {"stop_reason": None, "error": FAILED}}]),
    ("anthropic", "beside a delta", [START, {"type": "message_delta", "delta": {}, "error": FAILED}]),
    ("anthropic", "the message", [START, {"type": "message_start", "message": {"error": FAILED}}]),
    ("gemini", "an event", [GEMINI, {"error": {**FAILED, "status": "RESOURCE_EXHAUSTED"}}]),
    ("gemini", "beside candidates", [{**GEMINI, "error": FAILED}]),
    ("gemini", "a candidate", [{"candidates": [{**CANDIDATE, "error": FAILED}]}]),
    ("gemini", "the event itself", [GEMINI, dict(FAILED)]),
    ("ollama", "a line", [LINE, {"error": FAILED}]),
    ("ollama", "beside a message", [{**LINE, "error": FAILED}]),
    ("ollama", "the message", [{"message": {**TEXT, "error": FAILED}, "done": True}]),
    ("ollama", "the line itself", [LINE, dict(FAILED)]),
    ("cohere", "an event", [COHERE, {"error": FAILED}]),
    (
        "cohere",
        "the last event",
        [COHERE, {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": FAILED}}],
    ),
    ("cohere", "the message", [COHERE, {"type": "content-delta", "delta": {"message": {"error": FAILED}}}]),
    ("cohere", "the event itself", [COHERE, {"id": "e", **FAILED}]),
]
BODIES: list[tuple[str, str, Json]] = [
    ("openai", "beside choices", {"error": FAILED, "choices": [WHOLE]}),
    ("openai", "a choice", {"choices": [{**WHOLE, "error": FAILED}]}),
    ("openai", "the message", {"choices": [{"message": {**TEXT, "error": FAILED}, "finish_reason": "stop"}]}),
    ("openai", "base_resp", {"choices": [WHOLE], "base_resp": {"status_code": 1008, "status_msg": "no credit"}}),
    ("responses", "beside output", FAILED_RESPONSE),
    ("anthropic", "beside content", {"content": [BLOCK], "stop_reason": "end_turn", "error": FAILED}),
    ("anthropic", "base_resp", {"content": [BLOCK], "base_resp": {"status_code": 1008, "status_msg": "no credit"}}),
    ("gemini", "beside candidates", {**GEMINI, "error": FAILED}),
    ("ollama", "beside a message", {**LINE, "done": True, "error": FAILED}),
    ("cohere", "beside a message", {"message": {"content": [BLOCK]}, "finish_reason": "ERROR", "error": FAILED}),
]
EMPTY_BODIES: list[tuple[str, Json]] = [
    ("openai", {"error": FAILED}),
    ("openai", {"object": "error", **FAILED}),
    ("openai", {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "no credit"}}),
    ("openai", {"choices": [], "code": 402, "msg": "no credit", "success": False}),
    ("responses", {"error": FAILED}),
    ("responses", {"object": "error", **FAILED}),
    ("anthropic", {"type": "error", "error": FAILED}),
    ("anthropic", {"type": "error", **FAILED}),
    ("gemini", {"error": FAILED}),
    ("ollama", {"error": FAILED}),
    ("ollama", dict(FAILED)),
    ("cohere", {"error": FAILED}),
    ("cohere", {"id": "e", **FAILED}),
]


@attrs.frozen
class Failed:
    """An error, and the message so far."""

    error: ChatError
    partial: AssistantMessage


def read(wire: str, body: Json | None, *events: Json) -> Failed:
    """Decode *body*, or *events*; return the error."""
    accumulator, decoder = ResponseAccumulator(provider=wire), DECODERS[wire]()
    each = map(decoder.event, events) if body is None else map(decoder.whole, [body])
    with pytest.raises(ChatError) as caught:
        _response(accumulator, chain.from_iterable(each))
    return Failed(caught.value, accumulator.partial())


def _response(accumulator: ResponseAccumulator, deltas: Iterable[AnswerDelta]) -> ChatResponse:
    for delta in deltas:
        accumulator.add(delta)
    return accumulator.response()


def summary(failed: Failed) -> tuple[type[ChatError], bool, str]:
    """Return the class, whether the provider's words are in the detail, and the text so far."""
    return type(failed.error), "no credit" in (failed.error.detail or ""), failed.partial.content


@pytest.mark.parametrize(("wire", "place", "events"), STREAMS, ids=[f"{wire}-{place}" for wire, place, _ in STREAMS])
def test_an_error_in_a_stream_is_raised_with_what_stands_before_and_beside_it(
    wire: str, place: str, events: Sequence[Json]
) -> None:
    seen = read(wire, None, *events)

    assert (QuotaExceededError, True, "Hi.") == summary(seen), place


@pytest.mark.parametrize(("wire", "place", "body"), BODIES, ids=[f"{wire}-{place}" for wire, place, _ in BODIES])
def test_an_error_in_a_whole_answer_is_raised_with_what_stands_beside_it(wire: str, place: str, body: Json) -> None:
    seen = read(wire, body)

    assert (QuotaExceededError, True, "Hi.") == summary(seen), place


@pytest.mark.parametrize(("wire", "body"), EMPTY_BODIES)
def test_an_error_in_place_of_an_answer_is_raised(wire: str, body: Json) -> None:
    seen = read(wire, body)

    assert (QuotaExceededError, True, "") == summary(seen)


@pytest.mark.parametrize(
    ("error_class", "error"),
    [
        (AuthenticationError, {"type": "invalid_request_error", "code": "invalid_api_key", "message": "no"}),
        (AuthenticationError, {"status": "UNAUTHENTICATED", "message": "no"}),
        (PermissionDeniedError, {"type": "Forbidden", "message": "no"}),
        (ModelNotFoundError, {"type": "invalid_request_error", "code": "model_not_found", "message": "no"}),
        (ModelNotFoundError, {"type": "NotFoundError", "message": "no"}),
        (RateLimitError, {"type": "Too Many Requests", "message": "no"}),
        (RateLimitError, {"type": "throttlingException", "message": "no"}),
        (RateLimitError, {"code": "rate-limit-exceeded", "message": "no"}),
        (QuotaExceededError, {"type": "rate_limit_error", "message": "insufficient_quota"}),
        (ContextWindowExceededError, {"type": "BadRequestError", "message": "the maximum context length is 8"}),
        (ContextWindowExceededError, "prompt is too long"),
        (ContentPolicyError, {"code": "DataInspectionFailed", "message": "no"}),
        (ContentPolicyError, {"type": "permission_error", "message": "blocked by the safety system"}),
        (ChatTimeoutError, {"code": "DEADLINE_EXCEEDED", "message": "no"}),
        (InvalidRequestError, {"code": "tool_use_failed", "type": "invalid_request_error", "message": "no"}),
        (InvalidRequestError, {"type": "request_too_large", "message": "no"}),
        (RateLimitError, "rate_limit_exceeded"),
        (ServerError, "it is broken"),
        (ServerError, {"code": 1302, "message": "busy"}),
        (ServerError, ["odd"]),
        (ServerError, {"message": {"odd": 1}}),
    ],
)
def test_the_code_the_type_or_the_words_of_an_error_decide_its_class(
    error_class: type[ChatError], error: object
) -> None:
    assert error_class is type(read("openai", None, {"error": error}).error)


@pytest.mark.parametrize(
    ("error_class", "code"),
    [
        (ServerError, 1000),
        (ChatTimeoutError, 1001),
        (RateLimitError, 1002),
        (AuthenticationError, 1004),
        (QuotaExceededError, 1008),
        (ServerError, 1024),
        (ContentPolicyError, 1026),
        (ContentPolicyError, 1027),
        (RateLimitError, 1039),
        (InvalidRequestError, 2013),
        (AuthenticationError, "2049"),
    ],
)
def test_the_status_codes_of_base_resp_have_their_own_classes(error_class: type[ChatError], code: object) -> None:
    seen = read("openai", {"choices": None, "base_resp": {"status_code": code, "status_msg": "no"}}).error

    assert (error_class, f'no {{"code": {code!r}}}'.replace("'", '"')) == (type(seen), seen.detail)


@pytest.mark.parametrize(
    ("detail", "error"),
    [
        ('slow {"code": 429, "metadata": {"raw": "é"}}', {"code": 429, "message": "slow", "metadata": {"raw": "é"}}),
        ("slow", {"message": "slow", "code": None, "param": ""}),
        ("slow", "slow"),
        ('{"code": 500}', 500),
        ('{"type": "overloaded"}', {"type": "overloaded"}),
    ],
)
def test_the_detail_has_the_message_and_the_other_fields_of_an_error(detail: str, error: object) -> None:
    assert detail == read("openai", None, {"error": error}).error.detail


@pytest.mark.parametrize(
    "fields",
    [
        {"error": None},
        {"error": ""},
        {"error": {}},
        {"error": {"message": "", "code": None}},
        {"errors": []},
        {"success": True, "errors": []},
        {"base_resp": {"status_code": 0, "status_msg": "success"}},
        {"base_resp": {"status_code": "0"}},
        {"base_resp": None},
        {"code": 0, "message": "Success"},
        {"code": 200, "msg": "ok"},
    ],
)
def test_fields_that_report_no_error_are_ignored(fields: Json) -> None:
    events = [{**CHUNK, **fields}, {"choices": [], **fields}, {"choices": [{"finish_reason": "stop"}], **fields}]

    seen = _response(ResponseAccumulator(provider="x"), chain.from_iterable(map(OpenAIChatDecoder().event, events)))

    assert "Hi." == seen.text


@pytest.mark.parametrize("wire", DECODERS)
def test_a_body_that_is_neither_an_answer_nor_an_error_is_a_bad_response(wire: str) -> None:
    assert BadResponseError is type(read(wire, {"status": "ok"}).error)


def test_an_error_beside_content_that_cannot_be_read_is_raised_as_it_is() -> None:
    seen = read("openai", {"error": FAILED, "choices": [{"message": {"content": 5}}]})

    assert (QuotaExceededError, True, "") == summary(seen)


def test_the_calls_beside_an_error_are_in_the_partial_answer() -> None:
    call = {"id": "c", "function": {"name": "get", "arguments": '{"a": 1}'}}
    body = {"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "tool_calls", "error": FAILED}]}

    assert [{"a": 1}] == [call.arguments for call in read("openai", body).partial.tool_calls]


@pytest.mark.parametrize("name", ["error", "errors"])
def test_an_error_beside_other_fields_is_found(name: str) -> None:
    error = error_in({"choices": []}, {"choices": [], name: [{"message": "too much"}]})

    assert error is not None
    assert "too much" in (error.detail or "")
