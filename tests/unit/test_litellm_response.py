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


def answered(message: dict[str, object], *, finish_reason: str | None = "stop", **told: object) -> object:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    return litellm().ModelResponse(choices=[choice], **told)


def model_info(provider: str = "openai", name: str = "nobody-knows") -> ModelInfo:
    return ModelInfo(
        name=f"{provider}/{name}", bare_name=name, provider=provider, openai_wire=True, supported_params=None
    )


def decoded(response: object, provider: str = "openai", model: str = "nobody-knows") -> ChatResponse:
    return decode_response(response, model=model_info(provider, model))


def call(id: str | None, name: str | None, arguments: str) -> dict[str, object]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_an_answer_is_read_whole() -> None:
    response = answered({"content": " Hi.\n"}, id="answer-1", model="fake-provider-1", usage=STATED)

    seen = decoded(response)

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
    ("reason", "word"),
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
        (FinishReason.OTHER, "pause_turn"),
        (FinishReason.OTHER, "error"),
    ],
)
def test_a_providers_word_means_one_of_our_reasons(reason: FinishReason, word: str) -> None:
    seen = finish_reason_for(word)

    assert reason is seen


def test_a_word_that_nobody_knows_is_kept_beside_the_reason() -> None:
    response = answered({"content": "Hi."}, finish_reason="tea_time")

    seen = decoded(response)

    assert (FinishReason.OTHER, "tea_time") == (seen.finish_reason, seen.raw_finish_reason)


def test_calls_are_read_the_broken_ones_as_such_and_a_missing_id_is_made() -> None:
    calls = [call("c1", "get", '{"city": "Oslo"}'), call("c2", "get", '{"city"'), call(None, "now", "")]
    response = answered({"content": None, "tool_calls": calls}, finish_reason="stop")

    seen = decoded(response)

    assert FinishReason.TOOL_CALLS is seen.finish_reason
    assert [("get", {"city": "Oslo"}), ("now", {})] == [(one.name, one.arguments) for one in seen.tool_calls]
    assert [("c2", '{"city"')] == [(one.id, one.arguments_text) for one in seen.invalid_tool_calls]
    assert len({"c1", *(one.id for one in seen.tool_calls)}) == 2


def test_a_call_without_an_id_gets_one_that_no_other_has() -> None:
    message = SimpleNamespace(
        content=None,
        tool_calls=[SimpleNamespace(id=id, function=SimpleNamespace(name="now", arguments="")) for id in (None, "", 7)],
    )

    seen = decoded(_with(message))

    ids = [one.id for one in seen.tool_calls]
    assert 3 == len(set(ids))
    assert all(ids)


def test_calls_that_are_none_or_that_the_provider_ran_are_left_out() -> None:
    calls = [call("srvtoolu_1", "web_search", "{}"), call("mcptoolu_1", "ask", "{}"), call("c3", "", "")]
    response = answered({"content": "Hi.", "tool_calls": calls})

    seen = decoded(response)

    assert AssistantMessage("Hi.") == seen.message
    assert FinishReason.STOP is seen.finish_reason


def test_a_call_without_a_function_is_left_out() -> None:
    message = SimpleNamespace(content="Hi.", tool_calls=[SimpleNamespace(id="c1", type="custom")])

    seen = decoded(_with(message))

    assert AssistantMessage("Hi.") == seen.message


@pytest.mark.parametrize(("told", "problem"), [("length", 1), ("stop", 0)])
def test_arguments_that_never_began_are_none_unless_the_answer_was_cut_off(told: str, problem: int) -> None:
    response = answered({"content": None, "tool_calls": [call("c1", "now", "")]}, finish_reason=told)

    seen = decoded(response)

    assert (problem, 1 - problem) == (len(seen.invalid_tool_calls), len(seen.tool_calls))


def test_a_refusal_is_its_words() -> None:
    response = answered({"content": None, "provider_specific_fields": {"refusal": "I will not."}})

    seen = decoded(response)

    assert ("I will not.", FinishReason.CONTENT_FILTER) == (seen.text, seen.finish_reason)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_plain_reasoning_is_read_from_either_field(field: str) -> None:
    response = answered({"content": "Hi.", field: "Hm."})

    seen = decoded(response)

    assert (ReasoningPart("Hm."),) == seen.message.reasoning


