"""Tests of the parser of HTTP responses: what it refuses, and how a malformed body ends."""

import pytest

from llm_core.transport.response_head import MAX_HEAD, MalformedResponseError, ResponseHead
from llm_core.transport.response_parser import ResponseParser

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
LONG = b"y" * 110_000


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ("a response begins with HTTP/", b" "),
        ("a response begins with HTTP/", b"\x15\x03\x03\x00\x02\x02\x46"),
        ("a malformed status line", b"ICY 200 OK\r\n\r\n"),
        ("a malformed status line", b"\r\n" + OK + b"\r\n"),
        ("a switch of protocols that was not requested", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        ("a continuation line without a header", OK + b" x: y\r\n\r\n"),
        ("a continuation line without a header", OK + b"\tx: y\r\n\r\n"),
        ("a malformed header", OK + b"x\r\n\r\n"),
        ("a malformed header", OK + b"x : y\r\n\r\n"),
        ("a malformed header", OK + b"x: \0\r\n\r\n"),
        ("a transfer coding other than chunked", OK + b"transfer-encoding: gzip\r\n\r\n"),
        ("a transfer coding other than chunked", OK + b"transfer-encoding: chunked\r\n" * 2 + b"\r\n"),
        ("a malformed content-length", OK + b"content-length: -1\r\n\r\n"),
        ("a malformed content-length", OK + b"content-length: 1, 2\r\n\r\n"),
        ("a malformed content-length", OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\n"),
        ("a malformed content-length", OK + b"content-length: " + b"0" * 21 + b"\r\n\r\n"),
        (f"a head of more than {MAX_HEAD} bytes", OK + b"x: " + b"y" * MAX_HEAD + b"\r\n\r\n"),
        ("more than 102400 bytes without an empty line", OK + b"x: " + LONG),
    ],
)
def test_a_malformed_head_is_refused(message: str, sent: bytes) -> None:
    parser = ResponseParser()

    with pytest.raises(MalformedResponseError) as caught:
        parser.feed(sent)

    assert (message, None, False) == (str(caught.value), parser.head, parser.done)


@pytest.mark.parametrize(
    ("body", "failure", "sent"),
    [
        (b"", "a chunk with a malformed size", b"x\r\n"),
        (b"abc", "a chunk with a malformed size", b"3\r\nabc\r\n-1\r\n"),
        (b"abc", "a chunk that is longer than its size", b"3\r\nabcd\r\n"),
        (b"abc", "a chunk that is longer than its size", b"3\r\nabc\rd"),
        (b"", "more than 102400 bytes without a line end", b"0;" + LONG),
        (b"abc", "trailers: a malformed header", b"3\r\nabc\r\n0\r\nx\r\n\r\n"),
        (b"", "trailers: a continuation line without a header", b"0\r\n x: y\r\n\r\n"),
        (b"", "trailers: more than 102400 bytes without an empty line", b"0\r\nx: " + LONG),
    ],
)
def test_a_malformed_chunk_ends_the_body_and_keeps_the_data_before_it(body: bytes, failure: str, sent: bytes) -> None:
    parser = ResponseParser()

    seen = parser.feed(CHUNKED + sent)

    assert (body, failure, True) == (seen, parser.failure, parser.done)


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n", b"\r\n\n"])
def test_lines_end_with_or_without_a_carriage_return(end: bytes) -> None:
    parser = ResponseParser()

    body = parser.feed(b"HTTP/1.1 200 OK\ncontent-length: 2" + end + b"hi")

    assert (b"hi", True, "") == (body, parser.done, parser.failure)


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_the_empty_line_behind_the_last_chunk_may_come_in_a_packet_of_its_own(end: bytes) -> None:
    parser = ResponseParser()

    seen = [(parser.feed(packet), parser.done) for packet in (CHUNKED + b"2\r\nhi\r", b"\n0\r\n", end)]

    assert [(b"hi", False), (b"", False), (b"", True)] == seen


def test_chunks_that_end_with_their_packets_are_read() -> None:
    parser = ResponseParser()

    seen = [(parser.feed(packet), parser.done) for packet in (CHUNKED, b"2\r\nhi\r\n", b"1\r\n!\r\n", b"0\r\n\r\n")]

    assert [(b"", False), (b"hi", False), (b"!", False), (b"", True)] == seen


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (b"a b", b"x: a\r\n b\r\n"),
        (b"a b c", b"x: a\r\n\t b\n\tc\r\n"),
        (b"a", b"X:a \t\r\n"),
        (b"", b"x:\r\n"),
    ],
)
def test_continuation_lines_are_joined_and_names_are_in_lower_case(value: bytes, line: bytes) -> None:
    assert [(b"x", value)] == head_of(OK + line + b"\r\n").headers


def test_interim_responses_are_skipped() -> None:
    parser = ResponseParser()

    body = parser.feed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + CHUNKED)

    assert (b"", 200, False) == (body, parser.head and parser.head.status, parser.done)


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_ends_with_its_head(status: int) -> None:
    parser = ResponseParser()

    body = parser.feed(b"HTTP/1.1 %d No\r\ncontent-length: 5\r\n\r\n" % status)

    assert (b"", True, "") == (body, parser.done, parser.failure)


@pytest.mark.parametrize(
    ("failure", "sent"),
    [
        ("lost", b""),
        ("lost", b"HTTP/1.1 200"),
        ("lost", OK + b"content-length: 2\r\n\r\nh"),
        ("lost", CHUNKED + b"2\r\nhi"),
        ("", OK + b"content-length: 2\r\n\r\nhi"),
        ("", CHUNKED + b"0\r\n\r\n"),
        ("", OK + b"\r\nhi"),
    ],
)
def test_the_end_of_the_connection_breaks_a_body_whose_end_is_known_otherwise(failure: str, sent: bytes) -> None:
    parser = ResponseParser()
    parser.feed(sent)

    parser.feed_eof("lost")

    assert (failure, True) == (parser.failure, parser.done)


@pytest.mark.parametrize(
    ("keeps_alive", "sent"),
    [
        (True, CHUNKED),
        (True, OK + b"content-length: 2, 2\r\nconnection: Keep-Alive\r\n\r\n"),
        (False, OK + b"content-length: 2\r\nconnection: x, Close\r\n\r\n"),
        (False, b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n"),
        (False, OK + b"\r\n"),
    ],
)
def test_a_connection_is_kept_if_the_end_of_the_body_is_known_and_the_server_does_not_close(
    sent: bytes, *, keeps_alive: bool
) -> None:
    assert keeps_alive is head_of(sent).keeps_alive


def head_of(sent: bytes) -> ResponseHead:
    parser = ResponseParser()
    parser.feed(sent)
    assert parser.head is not None
    return parser.head
