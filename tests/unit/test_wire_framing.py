"""From bytes to events, however the network splits them."""

import pytest

from llm_core.domain.errors import BadResponseError
from llm_core.wires import framing
from llm_core.wires.body_buffer import MAX_BODY, BodyBuffer
from llm_core.wires.framing import NDJSONDecoder, SSEDecoder, StreamFramer, is_json_object, parse_json_object

MEBIBYTE = b"x" * 1024 * 1024
ENDS = ["\n", "\r", "\r\n"]
STREAM = (
    ': a comment|event: message|id: 7|retry: 10|data: {"a": 1}||data:{"b":|  |data: 2}||'
    ' data: {"no": 0}|data|nonsense||data: {"c": "ü\u2028\x85"}||'
)


def fed(framing: StreamFramer, *packets: bytes) -> list[bytes]:
    return [event for packet in packets for event in framing.feed(packet)] + framing.end()


def in_two(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(body[:at], body[at:]) for at in range(len(body) + 1)]


@pytest.mark.parametrize("end", ENDS)
def test_packets_may_split_events_anywhere(end: str) -> None:
    body = STREAM.replace("|", end).encode()

    seen = [fed(SSEDecoder(), *packets) for packets in in_two(body)]
    seen.append(fed(SSEDecoder(), *(body[at : at + 1] for at in range(len(body)))))

    expected = [b'{"a": 1}', b'{"b":\n2}', '{"c": "ü\u2028\x85"}'.encode()]
    assert [expected] * len(seen) == seen


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        (b'{"error":{"message":"no"}}', 'event: error|data: {"message": "no"}||'),
        (b'{"type": "error", "error": {}}', 'event: error|data: {"type": "error", "error": {}}||'),
        (b'{"error":"it is broken"}', "event: error|data: it is broken||"),
        (b'{"error":{"code":400}}', 'error: {"code": 400}||'),
        (b'{"error":["no"]}', 'data: ["no"]|event:error||'),
    ],
)
def test_the_data_of_an_event_named_error_is_an_error(expected: bytes, body: str) -> None:
    body = f'data: {{"a": 1}}||event: ping||event: error||data: {{"b": 2}}||{body}data: {{"c": 3}}||'

    seen = [fed(SSEDecoder(), *packets) for end in ENDS for packets in in_two(body.replace("|", end).encode())]

    assert {(b'{"a": 1}', b'{"b": 2}', expected, b'{"c": 3}')} == set(map(tuple, seen))


@pytest.mark.parametrize("end", ENDS)
def test_packets_may_split_lines_anywhere(end: str) -> None:
    body = '{"a": 1}||  |{"b": "\u2028\x85"}|{"c": 3}'.replace("|", end).encode()

    seen = [fed(NDJSONDecoder(), *packets) for packets in in_two(body)]

    assert [[b'{"a": 1}', '{"b": "\u2028\x85"}'.encode(), b'{"c": 3}']] * len(seen) == seen


@pytest.mark.parametrize("framing", [SSEDecoder, NDJSONDecoder])
def test_a_byte_order_mark_is_ignored(framing: type[StreamFramer]) -> None:
    body = "\ufeffdata: {}\n\n" if framing is SSEDecoder else "\ufeff{}\n"

    seen = [fed(framing(), *packets) for packets in in_two(body.encode())]

    assert {"{}"} == {event.decode("utf-8-sig") for (event,) in seen}
    assert {} == parse_json_object("\ufeff{}".encode())


def test_a_packet_of_exactly_one_event_is_split_as_any_other() -> None:
    packets = [b'data: {"a": 1}\n\n', b'data: {"b"', b": 2}\n\n", b'data: {"c": 3}\n\n']

    seen = fed(SSEDecoder(), *packets)

    assert [b'{"a": 1}', b'{"b": 2}', b'{"c": 3}'] == seen


def test_a_packet_that_looks_like_one_event_may_continue_another() -> None:
    packets = [b"data: [\n", b"data: {}\n\n"]

    seen = fed(SSEDecoder(), *packets)

    assert [b"[\n{}"] == seen


