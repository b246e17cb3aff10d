from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import (
    AssistantMessage,
    ChatResponse,
    FinishReason,
    InvalidToolCall,
    ProviderData,
    ReasoningDelta,
    ReasoningPart,
    StreamEnd,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallStart,
    Usage,
    response_from_events,
)
from llm_core.domain.json_values import json_text
from llm_core.domain.response_builder import ResponseBuilder, events_from_response

TEXTS = st.text(max_size=30)
NAMES = st.text(min_size=1, max_size=8)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
ARGUMENTS = st.dictionaries(TEXTS, st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3), max_leaves=4))
DATA = st.lists(st.builds(ProviderData, provider=NAMES, value=LEAVES), max_size=2)
BROKEN_TEXTS = TEXTS.map(lambda text: '{"' + text) | st.sampled_from(["[]", "1", "prose", "", '{"a": 1}'])


@st.composite
def calls(draw: st.DrawFn) -> ToolCall:
    arguments = draw(ARGUMENTS)
    texts = st.sampled_from(
        [None, json_text(arguments), f"\n {json_text(arguments)} ", *([] if arguments else ["", "null"])]
    )
    return ToolCall(
        id="c" + draw(NAMES),
        name=draw(NAMES),
        arguments=arguments,
        arguments_text=draw(texts),
        provider_data=draw(DATA),
    )


@st.composite
def responses(draw: st.DrawFn) -> ChatResponse:
    broken = st.builds(
        InvalidToolCall,
        id=NAMES.map("i".__add__),
        name=TEXTS,
        arguments_text=BROKEN_TEXTS,
        problem=TEXTS,
        provider_data=DATA,
    )
    reasoning = st.builds(ReasoningPart, TEXTS, signature=st.none() | TEXTS, provider_data=DATA)
    message = AssistantMessage(
        draw(TEXTS),
        tool_calls=draw(st.lists(calls(), max_size=3, unique_by=lambda call: call.id)),
        invalid_tool_calls=draw(st.lists(broken, max_size=2, unique_by=lambda call: call.id)),
        reasoning=draw(st.lists(reasoning, max_size=3)),
        provider_data=draw(DATA),
    )
    return ChatResponse(
        message=message,
        finish_reason=draw(st.sampled_from(FinishReason)),
        raw_finish_reason=draw(st.none() | TEXTS),
        usage=draw(st.none() | st.builds(Usage, input_tokens=st.integers(0, 9), cost_usd=st.just(Decimal("0.5")))),
        model=draw(st.none() | TEXTS),
        id=draw(st.none() | TEXTS),
        ignored_settings=draw(st.lists(NAMES, max_size=2)),
    )


@settings(deadline=None)
@given(responses(), st.integers(1, 40))
def test_the_events_of_a_response_build_an_equal_response(response: ChatResponse, chunk_size: int) -> None:
    events = list(events_from_response(response, chunk_size=chunk_size))

    rebuilt = response_from_events(events)

    assert response == rebuilt
    assert [call.arguments_json for call in response.tool_calls] == [call.arguments_json for call in rebuilt.tool_calls]


@settings(deadline=None)
@given(responses(), st.integers(1, 40))
def test_no_delta_is_empty_or_longer_than_the_chunk_size(response: ChatResponse, chunk_size: int) -> None:
    events = list(events_from_response(response, chunk_size=chunk_size))

    lengths = {len(text) for event in events if (text := _text(event)) is not None}

    assert lengths <= set(range(1, chunk_size + 1))


@settings(deadline=None)
@given(responses(), st.integers(1, 40))
def test_the_events_of_a_response_end_with_exactly_one_stream_end(response: ChatResponse, chunk_size: int) -> None:
    events = list(events_from_response(response, chunk_size=chunk_size))

    ends = [event for event in events if isinstance(event, StreamEnd)]

    assert [StreamEnd(response=response)] == ends
    assert ends[0] is events[-1]


