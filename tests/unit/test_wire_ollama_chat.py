"""Ollama's chat, whole and as lines."""

from collections.abc import Mapping

import pytest

from llm_core import ChatResponse, FinishReason, Usage
from llm_core.domain.errors import BadResponseError, ServerError, StreamInterruptedError
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder


def whole(body: Mapping[str, object]) -> ChatResponse:
    reader = ResponseAccumulator(provider="ollama_chat")
    for piece in OllamaChatDecoder().whole(body):
        reader.add(piece)
    return reader.response()


def streamed(*events: Mapping[str, object]) -> ChatResponse:
    reader, wire = ResponseAccumulator(provider="ollama_chat"), OllamaChatDecoder()
    for event in events:
        for piece in wire.event(event):
            reader.add(piece)
    return reader.response()


CALLS = [{"function": {"name": "get", "arguments": {"a": 1}}}, {"id": "c", "function": {"name": "now"}}]
END = {"done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 5}


def line(**message: object) -> Mapping[str, object]:
    return {"model": "m", "message": message, "done": False}


def test_an_answer_is_the_same_whole_and_streamed() -> None:
    at_once = whole({**line(content="Hi.", thinking="Hm.", tool_calls=CALLS), **END})
    bit_by_bit = streamed(
        line(thinking="Hm.", content=""), line(content="Hi."), line(tool_calls=CALLS), {**line(), **END}
    )

    assert [("Hi.", "m", Usage(input_tokens=7, output_tokens=5))] * 2 == [
        (one.text, one.model, one.usage) for one in (at_once, bit_by_bit)
    ]
    assert [("get", {"a": 1}), ("now", {})] == [(call.name, call.arguments) for call in bit_by_bit.tool_calls]
    assert "c" == at_once.tool_calls[1].id
    assert [("Hm.", {"field": "thinking"})] == [
        (part.text, part.provider_data[0].value) for part in at_once.message.reasoning
    ]
    assert FinishReason.TOOL_CALLS is at_once.finish_reason


def test_calls_without_a_place_stay_apart_though_one_alone_has_an_id() -> None:
    calls = [{"function": {"name": "get"}}, {"id": "c", "function": {"name": "get"}}]

    seen = whole({**line(content="", tool_calls=calls), **END}).tool_calls

    assert (2, "c") == (len(seen), seen[-1].id)


@pytest.mark.parametrize(
    ("reason", "told"), [(FinishReason.STOP, {}), (FinishReason.LENGTH, {"done_reason": "length"})]
)
def test_why_it_ended_may_be_left_out(reason: FinishReason, told: Mapping[str, object]) -> None:
    seen = whole({**line(content="Hi."), "done": True, **told})

    raw = told.get("done_reason", "stop")
    assert (reason, raw, None) == (seen.finish_reason, seen.raw_finish_reason, seen.usage)


def test_no_words_are_an_answer_too() -> None:
    seen = whole({**line(content=""), **END})

    assert ("", FinishReason.STOP) == (seen.text, seen.finish_reason)


def test_a_message_that_says_nothing_at_all_is_no_answer() -> None:
    with pytest.raises(BadResponseError):
        whole({**line(), **END})


def test_the_last_line_is_known() -> None:
    wire = OllamaChatDecoder()

    seen = [(list(wire.event(one)), wire.done)[1] for one in (line(content="Hi."), {**line(), **END})]

    assert [False, True] == seen


@pytest.mark.parametrize("body", [{}, {"message": None}, {"message": "Hi.", "done": True}])
def test_without_a_message_it_is_no_answer(body: Mapping[str, object]) -> None:
    with pytest.raises(BadResponseError) as caught:
        whole(body)

    assert "the answer holds no message" == caught.value.detail


def test_an_answer_that_is_not_done_broke_off() -> None:
    with pytest.raises(StreamInterruptedError):
        whole(line(content="Hi."))


def test_an_error_is_raised_wherever_it_stands() -> None:
    for read in (whole, streamed):
        with pytest.raises(ServerError):
            read({"error": "the model is gone"})