@pytest.mark.parametrize("last", [b'data: {"a": 1}', b'data: {"a": 1}\n', b'data: {"a": 1}\r', b'data: {"a": 1}\r\n'])
def test_the_last_event_may_lack_its_empty_line(last: bytes) -> None:
    stream = SSEDecoder()

    seen = stream.feed(last), stream.end(), stream.end()

    assert ([], [b'{"a": 1}'], []) == seen


@pytest.mark.parametrize("last", [b'data: {"a": ', b"data: {", b"data: 1", b"data:", b"da", b"\xff"])
def test_an_incomplete_event_at_the_end_is_dropped(last: bytes) -> None:
    seen = fed(SSEDecoder(), last)

    assert [] == seen


@pytest.mark.parametrize(("events", "last"), [([b'{"a": 1}'], b'{"a": 1}'), ([], b'{"a": '), ([], b"")])
def test_the_last_line_may_lack_its_line_end_if_it_is_complete(events: list[bytes], last: bytes) -> None:
    seen = fed(NDJSONDecoder(), last)

    assert events == seen


@pytest.mark.parametrize("done", [b"data: [DONE]\n\n", b"data:[DONE] \r\n\r\n", b"data: [DONE]"])
def test_events_after_the_end_marker_are_dropped(done: bytes) -> None:
    stream = SSEDecoder()

    seen = fed(stream, b'data: {"a": 1}\n\n', done), stream.done, stream.feed(b"data: {}\n\ndata: 1\n\n")[1:]

    assert ([b'{"a": 1}'], True, []) == seen


def test_a_new_framer_has_not_begun_and_is_not_done() -> None:
    stream, lines = SSEDecoder(), NDJSONDecoder()

    seen = [stream.done, stream.has_begun, lines.done, lines.has_begun]

    assert [False] * 4 == seen


def test_white_space_does_not_begin_a_stream() -> None:
    stream, lines = SSEDecoder(), NDJSONDecoder()

    stream.feed(b" \r\n\n")
    lines.feed(b"{")

    assert (False, True) == (stream.has_begun, lines.has_begun)


def test_empty_events_are_dropped() -> None:
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


def test_events_of_exactly_the_bound_are_decoded() -> None:
    event = b"data: " + b"x" * (framing.MAX_EVENT - len("data: "))

    seen = fed(SSEDecoder(), event + b"\n", b"\n", event + b"\n", b"\n")

    assert [event.removeprefix(b"data: ")] * 2 == seen


def test_the_bound_is_for_each_event() -> None:
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
def test_data_that_is_not_a_json_object_is_a_bad_response(broken: bytes) -> None:
    with pytest.raises(BadResponseError) as caught:
        parse_json_object(broken)

    assert caught.value.detail
    assert len(caught.value.detail) <= 2_000
    assert not is_json_object(broken)


def test_the_detail_of_a_bad_response_is_the_start_of_the_body() -> None:
    seen = []
    for body in (b"", b"<\xff>", b"x" * 3_000):
        with pytest.raises(BadResponseError) as caught:
            parse_json_object(body)
        seen.append(caught.value.detail)

    assert ["an empty body", "<\ufffd>", "x" * 2_000] == seen


@pytest.mark.parametrize("whole", [b"{}", b' {"a": 1}\n', b'{"a": {"a": [1e400]}}', b'{"a": "\\ud83d"}'])
def test_a_json_object_is_decoded(whole: bytes) -> None:
    assert parse_json_object(whole) is not None
    assert is_json_object(whole)


def test_the_body_of_an_answer_beyond_the_bound_is_a_bad_response() -> None:
    body = BodyBuffer(is_answer=True)

    body.feed(b"a")
    body.feed(b"x" * (MAX_BODY - 1))
    with pytest.raises(BadResponseError) as caught:
        body.feed(b"x")

    assert f"a body of more than {MAX_BODY} bytes" == caught.value.detail
    assert not body.done


def test_the_body_of_an_error_is_done_at_its_bound() -> None:
    body = BodyBuffer(is_answer=False)

    before = body.done
    body.feed(b"x" * 20_000)
    body.feed(b"y")

    assert (False, True) == (before, body.done)
    assert b"x" * 20_000 + b"y" == body.read()
