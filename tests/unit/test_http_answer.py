"""Tests for `HTTPAnswer`: from the head and the bytes of an HTTP response to a response, events or an error."""

import json

import pytest

from llm_core import AssistantMessage, ChatError, StreamEnd, StreamEvent, TextDelta
from llm_core.domain.errors import (
    BadResponseError,
    ConnectionFailedError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.providers.registry import find_profile
from llm_core.transport.error_mapping import ErrorContext
from llm_core.transport.http_answer import HTTPAnswer
from llm_core.transport.http_types import is_answer
from llm_core.wires.body_buffer import MAX_ERROR, MAX_STREAM
from llm_core.wires.endpoint import Endpoint

KEY = "the-key-of-a-test"
BODY = json.dumps({"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}).encode()
BEGIN = b'data: {"choices": [{"delta": {"content": "Hi."}}]}\n\n'
STOP = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'


def new_answer(*, stream: bool, model: str = "openai/x") -> HTTPAnswer:
    provider = model.partition("/")[0]
    context = ErrorContext(provider=provider, model=model, secrets=(KEY,))
    profile = find_profile(provider)
    assert profile is not None
    return HTTPAnswer(
        context=context,
        wire=profile.wire,
        endpoint=Endpoint(provider=provider, model=model, base_url="https://provider.test"),
        stream=stream,
        ignored=("seed",),
        price=lambda _: None,
    )


def events_of(answer: HTTPAnswer, *chunks: bytes) -> list[StreamEvent]:
    answer.begin(200, {})
    return [event for chunk in chunks for event in answer.feed(chunk)] + list(answer.end())


def failing(answer: HTTPAnswer, error: Exception) -> ChatError:
    return answer.failure(error)


def test_a_response_body_is_parsed_once_it_is_complete() -> None:
    answer = new_answer(stream=False)

    answer.begin(200, {})
    for at in range(len(BODY)):
        answer.feed_body(BODY[at : at + 1])

    assert not answer.done
    assert ("Hi.", ("seed",)) == (answer.response().text, answer.response().ignored_settings)


def test_a_stream_yields_events_while_it_arrives() -> None:
    seen = events_of(new_answer(stream=True), BEGIN, STOP, b"data: [DONE]\n\n")

    assert [TextDelta("Hi."), StreamEnd] == [seen[0], type(seen[-1])]


@pytest.mark.parametrize("model", ["openai/x", "anthropic/claude-sonnet-4-5"])
@pytest.mark.parametrize("status", [200, 201])
def test_a_json_error_body_instead_of_a_stream_is_raised(status: int, model: str) -> None:
    answer = new_answer(stream=True, model=model)
    answer.begin(status, {"content-type": "text/event-stream"})

    events = [event for chunk in (b" \n", b'{"error": {"mes', b'sage": "no"}}') for event in answer.feed(chunk)]

    assert [] == events
    with pytest.raises(ServerError):
        list(answer.end())


def test_a_json_response_instead_of_a_stream_is_yielded_as_events() -> None:
    seen = events_of(new_answer(stream=True), BODY)

    assert [TextDelta("Hi."), StreamEnd] == [seen[0], type(seen[-1])]


def test_ndjson_lines_are_read_as_a_stream() -> None:
    lines = [{"message": {"content": "Hi."}}, {"message": {"content": ""}, "done": True}]

    seen = events_of(
        new_answer(stream=True, model="ollama_chat/x"), *(json.dumps(line).encode() + b"\n" for line in lines)
    )

    assert [TextDelta("Hi."), StreamEnd] == [seen[0], type(seen[-1])]


def test_the_last_event_may_lack_its_blank_line() -> None:
    seen = events_of(new_answer(stream=True), BEGIN, STOP.rstrip())

    assert StreamEnd is type(seen[-1])


def test_a_stream_is_done_at_the_framers_or_the_wires_end_marker() -> None:
    openai, anthropic = new_answer(stream=True), new_answer(stream=True, model="anthropic/claude-sonnet-4-5")

    before = openai.done
    for answer, marker in ((openai, b"data: [DONE]\n\n"), (anthropic, b'data: {"type": "message_stop"}\n\n')):
        answer.begin(200, {})
        list(answer.feed(marker))

    assert (False, True, True) == (before, openai.done, anthropic.done)


def test_an_error_body_is_read_up_to_a_limit_and_truncated_in_the_detail() -> None:
    answer = new_answer(stream=True)

    answer.begin(500, {})
    list(answer.feed(b"x" * MAX_ERROR))

    assert answer.done
    with pytest.raises(ServerError) as caught:
        list(answer.end())
    assert "x" * 2_000 == caught.value.detail


def test_an_http_error_carries_status_retry_after_request_id_and_masked_detail() -> None:
    answer = new_answer(stream=False)
    answer.begin(429, {"retry-after": "3", "x-request-id": f"for-{KEY}"})
    answer.feed_body(f"not with {KEY}".encode())

    with pytest.raises(RateLimitError) as caught:
        answer.response()

    error = caught.value
    assert (429, 3.0, "for-****", "not with ****") == (
        error.status_code,
        error.retry_after,
        error.request_id,
        error.detail,
    )


@pytest.mark.parametrize(("expected", "status"), [(False, 199), (True, 200), (True, 299), (False, 300)])
def test_only_a_2xx_status_is_an_answer(*, expected: bool, status: int) -> None:
    assert expected is is_answer(status)


def test_a_body_without_a_response_head_is_a_bad_response() -> None:
    answer = new_answer(stream=False)

    answer.feed_body(BODY)

    with pytest.raises(BadResponseError):
        answer.response()


@pytest.mark.parametrize(
    ("error_class", "status", "error"),
    [
        (ConnectionFailedError, None, OSError("refused")),
        (StreamInterruptedError, 200, OSError("reset")),
        (ConnectionFailedError, 500, OSError("reset")),
        (InvalidRequestError, None, KeyError("choices")),
        (BadResponseError, 200, KeyError("choices")),
    ],
)
def test_an_exception_is_classified_by_whether_the_response_had_begun(
    error_class: type[ChatError], status: int | None, error: Exception
) -> None:
    answer = new_answer(stream=True)
    if status is not None:
        answer.begin(status, {"x-request-id": "request-1"})

    seen = failing(answer, error)

    arrived = ("request-1", AssistantMessage()) if status == 200 else (None, None)
    assert (error_class, "openai", "openai/x", *arrived) == (
        type(seen),
        seen.provider,
        seen.model,
        seen.request_id,
        seen.partial,
    )
    assert (None, None) == (seen.__context__, seen.__traceback__)


def test_a_fault_in_a_stream_carries_the_partial_message() -> None:
    answer = new_answer(stream=True)
    answer.begin(200, {})
    list(answer.feed(BEGIN))

    seen = failing(answer, StreamInterruptedError())

    assert AssistantMessage("Hi.") == seen.partial
    assert "llm_core: found while decoding the answer" == str(seen.__cause__)


def test_the_detail_of_a_fault_is_masked_and_at_most_2000_characters() -> None:
    seen = failing(new_answer(stream=False), OSError(f"{KEY} " + "x" * 10_000))

    assert KEY not in (seen.detail or "")
    assert 1_900 < len(seen.detail or "") <= 2_000


def test_the_repr_of_an_answer_shows_neither_response_text_nor_the_key() -> None:
    answer = new_answer(stream=True)
    answer.begin(200, {"x-header": "a header value"})
    list(answer.feed(BEGIN + b"data: half"))

    shown = repr(answer)

    assert not [text for text in ("Hi.", "half", "a header value", KEY) if text in shown]


def test_a_stream_event_over_the_size_limit_is_a_bad_response() -> None:
    answer = new_answer(stream=True)
    answer.begin(200, {})

    with pytest.raises(BadResponseError) as caught:
        list(answer.feed(b":" * (MAX_STREAM + 1)))

    assert f"a stream of more than {MAX_STREAM} bytes" == caught.value.detail
