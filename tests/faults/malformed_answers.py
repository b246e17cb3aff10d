"""HTTP answers that are malformed, or odd: the bytes of each, and whether sync and async callers read it."""

from collections.abc import Callable, Iterator

import attrs

from llm_core.domain.errors import (
    BadResponseError,
    ChatError,
    ConnectionFailedError,
    InvalidRequestError,
    StreamInterruptedError,
)
from llm_core.testing.dialects.dialect import Dialect

from .fault_bodies import body, chunked

Bytes = Callable[[Dialect, bool], Iterator[bytes]]
_END = b"0\r\n\r\n"
_STATUS = b"HTTP/1.1 200 OK"


@attrs.frozen(kw_only=True)
class Answer:
    """`whole` is the error of `complete` and `acomplete`, `streamed` that of the streams; None: the answer is read."""

    name: str
    packets: Bytes
    whole: type[ChatError] | None
    streamed: type[ChatError] | None


def _answer(name: str, packets: Bytes, error: type[ChatError] | None = None) -> Answer:
    return Answer(name=name, packets=packets, whole=error, streamed=error)


def _late(name: str, packets: Bytes, error: type[ChatError]) -> Answer:
    """Return an answer that is malformed behind the last event of a stream, which is therefore read."""
    return Answer(name=name, packets=packets, whole=error, streamed=None)


def _plain(
    *lines: bytes, status: bytes = _STATUS, before: bytes = b"", length: int | None = 0, end: bytes = b"\r\n"
) -> Bytes:
    """Return an answer with *lines* in its head, and a content-length that is wrong by *length*; None: without one."""

    def packets(dialect: Dialect, stream: bool) -> Iterator[bytes]:
        data = body(dialect, stream=stream)
        fields = [status, b"connection: close", *(line.replace(b"SIZE", b"%d" % len(data)) for line in lines)]
        if length is not None:
            fields.append(b"content-length: %d" % (len(data) + length))
        yield before + end.join([*fields, b"", b""]) + data

    return packets


def _chunks(make: Callable[[bytes], bytes], *lines: bytes, status: bytes = _STATUS) -> Bytes:
    """Return an answer in the chunks that *make* writes."""

    def packets(dialect: Dialect, stream: bool) -> Iterator[bytes]:
        yield b"\r\n".join([status, b"connection: close", b"transfer-encoding: chunked", *lines, b"", b""])
        yield make(body(dialect, stream=stream))

    return packets


def _bytes(data: bytes) -> Bytes:
    return lambda *_: iter([data])


def _sized(size: bytes) -> Callable[[bytes], bytes]:
    """Return a function that writes one chunk whose size is written as *size*; ``%x`` stands for the real size."""
    return lambda data: (size % len(data) if b"%" in size else size) + b"\r\n" + data + b"\r\n" + _END


def _coded(coding: bytes, *, in_chunks: bool = True) -> Bytes:
    def packets(dialect: Dialect, stream: bool) -> Iterator[bytes]:
        data = body(dialect, stream=stream)
        yield (
            _STATUS
            + b"\r\nconnection: close\r\n"
            + coding
            + b"\r\n\r\n"
            + (chunked(data) + _END if in_chunks else data)
        )

    return packets


