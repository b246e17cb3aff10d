from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest

from llm_core import AssistantMessage, ChatResponse, FinishReason, ProviderData, ReasoningPart, Usage
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.adapters.litellm.litellm_response import decode_response, decode_usage
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.domain.errors import BadResponseError
from llm_core.wires.finish_reasons import finish_reason_for

STATED = {"prompt_tokens": 7, "completion_tokens": 5}


def model_response(message: dict[str, object], *, finish_reason: str | None = "stop", **fields: object) -> object:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    return litellm().ModelResponse(choices=[choice], **fields)


def model_info(provider: str = "openai", name: str = "unknown-model") -> ModelInfo:
    return ModelInfo(
        name=f"{provider}/{name}", bare_name=name, provider=provider, openai_wire=True, supported_params=None
    )


def decode(response: object, provider: str = "openai", model: str = "unknown-model") -> ChatResponse:
    return decode_response(response, model=model_info(provider, model))


def call(id: str | None, name: str | None, arguments: str) -> dict[str, object]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_every_field_of_a_response_is_decoded() -> None:
    response = model_response({"content": " Hi.\n"}, id="answer-1", model="fake-provider-1", usage=STATED)

    seen = decode(response)

    assert (
        ChatResponse(
            message=AssistantMessage(" Hi.\n"),
            finish_reason=FinishReason.STOP,
            raw_finish_reason="stop",
            usage=Usage(input_tokens=7, output_tokens=5),
            model="fake-provider-1",
            id="answer-1",
        )
        == seen
    )


@pytest.mark.parametrize(
    ("reason", "raw_reason"),
    [
        (FinishReason.STOP, "stop"),
        (FinishReason.STOP, "STOP"),
        (FinishReason.STOP, "end_turn"),
        (FinishReason.STOP, "COMPLETE"),
        (FinishReason.LENGTH, "length"),
        (FinishReason.LENGTH, "MAX_TOKENS"),
        (FinishReason.LENGTH, "model_context_window_exceeded"),
        (FinishReason.TOOL_CALLS, "tool_use"),
        (FinishReason.CONTENT_FILTER, "content_filter"),
        (FinishReason.CONTENT_FILTER, "SAFETY"),
        (FinishReason.CONTENT_FILTER, "RECITATION"),
        (FinishReason.CONTENT_FILTER, "refusal"),
        (FinishReason.OTHER, "MALFORMED_FUNCTION_CALL"),
        (FinishReason.PAUSED, "pause_turn"),
        (FinishReason.OTHER, "error"),
    ],
)
def test_a_raw_finish_reason_maps_to_a_finish_reason(reason: FinishReason, raw_reason: str) -> None:
    seen = finish_reason_for(raw_reason)

    assert reason is seen


def test_an_unknown_raw_finish_reason_is_kept_with_other() -> None:
    response = model_response({"content": "Hi."}, finish_reason="tea_time")

    seen = decode(response)

    assert (FinishReason.OTHER, "tea_time") == (seen.finish_reason, seen.raw_finish_reason)


def test_a_pause_that_litellm_reports_as_length_is_a_pause() -> None:
    message: dict[str, object] = {"content": "Cold.", "provider_specific_fields": {"stop_reason": "pause_turn"}}

    seen = decode(model_response(message, finish_reason="length"), "anthropic")

    assert (FinishReason.PAUSED, "pause_turn") == (seen.finish_reason, seen.raw_finish_reason)


def test_valid_and_invalid_calls_are_decoded_and_a_missing_id_is_generated() -> None:
    calls = [call("c1", "get", '{"city": "Oslo"}'), call("c2", "get", '{"city"'), call(None, "now", "")]
    response = model_response({"content": None, "tool_calls": calls}, finish_reason="stop")

    seen = decode(response)

    assert FinishReason.TOOL_CALLS is seen.finish_reason
    assert [("get", {"city": "Oslo"}), ("now", {})] == [(call.name, call.arguments) for call in seen.tool_calls]
    assert [("c2", '{"city"')] == [(call.id, call.arguments_text) for call in seen.invalid_tool_calls]
    assert len({"c1", *(call.id for call in seen.tool_calls)}) == 2


def test_a_call_without_an_id_gets_a_unique_id() -> None:
    message = SimpleNamespace(
        content=None,
        tool_calls=[SimpleNamespace(id=id, function=SimpleNamespace(name="now", arguments="")) for id in (None, "", 7)],
    )

    seen = decode(_with(message))

    ids = [call.id for call in seen.tool_calls]
    assert 3 == len(set(ids))
    assert all(ids)


def test_empty_calls_and_calls_that_the_provider_ran_are_omitted() -> None:
    calls = [call("srvtoolu_1", "web_search", "{}"), call("mcptoolu_1", "query", "{}"), call("c3", "", "")]
    response = model_response({"content": "Hi.", "tool_calls": calls})

    seen = decode(response)

    assert AssistantMessage("Hi.") == seen.message
    assert FinishReason.STOP is seen.finish_reason


def test_a_call_without_a_function_is_omitted() -> None:
    message = SimpleNamespace(content="Hi.", tool_calls=[SimpleNamespace(id="c1", type="custom")])

    seen = decode(_with(message))

    assert AssistantMessage("Hi.") == seen.message


@pytest.mark.parametrize(("finish_reason", "invalid_calls"), [("length", 1), ("stop", 0)])
def test_missing_arguments_are_empty_unless_the_response_was_truncated(finish_reason: str, invalid_calls: int) -> None:
    response = model_response({"content": None, "tool_calls": [call("c1", "now", "")]}, finish_reason=finish_reason)

    seen = decode(response)

    assert (invalid_calls, 1 - invalid_calls) == (len(seen.invalid_tool_calls), len(seen.tool_calls))