@settings(deadline=None)
@given(responses(), st.integers(1, 40), st.data())
def test_events_without_an_end_raise_stream_interrupted_error_with_the_partial_message(
    response: ChatResponse, chunk_size: int, data: st.DataObject
) -> None:
    events = list(events_from_response(response, chunk_size=chunk_size))
    arrived = events[: data.draw(st.integers(0, len(events) - 1))]

    with pytest.raises(StreamInterruptedError) as caught:
        response_from_events(arrived)

    assert isinstance(caught.value.partial, AssistantMessage)
    assert "".join(event.text for event in arrived if isinstance(event, TextDelta)) == caught.value.partial.content
    starts = {event.id for event in arrived if isinstance(event, ToolCallStart)}
    assert starts == {call.id for call in caught.value.partial.all_tool_calls}


def test_deltas_and_starts_may_interleave() -> None:
    events: list[StreamEvent] = [
        ToolCallStart(index=1, id="b", name="second"),
        ReasoningDelta("hm"),
        ToolCallStart(index=0, id="a", name="first"),
        ToolCallDelta(index=1, arguments_text='{"n"'),
        TextDelta("x"),
        ToolCallDelta(index=0, arguments_text='{"m": 1}'),
        ToolCallDelta(index=1, arguments_text=": 2}"),
        TextDelta("y"),
        StreamEnd(response=ChatResponse(message=AssistantMessage())),
    ]

    response = response_from_events(iter(events))

    assert ("xy", (ReasoningPart("hm"),)) == (response.text, response.message.reasoning)
    assert [("a", {"m": 1}), ("b", {"n": 2})] == [(call.id, call.arguments) for call in response.tool_calls]
    assert FinishReason.TOOL_CALLS is response.finish_reason


def test_the_arguments_text_of_a_call_is_kept_verbatim() -> None:
    text = '{ "a" :1,\n"b":[ ] }'
    deltas = [ToolCallDelta(index=0, arguments_text=letter) for letter in text]
    end = StreamEnd(response=ChatResponse(message=AssistantMessage()))

    response = response_from_events([ToolCallStart(index=0, id="c", name="f"), *deltas, end])

    assert text == response.tool_calls[0].arguments_json


def test_content_reasoning_and_calls_come_from_the_deltas_and_not_from_the_stream_end() -> None:
    call = ToolCall(id="c", name="f", arguments={"a": 1})
    final = AssistantMessage("something else", tool_calls=[call], reasoning=[ReasoningPart("other", signature="s")])
    end = StreamEnd(response=ChatResponse(message=final, model="m-1", usage=Usage(input_tokens=1)))

    response = response_from_events([ReasoningDelta("reasoning"), TextDelta("text"), end])

    assert AssistantMessage("text", reasoning=[ReasoningPart("reasoning")]) == response.message
    assert (FinishReason.STOP, "m-1", Usage(input_tokens=1)) == (response.finish_reason, response.model, response.usage)


def test_reasoning_that_only_the_stream_end_holds_is_left_out() -> None:
    final = AssistantMessage("text", reasoning=[ReasoningPart("reasoning")])

    response = response_from_events([TextDelta("text"), StreamEnd(response=_response(final))])

    assert () == response.message.reasoning


def test_the_stream_end_adds_provider_data_and_signatures() -> None:
    data = ProviderData(provider="acme", value=["opaque"])
    call = ToolCall(id="c", name="f", arguments={"a": 1}, provider_data=[data])
    reasoning_parts = [
        ReasoningPart("one", signature="s1"),
        ReasoningPart("", provider_data=[data]),
        ReasoningPart("two"),
    ]
    final = AssistantMessage("text", tool_calls=[call], reasoning=reasoning_parts, provider_data=[data])
    start, arguments = ToolCallStart(index=0, id="c", name="f"), ToolCallDelta(index=0, arguments_text='{"a":1}')

    response = response_from_events(
        [ReasoningDelta("onetwo"), TextDelta("text"), start, arguments, StreamEnd(response=_response(final))]
    )

    assert final == response.message