BAD, CUT = BadResponseError, StreamInterruptedError
STATUS_LINES = (
    _answer("no reason", _plain(status=b"HTTP/1.1 200")),
    _answer("an empty reason", _plain(status=b"HTTP/1.1 200 ")),
    _answer("a reason of 9,000 bytes", _plain(status=b"HTTP/1.1 200 " + b"x" * 9_000)),
    _answer("HTTP/1.0", _plain(status=b"HTTP/1.0 200 OK")),
    _answer("HTTP/1.2", _plain(status=b"HTTP/1.2 200 OK")),
    _answer("HTTP/3.7", _plain(status=b"HTTP/3.7 200 OK")),
    _answer("HTTP/1.10", _plain(status=b"HTTP/1.10 200 OK"), BAD),
    _answer("HTTP/11", _plain(status=b"HTTP/11 200 OK"), BAD),
    _answer("http in lower case", _plain(status=b"http/1.1 200 OK"), BAD),
    _answer("another protocol", _plain(status=b"ICY 200 OK"), BAD),
    _answer("two spaces", _plain(status=b"HTTP/1.1  200 OK"), BAD),
    _answer("a status of two digits", _plain(status=b"HTTP/1.1 20 OK"), BAD),
    _answer("a status of four digits", _plain(status=b"HTTP/1.1 2000 OK"), BAD),
    _answer("status 099", _plain(status=b"HTTP/1.1 099 OK"), BAD),
    _answer("status 000", _plain(status=b"HTTP/1.1 000 OK"), BAD),
    _answer("a negative status", _plain(status=b"HTTP/1.1 -200 OK"), BAD),
    _answer("NUL in the reason", _plain(status=b"HTTP/1.1 200 O\0K"), BAD),
    _answer("an empty line before the status", _plain(before=b"\r\n"), BAD),
    _answer("a space before the status", _plain(before=b" "), BAD),
    _answer("a truncated status line", _bytes(b"HTTP/1.1 20"), ConnectionFailedError),
    _answer("a head without an end", _bytes(b"HTTP/1.1 200 OK\r\nx: y\r\n"), ConnectionFailedError),
    _answer("100 alone", _bytes(b"HTTP/1.1 100 Continue\r\n\r\n"), ConnectionFailedError),
    _answer("a TLS alert", _bytes(b"\x15\x03\x03\x00\x02\x02\x46"), BAD),
)
STATUSES = (
    _answer("100 before the answer", _plain(before=b"HTTP/1.1 100 Continue\r\n\r\n")),
    _answer("103 before the answer", _plain(before=b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")),
    _answer("100 that closes", _plain(before=b"HTTP/1.1 100 Continue\r\nconnection: close\r\n\r\n")),
    _answer("fifty times 102", _plain(before=b"HTTP/1.1 102 Processing\r\n\r\n" * 50)),
    _answer("101", _plain(status=b"HTTP/1.1 101 Switching Protocols"), BAD),
    _answer("101 to websocket", _plain(b"upgrade: websocket", status=b"HTTP/1.1 101 Switching Protocols"), BAD),
    _answer("200 that offers h2c", _plain(b"upgrade: h2c")),
    _answer("204 with a body", _plain(status=b"HTTP/1.1 204 No Content"), BAD),
    _answer("304 with a body", _plain(status=b"HTTP/1.1 304 Not Modified"), InvalidRequestError),
    _answer("205 with a body", _plain(status=b"HTTP/1.1 205 Reset Content")),
)
HEADERS = (
    _answer("a header of 9,000 bytes", _plain(b"x-long: " + b"x" * 9_000)),
    _answer("a header of 60,000 bytes", _plain(b"x-long: " + b"x" * 60_000)),
    _answer("a header beyond 64 KiB", _plain(b"x-long: " + b"x" * 70_000), BAD),
    _answer("headers beyond 64 KiB together", _plain(*(b"x-%d: " % i + b"x" * 4_000 for i in range(20))), BAD),
    _answer("a name of 9,000 bytes", _plain(b"x" * 9_000 + b": y")),
    _answer("200 headers", _plain(*(b"x-%d: y" % number for number in range(200)))),
    _answer("LF as the line end", _plain(end=b"\n")),
    _answer("one bare LF", _plain(b"x: y\nz: a")),
    _answer("a bare CR", _plain(b"x: y\rz: a"), BAD),
    _answer("a folded header", _plain(b"x: y\r\n z")),
    _answer("a folded content-length", _plain(b"content-length:\r\n SIZE", length=None)),
    _answer("a fold before the first header", _plain(status=_STATUS + b"\r\n x: y"), BAD),
    _answer("NUL in a value", _plain(b"x: y\0z"), BAD),
    _answer("NUL in a name", _plain(b"x\0: y"), BAD),
    _answer("a vertical tab in a value", _plain(b"x: y\x0bz"), BAD),
    _answer("a form feed in a value", _plain(b"x: y\x0cz"), BAD),
    _answer("another control character in a value", _plain(b"x: y\x01z")),
    _answer("bytes beyond ASCII in a value", _plain(b"x: \xff\xc3\xa9")),
    _answer("bytes beyond ASCII in a name", _plain(b"\xff: y"), BAD),
    _answer("an empty value", _plain(b"x:")),
    _answer("an empty name", _plain(b": y"), BAD),
    _answer("no colon", _plain(b"x"), BAD),
    _answer("a space before the colon", _plain(b"x : y"), BAD),
    _answer("a space in a name", _plain(b"x y: z"), BAD),
    _answer("content-type twice", _plain(b"content-type: a/b", b"content-type: c/d")),
    _answer("a header of old web sockets", _plain(b"sec-websocket-key1: a")),
)
LENGTHS = (
    _answer("content-length twice, equal", _plain(b"content-length: SIZE")),
    _answer("content-length twice, different", _plain(b"content-length: 3"), BAD),
    _answer("content-length as a list, equal", _plain(b"content-length: SIZE, SIZE", length=None)),
    _answer("content-length as a list, different", _plain(b"content-length: SIZE, 3", length=None), BAD),
    *(
        _answer(f"content-length {text}", _plain(b"content-length: " + text.encode(), length=None), BAD)
        for text in ("+SIZE", "-SIZE", "-1", "0x10", "SIZE.0", "1_0", "1 0", "many", "", "0" * 18 + "SIZE", "9" * 21)
    ),
    _late("a content-length that is too large", _plain(length=5), CUT),
    _late("a content-length that is too small", _plain(length=-1), BAD),
    _answer("a content-length before a space", _plain(b"content-length : SIZE", length=None), BAD),
    _answer("a body that ends with the connection", _plain(length=None)),
    _answer("content-length with chunks", _chunks(_sized(b"%x"), b"content-length: 3")),
    _answer("transfer-encoding twice", _chunks(_sized(b"%x"), b"transfer-encoding: chunked"), BAD),
    *(
        _answer(f"transfer-encoding {coding}", _coded(b"transfer-encoding: " + coding.encode()), BAD)
        for coding in ("chunked, chunked", "gzip, chunked", "xchunked", "\x0bchunked", "", "gzip", "identity")
    ),
    _answer("transfer-encoding in upper case", _coded(b"transfer-encoding:\tCHUNKED ")),
    _answer("identity without chunks", _coded(b"transfer-encoding: identity", in_chunks=False), BAD),
    _answer("chunks in HTTP/1.0", _chunks(_sized(b"%x"), status=b"HTTP/1.0 200 OK")),
)
CHUNKS = (
    _answer("a size in upper case", _chunks(_sized(b"%X"))),
    _answer("a size of 20 digits", _chunks(_sized(b"%020x"))),
    _answer("a size of 21 digits", _chunks(_sized(b"%021x")), CUT),
    _answer("an extension", _chunks(_sized(b"%x;a=b"))),
    _answer("an odd extension", _chunks(_sized(b"%x;=\x01,("))),
    _answer("an extension of 9,000 bytes", _chunks(_sized(b"%x;a=" + b"x" * 9_000))),
    _answer("an extension of 200,000 bytes", _chunks(_sized(b"%x;a=" + b"x" * 200_000)), CUT),
    _answer("an extension after a space", _chunks(_sized(b"%x ;a=b")), CUT),
    _answer("white space behind the size", _chunks(_sized(b"%x \t"))),
    _answer("white space before the size", _chunks(_sized(b" %x")), CUT),
    *(
        _answer(f"the size {size}", _chunks(_sized(size.encode())), CUT)
        for size in ("zz", "", "0x%x", "+%x", "-%x", "%x\n", "%x\0", "1 2")
    ),
    _late("a size that is too large", _chunks(_sized(b"f" * 18)), CUT),
    _answer("a size that is too small", _chunks(_sized(b"2f")), CUT),
    _answer("LF behind the size", _chunks(lambda data: b"%x\n" % len(data) + data + b"\r\n" + _END), CUT),
    _late("LF behind the data", _chunks(lambda data: chunked(data)[:-2] + b"\n" + _END), CUT),
    _late("nothing behind the data", _chunks(lambda data: chunked(data)[:-2] + _END), CUT),
    _late("no last chunk", _chunks(chunked), CUT),
    _late("half of the last chunk", _chunks(lambda data: chunked(data) + b"0\r\n"), CUT),
    _answer("a last chunk of 000", _chunks(lambda data: chunked(data) + b"000\r\n\r\n")),
    _answer("a chunk, then garbage", _chunks(lambda data: chunked(data[:100]) + b"zz\r\nwhat?\r\n"), CUT),
    _answer("trailers", _chunks(lambda data: chunked(data) + b"0\r\nx: y\r\n\r\n")),
    _answer("200 trailers", _chunks(lambda data: chunked(data) + b"0\r\n" + b"x: y\r\n" * 200 + b"\r\n")),
    _answer("a trailer of 9,000 bytes", _chunks(lambda data: chunked(data) + b"0\r\nx: " + b"y" * 9_000 + b"\r\n\r\n")),
    _late("a malformed trailer", _chunks(lambda data: chunked(data) + b"0\r\nno colon\r\n\r\n"), CUT),
    _late("NUL in a trailer", _chunks(lambda data: chunked(data) + b"0\r\nx: \0\r\n\r\n"), CUT),
    _late("trailers of 200,000 bytes", _chunks(lambda data: chunked(data) + b"0\r\n" + b"x: yyyy\r\n" * 22_000), CUT),
)
ANSWERS = (*STATUS_LINES, *STATUSES, *HEADERS, *LENGTHS, *CHUNKS)
