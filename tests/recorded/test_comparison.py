"""The comparison reports a wrong value in every field."""

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatResponse,
    FinishReason,
    InvalidRequestError,
    InvalidToolCall,
    RateLimitError,
    ReasoningPart,
    ServerError,
    StreamInterruptedError,
    ToolCall,
    Usage,
)

from .calling import Play, Seen
from .comparison import differences
from .exchanges import Exchange, Expected, ExpectedCall, ExpectedError, ExpectedUsage
from .expected_differences import KnownDifference, reason_for

CALL = ExpectedCall(id="call_1", name="now", args={"exact": True}, args_raw='{"exact": true}')
OK = Expected(
    kind="ok",
    text="Hi.",
    reasoning="Hm.",
    tool_calls=[CALL],
    usage=ExpectedUsage(input=5, output=0),
    finish="tool_calls",
    finish_raw="tool_use",
    finish_ok=["tool_calls"],
)
LATE = Expected(kind="error", text="", error=ExpectedError(ok_classes=["rate_limit"], status=429, retry_after_s=1.5))
CUT = Expected(kind="truncated", text="Hi")
RIGHT_CALL = ToolCall(id="call_1", name="now", arguments={"exact": True}, arguments_text='{"exact": true}')
MESSAGE = AssistantMessage("Hi.", reasoning=[ReasoningPart("Hm.")], tool_calls=[RIGHT_CALL])
RIGHT = ChatResponse(message=MESSAGE, raw_finish_reason="tool_use", usage=Usage(input_tokens=5, output_tokens=0))
RIGHT_ERROR = RateLimitError(status_code=429, retry_after=1.5, request_id="req_1")


def _fields(expected: Expected, outcome: ChatResponse | Exception, from_events: ChatResponse | None = None) -> set[str]:
    return {found.field for found in differences(_play(expected), Seen(outcome, from_events))}


def _play(expected: Expected) -> Play:
    failed = expected.kind == "error"
    exchange = Exchange(
        id="made-up",
        wire="openai_chat",
        provider="openai",
        host="api.openai.com",
        url_path="/v1/chat/completions",
        status=429 if failed else 200,
        response_headers={"x-request-id": "req_1"} if failed else {},
        response_body="{}",
        stream=not failed,
        expected=expected,
    )
    return Play(exchange, "stream", "events")


def _with(message: AssistantMessage) -> ChatResponse:
    return attrs.evolve(RIGHT, message=message)


def _called(call: ToolCall) -> ChatResponse:
    return _with(attrs.evolve(MESSAGE, tool_calls=[call]))


def test_a_right_answer_has_no_difference() -> None:
    outcome = RIGHT

    fields = _fields(OK, outcome, from_events=RIGHT)

    assert set() == fields


@pytest.mark.parametrize(
    ("field", "outcome"),
    [
        ("text", _with(attrs.evolve(MESSAGE, content="Hi"))),
        ("reasoning", _with(attrs.evolve(MESSAGE, reasoning=[]))),
        ("calls", _with(attrs.evolve(MESSAGE, tool_calls=[]))),
        ("call.id", _called(attrs.evolve(RIGHT_CALL, id="call_2"))),
        ("call.text", _called(attrs.evolve(RIGHT_CALL, arguments_text='{"exact":true}'))),
        ("call.text", _called(attrs.evolve(RIGHT_CALL, arguments_text=None))),
        ("call.arguments", _called(attrs.evolve(RIGHT_CALL, arguments={"exact": 1}, arguments_text=None))),
        ("usage.input", attrs.evolve(RIGHT, usage=Usage(input_tokens=6, output_tokens=0))),
        ("usage.output", attrs.evolve(RIGHT, usage=Usage(input_tokens=5))),
        ("usage.cached", attrs.evolve(RIGHT, usage=Usage(input_tokens=5, output_tokens=0, cache_read_tokens=0))),
        ("usage.cache_write", attrs.evolve(RIGHT, usage=Usage(input_tokens=5, output_tokens=0, cache_write_tokens=0))),
        ("usage.reasoning", attrs.evolve(RIGHT, usage=Usage(input_tokens=5, output_tokens=0, reasoning_tokens=0))),
        ("usage.input", attrs.evolve(RIGHT, usage=None)),
        ("finish", attrs.evolve(RIGHT, finish_reason=FinishReason.LENGTH)),
        ("raw_finish", attrs.evolve(RIGHT, raw_finish_reason="tool_calls")),
        ("error_class", ServerError()),
        ("error_class", KeyError("choices")),
    ],
)
def test_a_wrong_field_of_an_answer_is_reported(field: str, outcome: ChatResponse | Exception) -> None:
    expected = OK

    fields = _fields(expected, outcome)

    assert field in fields


def test_events_that_differ_from_the_stream_end_are_reported() -> None:
    from_events = _with(AssistantMessage("Hi."))

    fields = _fields(OK, RIGHT, from_events)

    assert {"events"} == fields


def test_arguments_that_are_not_an_object_must_be_an_invalid_tool_call() -> None:
    expected = attrs.evolve(OK, tool_calls=[attrs.evolve(CALL, args=None, args_raw="{")], finish="length")
    invalid = InvalidToolCall(id="call_1", name="now", arguments_text="{", problem="cut off")
    outcome = _with(attrs.evolve(MESSAGE, tool_calls=[], invalid_tool_calls=[invalid]))

    fields = (_fields(expected, outcome), _fields(expected, RIGHT))

    assert (set(), {"call.arguments", "call.text"}) == fields


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        (set(), RIGHT_ERROR),
        ({"error_class"}, RIGHT),
        ({"error_class"}, InvalidRequestError(status_code=429, retry_after=1.5, request_id="req_1")),
        ({"status"}, RateLimitError(status_code=500, retry_after=1.5, request_id="req_1")),
        ({"retry_after"}, RateLimitError(status_code=429, retry_after=2.0, request_id="req_1")),
        ({"retry_after"}, RateLimitError(status_code=429, request_id="req_1")),
        ({"request_id"}, RateLimitError(status_code=429, retry_after=1.5)),
    ],
)
def test_a_wrong_field_of_an_error_is_reported(fields: set[str], outcome: ChatResponse | ChatError) -> None:
    expected = LATE

    seen = _fields(expected, outcome)

    assert fields == seen


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        (set(), StreamInterruptedError(partial=AssistantMessage("Hi"))),
        ({"partial"}, StreamInterruptedError()),
        ({"error_class"}, ServerError(partial=AssistantMessage("Hi"))),
        ({"error_class"}, RIGHT),
    ],
)
def test_an_answer_that_broke_off_must_be_an_error_with_the_partial_text(
    fields: set[str], outcome: ChatResponse | ChatError
) -> None:
    expected = CUT

    seen = _fields(expected, outcome)

    assert fields == seen


def test_a_known_difference_explains_only_its_values() -> None:
    play = _play(OK)
    (found,) = differences(play, Seen(attrs.evolve(RIGHT, raw_finish_reason="tool_calls")))
    table = [KnownDifference(reason="so it is", field="raw_finish", wire="openai_chat", seen='"stop"')]

    reasons = (reason_for(found, table), reason_for(attrs.evolve(found, seen='"stop"'), table))

    assert (None, "so it is") == reasons


def test_an_entry_that_no_longer_occurs_is_reported() -> None:
    play = _play(OK)
    entry = KnownDifference(reason="so it was", field="text", ids=["made-up", "not-here"])

    unseen = entry.unseen([play.exchange], differences(play, Seen(RIGHT)))

    assert ["made-up"] == unseen
