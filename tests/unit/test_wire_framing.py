"""From bytes to events, however the network has split them."""

import pytest

from llm_core.domain.errors import BadResponseError
from llm_core.wires import framing
from llm_core.wires.body_buffer import MAX_BODY, MAX_ERROR, BodyBuffer
from llm_core.wires.framing import NDJSONDecoder, SSEDecoder, StreamFramer, is_json, json_object

MEBIBYTE = b"x" * 1024 * 1024
ENDS = ["\n", "\r", "\r\n"]
STREAM = (
    ': a comment|event: message|id: 7|retry: 10|data: {"a": 1}||data:{"b":|data: 2}||'
    ' data: {"no": 0}|data|nonsense||data: {"c": "ü\u2028\x85"}||'
)


def fed(framing: StreamFramer, *pieces: bytes) -> list[bytes]:
    return [event for piece in pieces for event in framing.feed(piece)] + framing.end()


def in_two(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(body[:at], body[at:]) for at in range(len(body) + 1)]


@pytest.mark.parametrize("end", ENDS)
def test_events_are_the_same_wherever_they_are_split(end: str) -> None:
    body = STREAM.replace("|", end).encode()

    seen = [fed(SSEDecoder(), *halves) for halves in in_two(body)]
    seen.append(fed(SSEDecoder(), *(body[at : at + 1] for at in range(len(body)))))

    expected = [b'{"a": 1}', b'{"b":\n2}', '{"c": "ü\u2028\x85"}'.encode()]
    assert [expected] * len(seen) == seen


@pytest.mark.parametrize("end", ENDS)
def test_lines_are_the_same_wherever_they_are_split(end: str) -> None:
    body = '{"a": 1}||  |{"b": "\u2028\x85"}|{"c": 3}'.replace("|", end).encode()

    seen = [fed(NDJSONDecoder(), *halves) for halves in in_two(body)]

    assert [[b'{"a": 1}', '{"b": "\u2028\x85"}'.encode(), b'{"c": 3}']] * len(seen) == seen


@pytest.mark.parametrize("framing", [SSEDecoder, NDJSONDecoder])
def test_a_byte_order_mark_is_passed_over(framing: type[StreamFramer]) -> None:
    body = "\ufeffdata: {}\n\n" if framing is SSEDecoder else "\ufeff{}\n"

    seen = [fed(framing(), *halves) for halves in in_two(body.encode())]

    assert {"{}"} == {event.decode("utf-8-sig") for (event,) in seen}
    assert {} == json_object("\ufeff{}".encode())


def test_an_event_that_comes_alone_is_read_as_any_other() -> None:
    pieces = [b'data: {"a": 1}\n\n', b'data: {"b"', b": 2}\n\n", b'data: {"c": 3}\n\n']

    seen = fed(SSEDecoder(), *pieces)

    assert [b'{"a": 1}', b'{"b": 2}', b'{"c": 3}'] == seen


def test_an_event_in_several_lines_may_look_like_one_that_comes_alone() -> None:
    pieces = [b"data: [\n", b"data: {}\n\n"]

    seen = fed(SSEDecoder(), *pieces)

    assert [b"[\n{}"] == seen


@pytest.mark.parametrize("last", [b'data: {"a": 1}', b'data: {"a": 1}\n', b'data: {"a": 1}\r', b'data: {"a": 1}\r\n'])
def test_the_last_event_may_lack_the_line_after_it(last: bytes) -> None:
    stream = SSEDecoder()

    seen = stream.feed(last), stream.end(), stream.end()

    assert ([], [b'{"a": 1}'], []) == seen


@pytest.mark.parametrize("last", [b'data: {"a": ', b"data: {", b"data: 1", b"data:", b"da", b"\xff"])
def test_half_an_event_at_the_end_is_none(last: bytes) -> None:
    seen = fed(SSEDecoder(), last)

    assert [] == seen


@pytest.mark.parametrize(("events", "last"), [([b'{"a": 1}'], b'{"a": 1}'), ([], b'{"a": '), ([], b"")])
def test_the_last_line_counts_if_it_is_whole(events: list[bytes], last: bytes) -> None:
    seen = fed(NDJSONDecoder(), last)

    assert events == seen


