"""OpenAI's chat completions, and what its relatives make of them."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, ChatError, ModelNotFoundError, RateLimitError, ServerError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder, decode_usage


def whole(body: Mapping[str, object]) -> ChatResponse:
    reader = ResponseAccumulator(provider="openai")
    for piece in OpenAIChatDecoder().whole(body):
        reader.add(piece)
    return reader.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    reader, wire = ResponseAccumulator(provider="openai"), OpenAIChatDecoder()
    for event in events:
        for piece in wire.event(event):
            reader.add(piece)
    return reader.response()


def message(**told: object) -> Mapping[str, object]:
    return {"choices": [{"index": 0, "message": told, "finish_reason": "stop"}]}


def delta(finish_reason: object = None, **told: object) -> Mapping[str, object]:
    return {"choices": [{"index": 0, "delta": told, "finish_reason": finish_reason}]}


def test_an_answer_is_the_same_whole_and_streamed() -> None:
    call = {"index": 0, "id": "c", "function": {"name": "get", "arguments": '{"a": 1}'}}
    usage = {"prompt_tokens": 7, "completion_tokens": 5.0, "cost": 0.5}
    told: dict[str, object] = {"content": "Hi.", "reasoning": "Hm.", "tool_calls": [call]}

    at_once = whole({**message(**told), "id": "a", "model": "m", "usage": usage})
    bit_by_bit = streamed({**delta(**told), "id": "a", "model": "m"}, delta("stop"), {"choices": [], "usage": usage})

    assert at_once == bit_by_bit
    assert ("Hi.", "Hm.", "a", "m") == (at_once.text, at_once.message.reasoning[0].text, at_once.id, at_once.model)
    assert Usage(input_tokens=7, output_tokens=5, cost_usd=Decimal("0.5")) == at_once.usage
    assert FinishReason.TOOL_CALLS is at_once.finish_reason


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"cache_read_tokens": 3}, {"prompt_tokens_details": {"cached_tokens": 3}}),
        ({"cache_read_tokens": 0}, {"prompt_tokens_details": {"cached_tokens": 0}, "cached_tokens": 4}),
        ({"cache_read_tokens": 4}, {"prompt_cache_hit_tokens": 4}),
        ({"cache_read_tokens": 4}, {"cached_tokens": 4}),
        ({"cache_read_tokens": 0}, {"cached_tokens": 0.0}),
        ({}, {"cached_tokens": True}),
        ({}, {"cached_tokens": 0.5}),
        ({"cache_write_tokens": 2}, {"prompt_tokens_details": {"cache_creation_tokens": 2}}),
        ({"reasoning_tokens": 2}, {"completion_tokens_details": {"reasoning_tokens": 2}}),
        ({}, {"cost": -1}),
        ({}, {"cost": True}),
        ({}, {"cost": 1e400}),
        ({}, {"cost": "0.5"}),
        ({"cost_usd": Decimal(0)}, {"cost": 0}),
    ],
)
def test_figures_are_read_wherever_a_relative_tells_them(expected: dict[str, object], told: dict[str, object]) -> None:
    seen = decode_usage({"prompt_tokens": 7, **told})

    assert Usage(**{"input_tokens": 7, **expected}) == seen  # type: ignore[arg-type]  # any of its fields


def test_usage_that_tells_nothing_is_none() -> None:
    assert decode_usage({"prompt_tokens": -1, "completion_tokens": None}) is None


def test_groq_tells_the_usage_of_a_stream_beside_it() -> None:
    seen = streamed(delta(content="Hi."), {**delta("stop"), "x_groq": {"usage": {"prompt_tokens": 7}}})

    assert Usage(input_tokens=7) == seen.usage


def test_mistral_thinks_in_parts() -> None:
    parts = [{"type": "thinking", "thinking": [{"text": "Hm"}, {"text": "."}]}, {"type": "text", "text": "Hi."}]

    seen = [whole(message(content=parts)), streamed(delta(content=parts), delta("stop"))]

    assert [("Hi.", "Hm.")] * 2 == [(one.text, one.message.reasoning[0].text) for one in seen]


def test_a_list_of_something_else_is_no_content() -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(message(content=["Hi."]))

    assert "the content is a list with items that are not objects" == caught.value.detail


def test_a_call_of_old_is_one() -> None:
    old = {"name": "get", "arguments": "{}"}

    seen = [whole(message(content=None, function_call=old)), streamed(delta(function_call=old), delta("function_call"))]

    assert [[("get", {})]] * 2 == [[(call.name, call.arguments) for call in one.tool_calls] for one in seen]


def test_arguments_may_be_an_object_and_a_signature_is_kept() -> None:
    call = {"id": "c", "function": {"name": "get", "arguments": {"a": 1}}, "extra_content": {"google": "s"}}

    (seen,) = whole(message(content=None, tool_calls=[call])).tool_calls

    assert ({"a": 1}, {"google": "s"}) == (seen.arguments, seen.provider_data[0].value)


def test_calls_without_ids_are_kept_apart_by_their_place() -> None:
    named, other = {"function": {"name": "get"}}, {"function": {"name": "get"}, "id": "c"}

    at_once = whole(message(content=None, tool_calls=[named, other]))
    bit_by_bit = streamed(
        delta(tool_calls=[{"index": index, **named} for index in range(2)]),
        delta(tool_calls=[{"index": index, "function": {"arguments": '{"a":'}} for index in range(2)]),
        delta("stop", tool_calls=[{"index": index, "function": {"arguments": f"{index}}}"}} for index in range(2)]),
    )

    assert [{}, {}] == [call.arguments for call in at_once.tool_calls]
    assert [{"a": 0}, {"a": 1}] == [call.arguments for call in bit_by_bit.tool_calls]


def test_a_signature_that_cannot_go_back_is_told_by_where_it_was_due() -> None:
    call = {"id": "c", "function": {"name": "get", "arguments": "{}"}, "extra_content": {"google": float("inf")}}

    with pytest.raises(ValueError, match=r"^provider_data\b"):
        whole(message(content=None, tool_calls=[call]))


def test_the_first_choice_counts() -> None:
    choices = [None, {"index": 1, "message": {"content": "No."}}, {"message": {"content": "Hi."}, "finish_reason": "x"}]

    seen = whole({"choices": choices})

    assert ("Hi.", FinishReason.OTHER, "x") == (seen.text, seen.finish_reason, seen.raw_finish_reason)


def test_a_refusal_is_its_words() -> None:
    seen = whole(message(content=None, refusal="I will not."))

    assert ("I will not.", FinishReason.CONTENT_FILTER) == (seen.text, seen.finish_reason)


def test_why_it_ended_may_be_told_in_details() -> None:
    seen = whole({"choices": [{"message": {"content": "Hi."}, "finish_details": {"type": "max_tokens"}}]})

    assert FinishReason.LENGTH is seen.finish_reason


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [None]}, {"choices": [{"index": 1}]}])
def test_without_choices_it_is_no_answer(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(body)

    assert "the answer holds no choices" == caught.value.detail


@pytest.mark.parametrize(
    ("kind", "detail", "error"),
    [
        (RateLimitError, "slow down", {"code": 429, "message": "slow down"}),
        (RateLimitError, "slow down", {"code": 429, "type": "requests", "message": "slow down"}),
        (RateLimitError, "{'type': 'rate_limit_error'}", {"type": "rate_limit_error"}),
        (ModelNotFoundError, "gone", {"status": "NOT_FOUND", "message": "gone"}),
        (ServerError, "overloaded", "overloaded"),
        (ServerError, "['odd']", ["odd"]),
        (ServerError, "{'message': {'odd': 1}}", {"message": {"odd": 1}}),
    ],
)
def test_an_error_is_raised_wherever_it_stands(kind: type[ChatError], detail: str, error: object) -> None:
    for read in (whole, streamed):
        with pytest.raises(kind) as caught:
            read({"error": error})
        assert detail == caught.value.detail


def test_a_wait_in_the_words_of_an_error_is_read() -> None:
    with pytest.raises(RateLimitError) as caught:
        whole({"error": {"code": 429, "message": "slow", "details": [{"retryDelay": "7s"}]}})

    assert (7.0, "slow") == (caught.value.retry_after, caught.value.detail)


def test_an_error_that_is_none_is_no_error() -> None:
    assert "Hi." == whole({**message(content="Hi."), "error": None}).text
