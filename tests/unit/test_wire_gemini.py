"""Google's generateContent, whole and as events."""

from collections.abc import Mapping

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, ContentPolicyError, QuotaExceededError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.gemini.decode import GeminiDecoder


def whole(body: Mapping[str, object]) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="gemini")
    for chunk in GeminiDecoder().whole(body):
        accumulator.add(chunk)
    return accumulator.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    accumulator, decoder = ResponseAccumulator(provider="gemini"), GeminiDecoder()
    for event in events:
        for chunk in decoder.event(event):
            accumulator.add(chunk)
    return accumulator.response()


def event(*parts: Mapping[str, object], reason: str | None = None, **fields: object) -> Mapping[str, object]:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": reason}], **fields}


def test_a_whole_answer_and_a_stream_make_the_same_response() -> None:
    thought = {"text": "Hm.", "thought": True, "thoughtSignature": "s"}
    call = {"functionCall": {"name": "get", "args": {"a": 1}}, "thoughtSignature": "t"}
    usage = {"promptTokenCount": 7, "candidatesTokenCount": 5, "thoughtsTokenCount": 2, "toolUsePromptTokenCount": 1}
    fields = {"usageMetadata": usage, "responseId": "r", "modelVersion": "m"}

    complete = whole(event(thought, {"text": "Hi."}, call, call, reason="STOP", **fields))
    stream = streamed(event(thought), event({"text": "Hi."}), event(call), event(call, reason="STOP", **fields))

    ids = [call.id for one in (complete, stream) for call in one.tool_calls]
    assert (4, complete.text, complete.usage) == (len({*ids}), stream.text, stream.usage)
    assert [("get", {"a": 1})] * 2 == [(call.name, call.arguments) for call in complete.tool_calls]
    assert Usage(input_tokens=8, output_tokens=7, reasoning_tokens=2) == complete.usage
    assert ("r", "m", FinishReason.TOOL_CALLS) == (complete.id, complete.model, complete.finish_reason)
    assert [("Hm.", "s")] == [(part.text, part.signature) for part in stream.message.reasoning]
    assert {"thoughtSignature": "t"} == complete.tool_calls[0].provider_data[0].value


def test_a_thought_in_two_events_is_one_part_and_is_replayed_if_it_is_signed() -> None:
    first, last = {"text": "H", "thought": True}, {"text": "m.", "thought": True}

    unsigned = streamed(event(first), event(last), event({"text": "Hi."}, reason="STOP")).message.reasoning
    signed = streamed(event(first), event({**last, "thoughtSignature": "s"}, reason="STOP")).message.reasoning

    assert [("Hm.", None, ())] == [(part.text, part.signature, part.provider_data) for part in unsigned]
    assert [("Hm.", "s", 1)] == [(part.text, part.signature, len(part.provider_data)) for part in signed]


def test_a_server_run_part_is_kept_with_the_number_of_characters_before_it() -> None:
    run = {"executableCode": {"code": "1"}}

    seen = whole(event({"text": "One. "}, {"text": "Two."}, run, reason="STOP")).message

    assert {"part": run, "at": len("One. Two.")} == seen.provider_data[0].value


def test_an_empty_text_is_an_answer() -> None:
    seen = whole(event({"text": ""}, reason="STOP"))

    assert ("", FinishReason.STOP) == (seen.text, seen.finish_reason)


def test_the_signature_of_a_text_part_is_kept() -> None:
    signed = whole(event({"text": "Hi.", "thoughtSignature": "s"}, reason="STOP"))
    alone = streamed(event({"text": "Hi."}), event({"text": "", "thoughtSignature": "s"}, reason="STOP"))

    assert {"thoughtSignature": "s"} == signed.message.provider_data[0].value
    assert {"text": "", "thoughtSignature": "s"} == alone.message.provider_data[0].value


def test_an_id_that_google_sends_with_a_call_is_kept() -> None:
    (call,) = whole(event({"functionCall": {"id": "c", "name": "get"}}, reason="STOP")).tool_calls

    assert ("c", {}, {"id": "c"}) == (call.id, call.arguments, call.provider_data[0].value)


def test_calls_of_one_name_are_two_calls_even_if_only_one_has_an_id() -> None:
    without, named = {"functionCall": {"name": "get"}}, {"functionCall": {"name": "get", "id": "c"}}

    seen = whole(event(without, named, reason="STOP")).tool_calls

    assert (2, "c") == (len(seen), seen[-1].id)


def test_an_output_count_of_zero_that_google_leaves_out_is_zero() -> None:
    usage = {"promptTokenCount": 7, "totalTokenCount": 7, "cachedContentTokenCount": 3}

    seen = whole(event({"text": "Hi."}, reason="MAX_TOKENS", usageMetadata=usage))

    assert Usage(input_tokens=7, output_tokens=0, cache_read_tokens=3) == seen.usage
    assert FinishReason.LENGTH is seen.finish_reason


def test_a_blocked_prompt_is_a_content_policy_error() -> None:
    with pytest.raises(ContentPolicyError) as caught:
        whole({"promptFeedback": {"blockReason": "SAFETY"}})

    assert "the prompt was blocked: SAFETY" == caught.value.detail


def test_a_blocked_answer_is_an_empty_answer() -> None:
    seen = whole({"candidates": [{"finishReason": "SAFETY"}]})

    assert ("", FinishReason.CONTENT_FILTER, "SAFETY") == (seen.text, seen.finish_reason, seen.raw_finish_reason)


@pytest.mark.parametrize("body", [{}, {"candidates": []}, {"candidates": "?"}])
def test_a_body_without_candidates_is_a_bad_response(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError):
        whole(body)


def test_an_unknown_part_is_ignored() -> None:
    assert "Hi." == whole(event({"inlineData": {}}, {"text": "Hi."}, reason="STOP")).text


def test_the_decoder_is_never_done() -> None:
    decoder = GeminiDecoder()

    list(decoder.event(event({"text": "Hi."}, reason="STOP")))

    assert not decoder.done


def test_the_details_of_an_error_event_name_an_exhausted_quota() -> None:
    violation = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}
    details = [{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}]
    error = {"code": 429, "message": "You exceeded your quota.", "status": "RESOURCE_EXHAUSTED", "details": details}

    with pytest.raises(QuotaExceededError) as caught:
        streamed(event({"text": "Hi."}), {"error": error})

    assert (caught.value.detail or "").startswith("You exceeded your quota. {")


def test_an_event_of_text_is_one_delta() -> None:
    deltas = [*GeminiDecoder().event(event({"text": "Hi."}, reason="STOP"))]

    assert [("Hi.", "STOP")] == [(delta.text, delta.finish_reason) for delta in deltas]