@pytest.mark.parametrize("done", [b"data: [DONE]\n\n", b"data:[DONE] \r\n\r\n", b"data: [DONE]"])
def test_after_the_word_that_it_is_done_nothing_comes(done: bytes) -> None:
    stream = SSEDecoder()

    seen = fed(stream, b'data: {"a": 1}\n\n', done), stream.done, stream.feed(b"data: {}\n\ndata: 1\n\n")[1:]

    assert ([b'{"a": 1}'], True, []) == seen


def test_before_anything_came_nothing_is_over_or_has_begun() -> None:
    stream, lines = SSEDecoder(), NDJSONDecoder()

    seen = [stream.done, stream.has_begun, lines.done, lines.has_begun]

    assert [False] * 4 == seen


def test_white_space_is_no_beginning() -> None:
    stream, lines = SSEDecoder(), NDJSONDecoder()

    stream.feed(b" \r\n\n")
    lines.feed(b"{")

    assert (False, True) == (stream.has_begun, lines.has_begun)


def test_an_empty_event_is_none() -> None:
    seen = fed(SSEDecoder(), b"data:\n\ndata: \n\n\n\n")

    assert [] == seen


@pytest.mark.parametrize(
    ("endless", "first", "more"),
    [
        (SSEDecoder(), b"data: ", MEBIBYTE),
        (SSEDecoder(), b"", b"data: " + MEBIBYTE + b"\n"),
        (SSEDecoder(), b": ", MEBIBYTE),
        (NDJSONDecoder(), b'{"a": "', MEBIBYTE),
    ],
    ids=["one line", "many lines", "a comment", "a line of JSON"],
)
def test_an_event_without_an_end_is_a_bad_response(endless: StreamFramer, first: bytes, more: bytes) -> None:
    for mebibytes in range(15):
        endless.feed(more if mebibytes else first + more)
    with pytest.raises(BadResponseError) as caught:
        endless.feed(more)

    assert 16 * len(MEBIBYTE) == framing.MAX_EVENT
    assert f"an event of more than {framing.MAX_EVENT} bytes" == caught.value.detail


def test_an_event_of_just_as_many_bytes_is_read() -> None:
    event = b"data: " + b"x" * (framing.MAX_EVENT - len("data: "))

    seen = fed(SSEDecoder(), event + b"\n", b"\n")

    assert [event.removeprefix(b"data: ")] == seen


def test_many_events_are_no_large_one() -> None:
    stream, event = SSEDecoder(), b"data: " + MEBIBYTE + b"\n\n"

    seen = [len(stream.feed(event)) for _ in range(20)]

    assert [1] * 20 == seen


@pytest.mark.parametrize(
    "broken",
    [
        *(b"", b" ", b"null", b"[]", b"[{}]", b"7", b'"a"', b"{", b"}", b'{"a": 1} {}', b"{'a': 1}"),
        *(b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": "\xff"}'),
        *(b'{"a": ' + b"[" * 100_000, b"<html>", '{"a": 1}'.encode("utf-16")),
    ],
)
def test_what_is_no_json_object_is_a_bad_response(broken: bytes) -> None:
    with pytest.raises(BadResponseError) as caught:
        json_object(broken)

    assert caught.value.detail
    assert len(caught.value.detail) <= 2_000
    assert not is_json(broken)


def test_a_body_that_is_no_json_is_told_as_far_as_it_can_be_read() -> None:
    seen = []
    for body in (b"", b"<\xff>", b"x" * 3_000):
        with pytest.raises(BadResponseError) as caught:
            json_object(body)
        seen.append(caught.value.detail)

    assert ["an empty body", "<\ufffd>", "x" * 2_000] == seen


@pytest.mark.parametrize("whole", [b"{}", b' {"a": 1}\n', b'{"a": {"a": [1e400]}}', b'{"a": "\\ud83d"}'])
def test_a_json_object_is_one(whole: bytes) -> None:
    assert json_object(whole) is not None
    assert is_json(whole)


def test_a_body_is_read_whole_up_to_its_bound() -> None:
    body = BodyBuffer(is_answer=True)

    body.feed(b"a")
    body.feed(b"x" * (MAX_BODY - 1))
    with pytest.raises(BadResponseError) as caught:
        body.feed(b"x")

    assert f"a body of more than {MAX_BODY} bytes" == caught.value.detail
    assert not body.done


def test_of_an_error_no_more_is_read_than_is_told() -> None:
    body = BodyBuffer(is_answer=False)

    before = body.done
    body.feed(b"x" * MAX_ERROR)
    body.feed(b"y")

    assert (False, True) == (before, body.done)
    assert b"x" * MAX_ERROR + b"y" == body.read()
