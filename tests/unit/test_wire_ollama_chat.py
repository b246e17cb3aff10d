"""Ollama's chat, whole and as lines."""

from collections.abc import Mapping

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, ServerError, StreamInterruptedError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder


def whole(body: Mapping[str, object]) -> ChatResponse:
    accumulator = ResponseAccumulator(provider="ollama_chat")
    for chunk in OllamaChatDecoder().whole(body):
        accumulator.add(chunk)
    return accumulator.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    accumulator, decoder = ResponseAccumulator(provider="ollama_chat"), OllamaChatDecoder()
    for event in events:
        for chunk in decoder.event(event):
            accumulator.add(chunk)
    return accumulator.response()


CALLS = [{"function": {"name": "get", "arguments": {"a": 1}}}, {"id": "c", "function": {"name": "now"}}]
END = {"done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 5}


def line(**message: object) -> Mapping[str, object]:
    return {"model": "m", "message": message, "done": False}


def test_a_whole_answer_and_a_stream_make_the_same_response() -> None:
    complete = whole({**line(content="Hi.", thinking="Hm.", tool_calls=CALLS), **END})
    stream = streamed(line(thinking="Hm.", content=""), line(content="Hi."), line(tool_calls=CALLS), {**line(), **END})

    assert [("Hi.", "m", Usage(input_tokens=7, output_tokens=5))] * 2 == [
        (one.text, one.model, one.usage) for one in (complete, stream)
    ]
    assert [("get", {"a": 1}), ("now", {})] == [(call.name, call.arguments) for call in stream.tool_calls]
    assert "c" == complete.tool_calls[1].id
    assert [("Hm.", {"field": "thinking"})] == [
        (part.text, part.provider_data[0].value) for part in complete.message.reasoning
    ]
    assert FinishReason.TOOL_CALLS is complete.finish_reason


def test_calls_of_one_name_are_two_calls_even_if_only_one_has_an_id() -> None:
    calls = [{"function": {"name": "get"}}, {"id": "c", "function": {"name": "get"}}]

    seen = whole({**line(content="", tool_calls=calls), **END}).tool_calls

    assert (2, "c") == (len(seen), seen[-1].id)


@pytest.mark.parametrize(
    ("reason", "fields"), [(FinishReason.STOP, {}), (FinishReason.LENGTH, {"done_reason": "length"})]
)
def test_a_missing_done_reason_is_stop(reason: FinishReason, fields: Mapping[str, object]) -> None:
    seen = whole({**line(content="Hi."), "done": True, **fields})

    raw = fields.get("done_reason", "stop")
    assert (reason, raw, None) == (seen.finish_reason, seen.raw_finish_reason, seen.usage)


def test_the_decoder_is_done_after_the_last_line() -> None:
    decoder = OllamaChatDecoder()

    seen = [(list(decoder.event(one)), decoder.done)[1] for one in (line(content="Hi."), {**line(), **END})]

    assert [False, True] == seen


@pytest.mark.parametrize("body", [{}, {"message": None}, {"message": "Hi.", "done": True}])
def test_a_body_without_a_message_is_a_bad_response(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(body)

    assert "the answer holds no message" == caught.value.detail


def test_a_whole_answer_that_is_not_done_is_interrupted() -> None:
    with pytest.raises(StreamInterruptedError):
        whole(line(content="Hi."))


def test_an_error_is_raised_from_a_whole_answer_and_from_an_event() -> None:
    for read in (whole, streamed):
        with pytest.raises(ServerError):
            read({"error": "the model is gone"})
