"""One exchange: from the head and the bytes of an answer to what it is."""

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
from llm_core.providers.registry import PROFILES
from llm_core.transport.error_mapping import ErrorContext
from llm_core.transport.http_answer import HTTPAnswer
from llm_core.transport.http_types import is_answer
from llm_core.wires.body_buffer import MAX_ERROR, MAX_STREAM

KEY = "the-key-of-a-test"
BODY = json.dumps({"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}).encode()
BEGIN = b'data: {"choices": [{"delta": {"content": "Hi."}}]}\n\n'
STOP = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'


def exchange(*, stream: bool, model: str = "openai/x") -> HTTPAnswer:
    asked = ErrorContext(provider=model.partition("/")[0], model=model, secrets=(KEY,))
    return HTTPAnswer(
        context=asked,
        profile=PROFILES[asked.provider or ""],
        provider=asked.provider or "",
        stream=stream,
        ignored=("seed",),
        price=lambda _: None,
    )


def streamed(one: HTTPAnswer, *pieces: bytes) -> list[StreamEvent]:
    one.begin(200, {})
    return [event for piece in pieces for event in one.feed(piece)] + list(one.end())


def failing(one: HTTPAnswer, error: Exception) -> ChatError:
    return one.failure(error)


def test_an_answer_that_comes_whole_is_read_at_its_end() -> None:
    one = exchange(stream=False)

    one.begin(200, {})
    for at in range(len(BODY)):
        one.feed_body(BODY[at : at + 1])

    assert not one.done
    assert ("Hi.", ("seed",)) == (one.response().text, one.response().ignored_settings)


def test_a_stream_is_read_as_it_comes() -> None:
    seen = streamed(exchange(stream=True), BEGIN, STOP, b"data: [DONE]\n\n")

    assert [TextDelta("Hi."), StreamEnd] == [seen[0], type(seen[-1])]


@pytest.mark.parametrize("model", ["openai/x", "anthropic/claude-sonnet-4-5"])
@pytest.mark.parametrize("status", [200, 201])
def test_an_error_that_comes_whole_where_a_stream_was_due_is_one(status: int, model: str) -> None:
    one = exchange(stream=True, model=model)
    one.begin(status, {"content-type": "text/event-stream"})

    told = [event for piece in (b" \n", b'{"error": {"mes', b'sage": "no"}}') for event in one.feed(piece)]

    assert [] == told
    with pytest.raises(ServerError):
        list(one.end())


def test_an_answer_that_comes_whole_where_a_stream_was_due_is_one() -> None:
    seen = streamed(exchange(stream=True), BODY)

    assert [TextDelta("Hi."), StreamEnd] == [seen[0], type(seen[-1])]


def test_lines_of_json_are_a_stream_of_their_own() -> None:
    lines = [{"message": {"content": "Hi."}}, {"message": {"content": ""}, "done": True}]

    seen = streamed(exchange(stream=True, model="ollama_chat/x"), *(json.dumps(one).encode() + b"\n" for one in lines))

    assert [TextDelta("Hi."), StreamEnd] == [seen[0], type(seen[-1])]


def test_the_last_event_may_lack_its_end() -> None:
    seen = streamed(exchange(stream=True), BEGIN, STOP.rstrip())

    assert StreamEnd is type(seen[-1])


def test_a_stream_is_over_where_the_framing_or_the_wire_says_so() -> None:
    openai, anthropic = exchange(stream=True), exchange(stream=True, model="anthropic/claude-sonnet-4-5")

    before = openai.done
    for one, last in ((openai, b"data: [DONE]\n\n"), (anthropic, b'data: {"type": "message_stop"}\n\n')):
        one.begin(200, {})
        list(one.feed(last))

    assert (False, True, True) == (before, openai.done, anthropic.done)


def test_of_an_error_no_more_is_read_than_is_told() -> None:
    one = exchange(stream=True)

    one.begin(500, {})
    list(one.feed(b"x" * MAX_ERROR))

    assert one.done
    with pytest.raises(ServerError) as caught:
        list(one.end())
    assert "x" * 2_000 == caught.value.detail


def test_a_refusal_tells_all_that_was_told() -> None:
    one = exchange(stream=False)
    one.begin(429, {"retry-after": "3", "x-request-id": f"for-{KEY}"})
    one.feed_body(f"not with {KEY}".encode())

    with pytest.raises(RateLimitError) as caught:
        one.response()

    error = caught.value
    assert (429, 3.0, "for-****", "not with ****") == (
        error.status_code,
        error.retry_after,
        error.request_id,
        error.detail,
    )


@pytest.mark.parametrize(("expected", "status"), [(False, 199), (True, 200), (True, 299), (False, 300)])
def test_an_answer_follows_where_the_status_says_so(*, expected: bool, status: int) -> None:
    assert expected is is_answer(status)


def test_what_nobody_began_holds_nothing() -> None:
    one = exchange(stream=False)

    one.feed_body(BODY)

    with pytest.raises(BadResponseError):
        one.response()


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        (ConnectionFailedError, None, OSError("refused")),
        (StreamInterruptedError, 200, OSError("reset")),
        (ConnectionFailedError, 500, OSError("reset")),
        (InvalidRequestError, None, KeyError("choices")),
        (BadResponseError, 200, KeyError("choices")),
    ],
)
def test_a_fault_is_told_apart_by_whether_an_answer_had_begun(
    kind: type[ChatError], status: int | None, error: Exception
) -> None:
    one = exchange(stream=True)
    if status is not None:
        one.begin(status, {"x-request-id": "request-1"})

    seen = failing(one, error)

    told = ("request-1", AssistantMessage()) if status == 200 else (None, None)
    assert (kind, "openai", "openai/x", *told) == (type(seen), seen.provider, seen.model, seen.request_id, seen.partial)
    assert (None, None) == (seen.__context__, seen.__traceback__)


def test_what_had_arrived_is_told_with_the_fault() -> None:
    one = exchange(stream=True)
    one.begin(200, {})
    list(one.feed(BEGIN))

    seen = failing(one, StreamInterruptedError())

    assert AssistantMessage("Hi.") == seen.partial
    assert "llm_core: found while decoding the answer" == str(seen.__cause__)


def test_a_fault_shows_no_key_and_no_more_than_is_promised() -> None:
    seen = failing(exchange(stream=False), OSError(f"{KEY} " + "x" * 10_000))

    assert KEY not in (seen.detail or "")
    assert 1_900 < len(seen.detail or "") <= 2_000


def test_what_an_exchange_shows_of_itself_holds_no_words_of_the_providers() -> None:
    one = exchange(stream=True)
    one.begin(200, {"x-said": "a word of theirs"})
    list(one.feed(BEGIN + b"data: half"))

    shown = repr(one)

    assert not [word for word in ("Hi.", "half", "a word of theirs", KEY) if word in shown]


def test_a_stream_without_an_end_is_a_bad_response() -> None:
    one = exchange(stream=True)
    one.begin(200, {})

    with pytest.raises(BadResponseError) as caught:
        list(one.feed(b":" * (MAX_STREAM + 1)))

    assert f"a stream of more than {MAX_STREAM} bytes" == caught.value.detail
