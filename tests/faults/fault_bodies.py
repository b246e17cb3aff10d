"""The response bytes of the faults that no scenario of `llm_core.testing` covers."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator

from llm_core.testing import Fails, Replies
from llm_core.testing.dialects.dialect import Dialect

REQUEST_ID = "request-1"
ANSWER = Replies(text="A rather long answer, with an é in it, and more to come.")
_HEAD = f"HTTP/1.1 200 OK\r\nx-request-id: {REQUEST_ID}\r\n"
_MIB = 1024 * 1024
_BLANK = b" " * _MIB
_SENT_MIB = 96  # where the adapter must enforce a bound
_DRIPPED_HEADERS = 60


def head(dialect: Dialect, *, stream: bool, more: str = "", status: str = "200 OK") -> bytes:
    """Return the head of a response that ends when the connection closes."""
    content_type = dialect.stream_type if stream else "application/json"
    start = _HEAD.replace("200 OK", status)
    return f"{start}content-type: {content_type}\r\nconnection: close\r\n{more}\r\n".encode()


def body(dialect: Dialect, *, stream: bool) -> bytes:
    """Return the whole body."""
    return b"".join(dialect.events(ANSWER)) if stream else dialect.body(ANSWER)


def chunked(data: bytes) -> bytes:
    """Return *data* as one chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def raw(*packets: bytes) -> Callable[[Dialect, bool], Iterable[bytes]]:
    """Return a function that gives *packets* for every dialect."""
    return lambda *_: packets


def dripping_head(_: Dialect, __: bool) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(_DRIPPED_HEADERS):
        yield f"x-{number}: still here\r\n".encode()


def cut_in_a_character(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    whole = body(dialect, stream=stream)
    yield head(dialect, stream=stream, more="transfer-encoding: chunked\r\n")
    yield chunked(whole[: whole.index("é".encode()) + 1])


def cut_in_an_event(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    whole = body(dialect, stream=stream)
    yield head(dialect, stream=stream, more="transfer-encoding: chunked\r\n")
    yield chunked(whole[: whole.index("é".encode()) - 1])


def broken_chunks(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    whole = body(dialect, stream=stream)
    yield head(dialect, stream=stream, more="transfer-encoding: chunked\r\n")
    yield chunked(whole[: whole.index("é".encode())])
    yield b"zz\r\nwhat is this?\r\n"


def with_header(line: bytes) -> Callable[[Dialect, bool], Iterable[bytes]]:
    """Return a function that gives an answer whose head has *line*."""

    def packets(dialect: Dialect, stream: bool) -> Iterator[bytes]:
        yield head(dialect, stream=stream, more=line.decode() + "\r\n") + body(dialect, stream=stream)

    return packets


def bad_chunk_size(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    yield head(dialect, stream=stream, more="transfer-encoding: chunked\r\n")
    yield b"-1\r\n" + body(dialect, stream=stream) + b"\r\n0\r\n\r\n"


def endless_trailers(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    yield head(dialect, stream=stream, more="transfer-encoding: chunked\r\n")
    yield chunked(body(dialect, stream=stream)) + b"0\r\n"
    yield from (b"x: y\r\n" * 1_000 for _ in range(1_000))


def not_utf8(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    yield head(dialect, stream=stream) + body(dialect, stream=stream).replace("é".encode(), b"\xff\xfe")


def nested(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    yield from _framed(dialect, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", stream=stream)


def _framed(dialect: Dialect, value: bytes, *, stream: bool) -> Iterator[bytes]:
    is_sse = stream and dialect.stream_type.startswith("text/event-stream")
    yield head(dialect, stream=stream) + (b"data: %s\n\n" % value if is_sse else value + b"\n")


def bomb(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    yield head(dialect, stream=stream, more="content-encoding: gzip\r\n") + _BOMB


def gzipped_quota(dialect: Dialect, _: bool) -> Iterator[bytes]:
    error = b'{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}'
    yield head(dialect, stream=False, status="429 Too Many Requests", more="content-encoding: gzip\r\n")
    yield gzip.compress(error)


def unknown_encoding(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    yield head(dialect, stream=stream, more="content-encoding: br\r\n") + body(dialect, stream=stream)


def many_lists(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    yield from _framed(dialect, b'{"a":[%s1]}' % (b"[]," * 5 * _MIB), stream=stream)


def endless_body(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    yield head(dialect, stream=stream) + b'{"text": "'
    yield from (_BLANK for _ in range(_SENT_MIB))


def endless_event(dialect: Dialect, stream: bool) -> Iterator[bytes]:
    yield head(dialect, stream=stream)
    yield (b"data: " if dialect.stream_type.startswith("text/event-stream") else b"") + b'{"text": "'
    yield from (_BLANK for _ in range(_SENT_MIB // 3))


def endless_error(dialect: Dialect, _: bool) -> Iterator[bytes]:
    yield head(dialect, stream=False, status="500 Internal Server Error")
    yield from (_BLANK for _ in range(_SENT_MIB // 3))


def endless_head(_: Dialect, __: bool) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nx-long: "
    yield from (b"x" * _MIB for _ in range(_SENT_MIB // 3))


def error_with_200(dialect: Dialect, _: bool) -> Iterator[bytes]:
    yield head(dialect, stream=False) + dialect.error(Fails(status=500))


def no_choices(dialect: Dialect, _: bool) -> Iterator[bytes]:
    yield head(dialect, stream=False) + json.dumps(_NOTHING[dialect.name]).encode()


_NOTHING: dict[str, object] = {
    "openai_chat": {"id": "a", "object": "chat.completion", "model": "m", "choices": []},
    "anthropic_messages": {"id": "a", "type": "message", "role": "assistant", "model": "m", "content": []},
    "gemini": {"candidates": [], "modelVersion": "m"},
    "ollama_chat": {"model": "m", "created_at": "2026-01-01T00:00:00Z"},
}
_BOMB = gzip.compress(b'{"text": "' + _BLANK * _SENT_MIB)
LARGE = (bomb, many_lists, endless_body, endless_event, endless_error)
