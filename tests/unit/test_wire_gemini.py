"""Google's generateContent, whole and as events."""

from collections.abc import Mapping

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, ContentPolicyError, QuotaExceededError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.gemini.decode import GeminiDecoder


def whole(body: Mapping[str, object]) -> ChatResponse:
    reader = ResponseAccumulator(provider="gemini")
    for piece in GeminiDecoder().whole(body):
        reader.add(piece)
    return reader.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    reader, wire = ResponseAccumulator(provider="gemini"), GeminiDecoder()
    for event in events:
        for piece in wire.event(event):
            reader.add(piece)
    return reader.response()


def event(*parts: Mapping[str, object], reason: str | None = None, **told: object) -> Mapping[str, object]:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": reason}], **told}


def test_an_answer_is_the_same_whole_and_streamed() -> None:
    thought = {"text": "Hm.", "thought": True, "thoughtSignature": "s"}
    call = {"functionCall": {"name": "get", "args": {"a": 1}}, "thoughtSignature": "t"}
    usage = {"promptTokenCount": 7, "candidatesTokenCount": 5, "thoughtsTokenCount": 2, "toolUsePromptTokenCount": 1}
    told = {"usageMetadata": usage, "responseId": "r", "modelVersion": "m"}

    at_once = whole(event(thought, {"text": "Hi."}, call, call, reason="STOP", **told))
    bit_by_bit = streamed(event(thought), event({"text": "Hi."}), event(call), event(call, reason="STOP", **told))

    ids = [call.id for one in (at_once, bit_by_bit) for call in one.tool_calls]
    assert (4, at_once.text, at_once.usage) == (len({*ids}), bit_by_bit.text, bit_by_bit.usage)
    assert [("get", {"a": 1})] * 2 == [(call.name, call.arguments) for call in at_once.tool_calls]
    assert Usage(input_tokens=8, output_tokens=7, reasoning_tokens=2) == at_once.usage
    assert ("r", "m", FinishReason.TOOL_CALLS) == (at_once.id, at_once.model, at_once.finish_reason)
    assert [("Hm.", "s")] == [(part.text, part.signature) for part in bit_by_bit.message.reasoning]
    assert {"thoughtSignature": "t"} == at_once.tool_calls[0].provider_data[0].value


def test_a_thought_in_pieces_is_one_and_goes_back_if_it_is_signed() -> None:
    first, last = {"text": "H", "thought": True}, {"text": "m.", "thought": True}

    unsigned = streamed(event(first), event(last), event({"text": "Hi."}, reason="STOP")).message.reasoning
    signed = streamed(event(first), event({**last, "thoughtSignature": "s"}, reason="STOP")).message.reasoning

    assert [("Hm.", None, ())] == [(part.text, part.signature, part.provider_data) for part in unsigned]
    assert [("Hm.", "s", 1)] == [(part.text, part.signature, len(part.provider_data)) for part in signed]


def test_where_the_provider_ran_something_is_counted_in_the_characters_before_it() -> None:
    run = {"executableCode": {"code": "1"}}

    seen = whole(event({"text": "One. "}, {"text": "Two."}, run, reason="STOP")).message

    assert {"part": run, "at": len("One. Two.")} == seen.provider_data[0].value


def test_no_words_are_an_answer_too() -> None:
    seen = whole(event({"text": ""}, reason="STOP"))

    assert ("", FinishReason.STOP) == (seen.text, seen.finish_reason)


@pytest.mark.parametrize("arguments", [None, [1], 7])
def test_arguments_that_are_no_object_are_none(arguments: object) -> None:
    (call,) = whole(event({"functionCall": {"name": "get", "args": arguments}}, reason="STOP")).tool_calls

    assert {} == call.arguments


def test_a_signature_of_the_words_is_kept() -> None:
    signed = whole(event({"text": "Hi.", "thoughtSignature": "s"}, reason="STOP"))
    alone = streamed(event({"text": "Hi."}), event({"text": "", "thoughtSignature": "s"}, reason="STOP"))

    assert {"thoughtSignature": "s"} == signed.message.provider_data[0].value
    assert {"text": "", "thoughtSignature": "s"} == alone.message.provider_data[0].value


def test_the_id_of_a_call_is_kept_where_google_makes_one() -> None:
    (call,) = whole(event({"functionCall": {"id": "c", "name": "get"}}, reason="STOP")).tool_calls

    assert ("c", {}, {"id": "c"}) == (call.id, call.arguments, call.provider_data[0].value)


def test_calls_without_a_place_stay_apart_though_one_alone_has_an_id() -> None:
    without, named = {"functionCall": {"name": "get"}}, {"functionCall": {"name": "get", "id": "c"}}

    seen = whole(event(without, named, reason="STOP")).tool_calls

    assert (2, "c") == (len(seen), seen[-1].id)


def test_a_count_of_zero_that_google_leaves_out_is_one() -> None:
    usage = {"promptTokenCount": 7, "totalTokenCount": 7, "cachedContentTokenCount": 3}

    seen = whole(event({"text": "Hi."}, reason="MAX_TOKENS", usageMetadata=usage))

    assert Usage(input_tokens=7, output_tokens=0, cache_read_tokens=3) == seen.usage
    assert FinishReason.LENGTH is seen.finish_reason


def test_a_prompt_that_was_blocked_is_an_error() -> None:
    with pytest.raises(ContentPolicyError) as caught:
        whole({"promptFeedback": {"blockReason": "SAFETY"}})

    assert "the prompt was blocked: SAFETY" == caught.value.detail


def test_an_answer_that_was_blocked_is_an_empty_one() -> None:
    seen = whole({"candidates": [{"finishReason": "SAFETY"}]})

    assert ("", FinishReason.CONTENT_FILTER, "SAFETY") == (seen.text, seen.finish_reason, seen.raw_finish_reason)


@pytest.mark.parametrize("body", [{}, {"candidates": []}, {"candidates": "?"}])
def test_what_holds_nothing_is_no_answer(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError):
        whole(body)


def test_a_part_that_nobody_knows_is_passed_over() -> None:
    assert "Hi." == whole(event({"inlineData": {}}, {"text": "Hi."}, reason="STOP")).text


def test_the_wire_never_says_that_it_is_over() -> None:
    wire = GeminiDecoder()

    list(wire.event(event({"text": "Hi."}, reason="STOP")))

    assert not wire.done


def test_a_quota_that_is_used_up_in_mid_stream_is_told_by_its_details() -> None:
    violation = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}
    details = [{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}]
    error = {"code": 429, "message": "You exceeded your quota.", "status": "RESOURCE_EXHAUSTED", "details": details}

    with pytest.raises(QuotaExceededError) as caught:
        streamed(event({"text": "Hi."}), {"error": error})

    assert "You exceeded your quota." == caught.value.detail