def test_signed_thinking_is_kept_as_it_came() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s1"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "thinking", "thinking": "So.", "signature": "s2"},
    ]
    response = answered({"content": "Hi.", "reasoning_content": "Hm.So.", "thinking_blocks": blocks})

    seen = decoded(response, provider="anthropic")

    told = [(part.text, part.signature, part.provider_data[0]) for part in seen.message.reasoning]
    kept = [ProviderData(provider="anthropic", value=block) for block in blocks]
    assert [("Hm.", "s1", kept[0]), ("", None, kept[1]), ("So.", "s2", kept[2])] == told


def test_a_thinking_block_that_is_none_is_left_out() -> None:
    message = SimpleNamespace(content="Hi.", thinking_blocks=["?"], reasoning_content="Hm.")

    seen = decoded(_with(message))

    assert (ReasoningPart("Hm."),) == seen.message.reasoning


@pytest.mark.parametrize(
    "made",
    [
        lambda: None,
        lambda: "Hi.",
        lambda: SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content="Hi."))]),
        lambda: litellm().ModelResponse(choices=[]),
        lambda: answered({"content": None}),
        lambda: answered({"content": None, "tool_calls": []}, finish_reason="tool_calls"),
    ],
    ids=["None", "text", "look-alike", "no choices", "nothing said", "no calls"],
)
def test_what_is_no_answer_is_a_bad_response(made: Callable[[], object]) -> None:
    response = made()

    with pytest.raises(BadResponseError):
        decoded(response)


@pytest.mark.parametrize(
    ("content", "finish_reason"), [("", "stop"), (None, "length"), (None, "content_filter"), (None, "tea_time")]
)
def test_an_empty_answer_is_one_where_the_provider_says_so(content: str | None, finish_reason: str) -> None:
    response = answered({"content": content}, finish_reason=finish_reason)

    seen = decoded(response)

    assert AssistantMessage() == seen.message


@pytest.mark.parametrize("content", [["Hi."], [{"type": "text", "text": "Hi."}], {"text": "Hi."}, 7])
def test_content_that_is_no_text_is_a_bad_response_rather_than_nothing(content: object) -> None:
    response = _with(SimpleNamespace(content=content))

    with pytest.raises(BadResponseError):
        decoded(response)


def test_half_a_character_is_told_as_unreadable() -> None:
    response = answered({"content": "a\ud83d", "tool_calls": [call("c", "a", "\udc00")]})

    seen = decoded(response).message

    assert ("a\ufffd", ["\ufffd"]) == (seen.content, [called.arguments_text for called in seen.invalid_tool_calls])


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
def test_zeros_on_both_sides_are_litellms_way_to_say_that_nothing_was_told(usage: object) -> None:
    seen = decode_usage(usage, model_info("openai", "nobody-knows"))

    assert seen is None


@pytest.mark.parametrize(
    ("expected", "told"),
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
def test_figures_are_passed_on_as_told(expected: Usage, told: dict[str, object]) -> None:
    seen = decode_usage(SimpleNamespace(**told), model_info("openai", "nobody-knows"))

    assert expected == seen


def test_a_model_with_a_price_has_a_cost() -> None:
    response = answered({"content": "Hi."}, usage=STATED)

    usage = decoded(response, model="gpt-4o").usage

    assert Decimal("0.0000675") == round((usage and usage.cost_usd) or Decimal(0), 12)


def test_a_cost_below_zero_is_not_told() -> None:
    details = {"cached_tokens": 0, "cache_creation_tokens": 0}
    told = litellm().ModelResponse(usage={**STATED, "completion_tokens": -9, "prompt_tokens_details": details}).usage

    seen = decode_usage(told, model_info("openai", "gpt-4o"))

    assert Usage(input_tokens=7, cache_read_tokens=0, cache_write_tokens=0) == seen


def _with(message: object) -> object:
    response = litellm().ModelResponse()
    response.choices = [SimpleNamespace(message=message, finish_reason="stop")]
    return response
