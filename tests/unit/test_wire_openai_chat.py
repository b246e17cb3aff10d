"""OpenAI's chat completions, as OpenAI and the compatible providers send them."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, RateLimitError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder
from llm_core.wires.openai_chat.usage import decode_usage


def whole(body: Mapping[str, object]) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="openai")
    for chunk in OpenAIChatDecoder().whole(body):
        accumulator.add(chunk)
    return accumulator.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    accumulator, decoder = ResponseAccumulator(provider="openai"), OpenAIChatDecoder()
    for event in events:
        for chunk in decoder.event(event):
            accumulator.add(chunk)
    return accumulator.response()


def message(**fields: object) -> Mapping[str, object]:
    return {"choices": [{"index": 0, "message": fields, "finish_reason": "stop"}]}


def delta(finish_reason: object = None, **fields: object) -> Mapping[str, object]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish_reason}]}


def test_a_whole_answer_and_a_stream_make_the_same_response() -> None:
    call = {"index": 0, "id": "c", "function": {"name": "get", "arguments": '{"a": 1}'}}
    usage = {"prompt_tokens": 7, "completion_tokens": 5.0, "cost": 0.5}
    fields: dict[str, object] = {"content": "Hi.", "reasoning": "Hm.", "tool_calls": [call]}

    complete = whole({**message(**fields), "id": "a", "model": "m", "usage": usage})
    stream = streamed({**delta(**fields), "id": "a", "model": "m"}, delta("stop"), {"choices": [], "usage": usage})

    assert complete == stream
    assert ("Hi.", "Hm.", "a", "m") == (complete.text, complete.message.reasoning[0].text, complete.id, complete.model)
    assert Usage(input_tokens=7, output_tokens=5, cost_usd=Decimal("0.5")) == complete.usage
    assert FinishReason.TOOL_CALLS is complete.finish_reason


@pytest.mark.parametrize(
    ("expected", "fields"),
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
        ({"cost_usd": Decimal("0.0051")}, {"cost": {"request_cost": 0.005, "total_cost": 0.0051}}),  # Perplexity
        ({}, {"cost": {"total_cost": None}}),
        ({"cost_usd": Decimal("0.00000165")}, {"estimated_cost": 1.65e-06}),  # DeepInfra
        ({"cost_usd": Decimal("0.0001724")}, {"cost_in_usd_ticks": 1724000}),  # xAI
        ({"cost_usd": Decimal(0)}, {"cost_in_usd_ticks": 0}),
        ({"cache_read_tokens": 69}, {"num_cached_tokens": 69}),  # Mistral
        ({"cache_read_tokens": 1056}, {"cache_read_input_tokens": 1056}),  # Venice
        ({"reasoning_tokens": 0}, {"reasoning_tokens": 0, "completion_tokens_details": {}}),  # GitHub Copilot
        ({"reasoning_tokens": 2}, {"reasoning_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 2}}),
    ],
)
def test_usage_is_read_from_the_fields_of_every_compatible_provider(
    expected: dict[str, object], fields: dict[str, object]
) -> None:
    seen = decode_usage({"prompt_tokens": 7, **fields})

    assert Usage(**{"input_tokens": 7, **expected}) == seen  # type: ignore[arg-type]  # any of its fields


@pytest.mark.parametrize(
    ("output", "fields"),
    [
        (103, {"completion_tokens": 9, "total_tokens": 135}),  # xAI: 32 + 9 + 94
        (94, {"completion_tokens": 0, "total_tokens": 126}),
        (99, {"completion_tokens": 99, "total_tokens": 131}),
        (9, {"completion_tokens": 9, "total_tokens": 41}),  # Vercel: no sum holds the reasoning
        (9, {"completion_tokens": 9}),
        (None, {"total_tokens": 126}),
    ],
)
def test_reasoning_that_the_total_shows_to_be_apart_is_added_to_the_output(
    output: int | None, fields: dict[str, object]
) -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": 94}}

    seen = [decode_usage({"prompt_tokens": 32, **fields, **place}) for place in (details, {"reasoning_tokens": 94})]

    assert [Usage(input_tokens=32, output_tokens=output, reasoning_tokens=94)] * 2 == seen


@pytest.mark.parametrize(
    ("expected", "cost"),
    [("0.5", {"usd": 0.5, "diem": 0}), ("0.5", {"usd": 0.5}), (None, {"usd": 0, "diem": 1}), (None, "free")],
)
def test_a_price_beside_the_usage_is_its_price(expected: str | None, cost: object) -> None:
    seen = whole({**message(content="Hi."), "usage": {"prompt_tokens": 7}, "cost": cost})

    assert Usage(input_tokens=7, cost_usd=Decimal(expected) if expected else None) == seen.usage


def test_a_price_within_the_usage_precedes_the_one_beside_it() -> None:
    seen = whole({**message(content="Hi."), "usage": {"prompt_tokens": 7, "cost": 2}, "cost": {"usd": 1}})

    assert Usage(input_tokens=7, cost_usd=Decimal(2)) == seen.usage


def test_usage_without_valid_counts_is_none() -> None:
    assert decode_usage({"prompt_tokens": -1, "completion_tokens": None}) is None


def test_the_usage_of_a_stream_may_be_in_the_x_groq_field() -> None:
    seen = streamed(delta(content="Hi."), {**delta("stop"), "x_groq": {"usage": {"prompt_tokens": 7}}})

    assert Usage(input_tokens=7) == seen.usage


def test_content_parts_of_mistral_are_text_and_reasoning() -> None:
    parts = [{"type": "thinking", "thinking": [{"text": "Hm"}, {"text": "."}]}, {"type": "text", "text": "Hi."}]

    seen = [whole(message(content=parts)), streamed(delta(content=parts), delta("stop"))]

    assert [("Hi.", "Hm.")] * 2 == [(one.text, one.message.reasoning[0].text) for one in seen]


SUMMARIES = [
    {"type": "reasoning.summary", "summary": "First. ", "index": 0},
    {"type": "reasoning.encrypted", "data": "x", "index": 1},
    {"type": "reasoning.text", "text": "Then.", "index": 2},
]


def test_reasoning_that_comes_as_details_alone_is_reasoning() -> None:
    complete = whole(message(content="Hi.", reasoning=None, reasoning_details=SUMMARIES))
    stream = streamed(*(delta(reasoning_details=[one]) for one in SUMMARIES), delta("stop", content="Hi."))

    assert [{"reasoning_details": SUMMARIES}] * 2 == [one.message.provider_data[0].value for one in (complete, stream)]
    assert [["First. Then."]] * 2 == [[part.text for part in one.message.reasoning] for one in (complete, stream)]


def test_reasoning_that_comes_in_a_field_too_is_not_doubled_by_its_details() -> None:
    complete = whole(message(content="Hi.", reasoning="First. Then.", reasoning_details=SUMMARIES))
    stream = streamed(delta(reasoning="First. Then."), delta(reasoning_details=SUMMARIES), delta("stop", content="Hi."))

    assert ["First. Then."] * 2 == [one.message.reasoning[0].text for one in (complete, stream)]


@pytest.mark.parametrize(("text", "content"), [('{"city": "Åre"}', {"city": "Åre"}), ("{}", {})])
def test_an_object_as_content_is_its_json_text(text: str, content: object) -> None:
    seen = [whole(message(content=content)), streamed(delta(content=content), delta("stop"))]

    assert [text] * 2 == [one.text for one in seen]


def test_a_content_list_without_objects_is_a_bad_response() -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(message(content=["Hi."]))

    assert "the content is a list with items that are not objects" == caught.value.detail


def test_a_legacy_function_call_is_a_call() -> None:
    old = {"name": "get", "arguments": "{}"}

    seen = [whole(message(content=None, function_call=old)), streamed(delta(function_call=old), delta("function_call"))]

    assert [[("get", {})]] * 2 == [[(call.name, call.arguments) for call in one.tool_calls] for one in seen]


def test_arguments_may_be_an_object_and_extra_content_is_kept() -> None:
    call = {"id": "c", "function": {"name": "get", "arguments": {"a": 1}}, "extra_content": {"google": "s"}}

    (seen,) = whole(message(content=None, tool_calls=[call])).tool_calls

    assert ({"a": 1}, {"google": "s"}) == (seen.arguments, seen.provider_data[0].value)


def test_calls_without_ids_differ_by_index() -> None:
    named, other = {"function": {"name": "get"}}, {"function": {"name": "get"}, "id": "c"}

    complete = whole(message(content=None, tool_calls=[named, other]))
    stream = streamed(
        delta(tool_calls=[{"index": index, **named} for index in range(2)]),
        delta(tool_calls=[{"index": index, "function": {"arguments": '{"a":'}} for index in range(2)]),
        delta("stop", tool_calls=[{"index": index, "function": {"arguments": f"{index}}}"}} for index in range(2)]),
    )

    assert [{}, {}] == [call.arguments for call in complete.tool_calls]
    assert [{"a": 0}, {"a": 1}] == [call.arguments for call in stream.tool_calls]


def test_extra_content_that_is_not_json_is_a_value_error() -> None:
    call = {"id": "c", "function": {"name": "get", "arguments": "{}"}, "extra_content": {"google": float("inf")}}

    with pytest.raises(ValueError, match=r"^value\.google: inf is not a JSON number"):
        whole(message(content=None, tool_calls=[call]))


def test_an_event_of_text_alone_names_its_response_and_model() -> None:
    event = {"id": "r", "model": "m", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}

    (delta,) = OpenAIChatDecoder().event(event)

    assert ("Hi", "r", "m") == (delta.text, delta.id, delta.model)


def test_the_first_choice_is_decoded() -> None:
    choices = [None, {"index": 1, "message": {"content": "No."}}, {"message": {"content": "Hi."}, "finish_reason": "x"}]

    seen = whole({"choices": choices})

    assert ("Hi.", FinishReason.OTHER, "x") == (seen.text, seen.finish_reason, seen.raw_finish_reason)


def test_a_refusal_is_content_with_content_filter() -> None:
    seen = whole(message(content=None, refusal="I will not."))

    assert ("I will not.", FinishReason.CONTENT_FILTER) == (seen.text, seen.finish_reason)


def test_the_finish_reason_may_be_in_finish_details() -> None:
    seen = whole({"choices": [{"message": {"content": "Hi."}, "finish_details": {"type": "max_tokens"}}]})

    assert FinishReason.LENGTH is seen.finish_reason


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [None]}, {"choices": [{"index": 1}]}])
def test_a_body_without_choices_is_a_bad_response(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(body)

    assert "the answer holds no choices" == caught.value.detail


def test_the_retry_delay_in_the_details_of_an_error_is_read() -> None:
    with pytest.raises(RateLimitError) as caught:
        whole({"error": {"code": 429, "message": "slow", "details": [{"retryDelay": "7s"}]}})

    assert 7.0 == caught.value.retry_after


def test_an_error_field_of_null_is_ignored() -> None:
    assert "Hi." == whole({**message(content="Hi."), "error": None}).text