def test_a_refusal_is_the_text_with_content_filter() -> None:
    response = model_response({"content": None, "provider_specific_fields": {"refusal": "I will not."}})

    seen = decode(response)

    assert ("I will not.", FinishReason.CONTENT_FILTER) == (seen.text, seen.finish_reason)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_plain_reasoning_is_read_from_either_field(field: str) -> None:
    response = model_response({"content": "Hi.", field: "Hm."})

    seen = decode(response)

    assert (ReasoningPart("Hm."),) == seen.message.reasoning


def test_signed_thinking_blocks_are_kept_unchanged() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s1"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "thinking", "thinking": "So.", "signature": "s2"},
    ]
    response = model_response({"content": "Hi.", "reasoning_content": "Hm.So.", "thinking_blocks": blocks})

    seen = decode(response, provider="anthropic")

    parts = [(part.text, part.signature, part.provider_data[0]) for part in seen.message.reasoning]
    blocks_as_data = [ProviderData(provider="anthropic", value=block) for block in blocks]
    assert [("Hm.", "s1", blocks_as_data[0]), ("", None, blocks_as_data[1]), ("So.", "s2", blocks_as_data[2])] == parts


def test_a_thinking_block_that_is_not_an_object_is_omitted() -> None:
    message = SimpleNamespace(content="Hi.", thinking_blocks=["?"], reasoning_content="Hm.")

    seen = decode(_with(message))

    assert (ReasoningPart("Hm."),) == seen.message.reasoning


@pytest.mark.parametrize(
    "make_response",
    [
        lambda: None,
        lambda: "Hi.",
        lambda: SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content="Hi."))]),
        lambda: litellm().ModelResponse(choices=[]),
    ],
    ids=["None", "text", "look-alike", "no choices"],
)
def test_an_object_without_an_answer_is_a_bad_response(make_response: Callable[[], object]) -> None:
    response = make_response()

    with pytest.raises(BadResponseError):
        decode(response)


@pytest.mark.parametrize(
    ("content", "finish_reason"),
    [("", "stop"), (None, "stop"), (None, "tool_calls"), (None, "length"), (None, "content_filter"), (None, "tea")],
)
def test_an_answer_that_holds_nothing_is_an_empty_answer(content: str | None, finish_reason: str) -> None:
    response = model_response({"content": content}, finish_reason=finish_reason)

    seen = decode(response)

    assert AssistantMessage() == seen.message


@pytest.mark.parametrize("content", [["Hi."], [{"type": "text", "text": "Hi."}], 7])
def test_content_that_is_not_text_is_a_bad_response(content: object) -> None:
    response = _with(SimpleNamespace(content=content))

    with pytest.raises(BadResponseError):
        decode(response)


def test_an_object_as_content_is_its_json_text() -> None:
    response = _with(SimpleNamespace(content={"city": "Oslo"}))

    assert '{"city": "Oslo"}' == decode(response).text


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    response = model_response({"content": "a\ud83d", "tool_calls": [call("c", "a", "\udc00")]})

    seen = decode(response).message

    assert ("a\ufffd", ["\ufffd"]) == (seen.content, [invalid.arguments_text for invalid in seen.invalid_tool_calls])


@pytest.mark.parametrize(
    "usage",
    [
        None,
        SimpleNamespace(),
        SimpleNamespace(prompt_tokens=0, completion_tokens=0),
        SimpleNamespace(prompt_tokens=None, completion_tokens=None),
        SimpleNamespace(prompt_tokens="7", completion_tokens=-5),
        SimpleNamespace(prompt_tokens=True, completion_tokens=1.5),
    ],
)
def test_usage_without_valid_counts_or_with_two_zeros_is_none(usage: object) -> None:
    seen = decode_usage(usage, model_info("openai", "unknown-model"))

    assert seen is None


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        (Usage(input_tokens=7, output_tokens=0), {"prompt_tokens": 7, "completion_tokens": 0}),
        (Usage(output_tokens=5), {"completion_tokens": 5}),
        (
            Usage(input_tokens=7, output_tokens=5, cache_read_tokens=0, cache_write_tokens=3, reasoning_tokens=2),
            {
                **STATED,
                "prompt_tokens_details": SimpleNamespace(cached_tokens=0, cache_creation_tokens=3),
                "completion_tokens_details": SimpleNamespace(reasoning_tokens=2),
            },
        ),
        (
            Usage(input_tokens=7, output_tokens=5, cache_read_tokens=1000),
            {**STATED, "prompt_tokens_details": SimpleNamespace(cached_tokens=1000)},
        ),
    ],
)
def test_reported_token_counts_are_kept(expected: Usage, fields: dict[str, object]) -> None:
    seen = decode_usage(SimpleNamespace(**fields), model_info("openai", "unknown-model"))

    assert expected == seen


def test_a_model_with_a_price_has_a_cost() -> None:
    response = model_response({"content": "Hi."}, usage=STATED)

    usage = decode(response, model="gpt-4o").usage

    assert Decimal("0.0000675") == round((usage and usage.cost_usd) or Decimal(0), 12)


def test_contradictory_usage_has_no_cost() -> None:
    details = {"cached_tokens": 0, "cache_creation_tokens": 0}
    usage = litellm().ModelResponse(usage={**STATED, "completion_tokens": -9, "prompt_tokens_details": details}).usage

    seen = decode_usage(usage, model_info("openai", "gpt-4o"))

    assert Usage(input_tokens=7, cache_read_tokens=0, cache_write_tokens=0) == seen


def _with(message: object) -> object:
    response = litellm().ModelResponse()
    response.choices = [SimpleNamespace(message=message, finish_reason="stop")]
    return response
