"""The fake provider of the soak, a process of its own: answers each number with itself, or does to it what is due."""

import asyncio
import json
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .acts import Act, act_of, require_text

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_NUMBER = re.compile(rb"number (\d+);")
_STREAM = re.compile(rb'"stream":\s*true')
_GAP = 0.02  # seconds between two pieces
_CLOSE = b"connection: close\r\n"
_CHUNKED = b"transfer-encoding: chunked\r\n"


@contextmanager
def running_far_side(seed: int) -> Iterator[str]:
    """Yield the address of a fake provider; it ends with its caller, however that ends."""
    command = (sys.executable, "-m", "tests.soak.fake_provider", str(seed))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:  # a group of its own: Ctrl-C is for the caller
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the fake provider did not start"
        try:
            yield url
        finally:
            process.communicate()


class _Conversation(asyncio.Protocol):
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._unread = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        end = self._unread.find(b"\r\n\r\n") + 4
        length = _LENGTH.search(self._unread, 0, max(end, 0))
        whole = end + (int(length[1]) if length else 0)
        if end < 4 or len(self._unread) < whole:
            return
        body = bytes(self._unread[end:whole])
        del self._unread[:whole]
        told = _NUMBER.search(body)
        assert told is not None, body
        self._answer(int(told[1]), streams=_STREAM.search(body) is not None)

    def _answer(self, number: int, *, streams: bool) -> None:
        act = act_of(number, self._seed)
        pieces = _stream(number) if streams else _whole(number)
        match act:
            case Act.ANSWER:
                self._transport.write(b"".join(pieces))
            case Act.PIECES:
                self._send([*_split(b"".join(pieces), 7)])
            case Act.FAILS | Act.BUSY:
                self._transport.write(_error(act))
            case Act.RESET:
                self._reset()
            case Act.RESET_WITHIN | Act.CUT | Act.SILENT_WITHIN:
                self._send(pieces[:-1], then=act)
            case Act.BROKEN:
                self._transport.write(_broken(streams=streams))
                self._transport.close()
            case Act.PAGE:
                page = b"<html><body>Welcome</body></html>"
                self._transport.write(_head(b"text/html", b"content-length: %d\r\n" % len(page)) + page)
            case Act.DRIP:
                self._transport.write(_head(b"text/event-stream", _CHUNKED))
                self._drip(b": still here\n\n" if streams else b" ")

    def _send(self, pieces: Sequence[bytes], then: Act | None = None) -> None:
        if self._transport.is_closing():
            return
        if pieces:
            self._transport.write(pieces[0])
            asyncio.get_running_loop().call_later(_GAP, self._send, pieces[1:], then)
        elif then is Act.RESET_WITHIN:
            self._reset()
        elif then is Act.CUT:
            self._transport.close()

    def _drip(self, piece: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(_chunk(piece))
            asyncio.get_running_loop().call_later(_GAP, self._drip, piece)

    def _reset(self) -> None:
        own: socket.socket = self._transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


def _head(kind: bytes, more: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n%s\r\n" % (kind, more)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _split(data: bytes, count: int) -> Iterator[bytes]:
    size = -(-len(data) // count)
    return (data[start : start + size] for start in range(0, len(data), size))


def _whole(number: int) -> tuple[bytes, ...]:
    choice = {"index": 0, "message": {"role": "assistant", "content": require_text(number)}, "finish_reason": "stop"}
    usage = {"prompt_tokens": number, "completion_tokens": 1}
    body = json.dumps({"id": f"id-{number}", "choices": [choice], "usage": usage}).encode()
    return _head(b"application/json", b"content-length: %d\r\n" % len(body)), body[:30], body[30:]


def _stream(number: int) -> tuple[bytes, ...]:
    word, digits = require_text(number).split(" ")
    told = [*({"delta": {"content": words}} for words in (word, " ", digits)), {"delta": {}, "finish_reason": "stop"}]
    events = [{"id": f"id-{number}", "choices": [choice]} for choice in told]
    usage = {"choices": [], "usage": {"prompt_tokens": number, "completion_tokens": 1}}
    lines = [b"data: %s\n\n" % json.dumps(event).encode() for event in (*events, usage)]
    chunks = [_chunk(line) for line in lines]
    return (
        _head(b"text/event-stream", _CHUNKED),
        *chunks[:3],
        b"".join((*chunks[3:], _chunk(b"data: [DONE]\n\n"), b"0\r\n\r\n")),
    )


def _broken(*, streams: bool) -> bytes:
    if streams:
        return _head(b"text/event-stream", _CHUNKED + _CLOSE) + _chunk(b'data: {"choices": [}\n\n') + b"0\r\n\r\n"
    return _head(b"application/json", _CLOSE + b"content-length: 13\r\n") + b'{"choices": [}'[:13]


def _error(act: Act) -> bytes:
    body = b'{"error": {"message": "not now"}}'
    return b"HTTP/1.1 %s No\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        str(act).encode(),
        len(body),
        body,
    )


async def _serve(seed: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Conversation(seed), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 -- the caller reads it
    await loop.run_in_executor(None, sys.stdin.read)  # until the caller closes it, or is gone


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