def test_an_invalid_call_of_the_stream_end_with_another_text_is_ignored() -> None:
    final = AssistantMessage(invalid_tool_calls=[InvalidToolCall(id="c", name="f", arguments_text="[", problem="odd")])
    start, arguments = ToolCallStart(index=0, id="c", name="f"), ToolCallDelta(index=0, arguments_text='{"a":1}')

    response = response_from_events([start, arguments, StreamEnd(response=_response(final))])

    assert (ToolCall(id="c", name="f", arguments={"a": 1}),) == response.tool_calls
    assert () == response.invalid_tool_calls


@pytest.mark.parametrize("text", ["[1]", '{"a": ', "prose", '"{}"'])
def test_arguments_that_are_not_a_json_object_make_an_invalid_call_with_the_text(text: str) -> None:
    start, arguments = ToolCallStart(index=0, id="c", name="f"), ToolCallDelta(index=0, arguments_text=text)

    response = response_from_events([start, arguments, StreamEnd(response=_response(AssistantMessage()))])

    assert () == response.tool_calls
    assert [text] == [call.arguments_text for call in response.invalid_tool_calls]
    assert FinishReason.TOOL_CALLS is response.finish_reason


@pytest.mark.parametrize(
    ("reason", "valid", "invalid"), [(FinishReason.STOP, 1, 0), (FinishReason.OTHER, 1, 0), (FinishReason.LENGTH, 0, 1)]
)
def test_a_call_without_arguments_has_empty_arguments_unless_the_answer_was_cut_off(
    reason: FinishReason, valid: int, invalid: int
) -> None:
    end = StreamEnd(response=ChatResponse(message=AssistantMessage(), finish_reason=reason))

    response = response_from_events([ToolCallStart(index=0, id="c", name="f"), end])

    assert (valid, invalid) == (len(response.tool_calls), len(response.invalid_tool_calls))
    assert all({} == call.arguments for call in response.tool_calls)


def test_a_partial_message_holds_complete_calls_as_calls_and_incomplete_ones_as_invalid() -> None:
    builder = ResponseBuilder()
    events: list[StreamEvent] = [
        ReasoningDelta("hm"),
        TextDelta("so"),
        ToolCallStart(index=0, id="done", name="f"),
        ToolCallDelta(index=0, arguments_text='{"a": 1}'),
        ToolCallStart(index=1, id="cut", name="g"),
        ToolCallDelta(index=1, arguments_text='{"a"'),
        ToolCallStart(index=2, id="begun", name="h"),
    ]
    for event in events:
        builder.add(event)

    partial = builder.partial()

    assert ("so", (ReasoningPart("hm"),)) == (partial.content, partial.reasoning)
    assert ["done"] == [call.id for call in partial.tool_calls]
    assert [("cut", '{"a"'), ("begun", "")] == [(call.id, call.arguments_text) for call in partial.invalid_tool_calls]


def test_no_events_raise_stream_interrupted_error_with_an_empty_partial_message() -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        response_from_events([])

    assert AssistantMessage() == caught.value.partial


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([ToolCallDelta(index=3, arguments_text="{")], "ToolCallDelta: no call with index 3 has begun"),
        ([ToolCallStart(index=1, id="c", name="f")] * 2, "ToolCallStart: a second call with index 1"),
        ([StreamEnd(response=ChatResponse(message=AssistantMessage("")))] * 2, "an event after the end"),
        ([StreamEnd(response=ChatResponse(message=AssistantMessage(""))), TextDelta("x")], "an event after the end"),
    ],
)
def test_events_that_contradict_each_other_raise_value_error(events: list[StreamEvent], problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        response_from_events(events)

    assert problem == str(caught.value)


def _response(message: AssistantMessage) -> ChatResponse:
    return ChatResponse(message=message)


def _text(event: StreamEvent) -> str | None:
    match event:
        case TextDelta(text) | ReasoningDelta(text):
            return text
        case ToolCallDelta(arguments_text=text):
            return text
        case _:
            return None
