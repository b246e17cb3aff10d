"""The soak's fake provider, a child process: answers each call with its number, or with the fault chosen for it."""

import asyncio
import json
import re
import socket
import struct
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import attrs

from .behaviours import (
    EXPECTED,
    SLOW_SECONDS,
    Attempt,
    Behaviour,
    behaviour_of,
    behaviours_of_attempts,
    is_slow,
    text_for,
)

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_NUMBER = re.compile(rb"number (\d+);")
_STREAM = re.compile(rb'"stream":\s*true')
_MODEL = re.compile(rb'"model":\s*"([^"]*)"')
_GAP = 0.02  # seconds between packets
_CLOSE = b"connection: close\r\n"
_CHUNKED = b"transfer-encoding: chunked\r\n"


@attrs.define
class RunningProvider:
    """A fake provider in a child process that chooses the behaviour for each attempt at a call."""

    url: str
    served: dict[int, list[Attempt]] = attrs.field(factory=dict)
    """How it has answered the attempts at each call, in their order; known once it has ended."""
    slow: int = 0
    """Of the valid answers, those that were to begin late; known as above."""
    left: int = 0
    """Of these, those whose connection was closed before they began."""


@contextmanager
def running_fake_provider(seed: int) -> Iterator[str]:
    """Yield the address of a fake provider; it ends with its parent process, even if that is killed."""
    with _running(seed, "calls") as provider:
        yield provider.url


@contextmanager
def running_attempt_provider(seed: int) -> Iterator[RunningProvider]:
    """Yield a fake provider that behaves differently in each attempt at a call, and counts them."""
    with _running(seed, "attempts") as provider:
        yield provider


@contextmanager
def _running(seed: int, chooses_by: str) -> Iterator[RunningProvider]:
    command = (sys.executable, "-m", "tests.soak.fake_provider", str(seed), chooses_by)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:  # in its own process group, so that Ctrl-C reaches only the parent
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the fake provider did not start"
        provider = RunningProvider(url)
        try:
            yield provider
        finally:
            report, _ = process.communicate()
            served: dict[str, list[tuple[str, Behaviour]]]
            served, provider.slow, provider.left = json.loads(report)
            provider.served = {
                int(number): [Attempt(model, Behaviour(behaviour)) for model, behaviour in attempts]
                for number, attempts in served.items()
            }


class _Attempts:
    """Chooses the behaviour for each attempt, and keeps it."""

    def __init__(self, seed: int) -> None:
        self.served = defaultdict[int, list[tuple[str, Behaviour]]](list)
        self._seed = seed

    def choose(self, number: int, model: str) -> Behaviour:
        served, behaviours = self.served[number], behaviours_of_attempts(number, self._seed)
        behaviour = behaviours[min(len(served), len(behaviours) - 1)]
        served.append((model, behaviour))
        return behaviour


@attrs.define
class _SlowAnswers:
    """Counts the answers that were to begin late, and those whose connection was closed before."""

    count: int = 0
    left: int = 0


class _Connection(asyncio.Protocol):
    def __init__(self, choose: Callable[[int, str], Behaviour], slow: _SlowAnswers) -> None:
        self._choose = choose
        self._slow = slow
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
        number = _NUMBER.search(body)
        assert number is not None, body
        model = _MODEL.search(body)
        assert model is not None, body
        self._serve(int(number[1]), model[1].decode(), streams=_STREAM.search(body) is not None)

    def _serve(self, number: int, model: str, *, streams: bool) -> None:
        behaviour = self._choose(number, model)
        packets = _stream(number) if streams else _whole(number)
        if EXPECTED[behaviour] is None and is_slow(model, number):
            self._slow.count += 1
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self._answer_late, behaviour, packets)
        else:
            self._answer(behaviour, packets, streams=streams)

    def _answer_late(self, behaviour: Behaviour, packets: Sequence[bytes]) -> None:
        if self._transport.is_closing():
            self._slow.left += 1
        else:
            self._answer(behaviour, packets, streams=True)

    def _answer(self, behaviour: Behaviour, packets: Sequence[bytes], *, streams: bool) -> None:
        match behaviour:
            case Behaviour.ANSWER:
                self._transport.write(b"".join(packets))
            case Behaviour.SPLIT:
                self._send([*_split(b"".join(packets), 7)])
            case Behaviour.FAILS | Behaviour.BUSY:
                self._transport.write(_error(behaviour))
            case Behaviour.RESET:
                self._reset()
            case Behaviour.RESET_WITHIN | Behaviour.CUT | Behaviour.SILENT_WITHIN:
                self._send(packets[:-1], then=behaviour)
            case Behaviour.BROKEN:
                self._transport.write(_broken(streams=streams))
                self._transport.close()
            case Behaviour.PAGE:
                page = b"<html><body>Welcome</body></html>"
                self._transport.write(_head(b"text/html", b"content-length: %d\r\n" % len(page)) + page)
            case Behaviour.DRIP:
                self._transport.write(_head(b"text/event-stream", _CHUNKED))
                self._drip(b": still here\n\n" if streams else b" ")

    def _send(self, packets: Sequence[bytes], then: Behaviour | None = None) -> None:
        if self._transport.is_closing():
            return
        if packets:
            self._transport.write(packets[0])
            asyncio.get_running_loop().call_later(_GAP, self._send, packets[1:], then)
        elif then is Behaviour.RESET_WITHIN:
            self._reset()
        elif then is Behaviour.CUT:
            self._transport.close()

    def _drip(self, packet: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(_chunk(packet))
            asyncio.get_running_loop().call_later(_GAP, self._drip, packet)

    def _reset(self) -> None:
        own: socket.socket = self._transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


def _head(content_type: bytes, headers: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n%s\r\n" % (content_type, headers)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _split(data: bytes, count: int) -> Iterator[bytes]:
    size = -(-len(data) // count)
    return (data[start : start + size] for start in range(0, len(data), size))


def _whole(number: int) -> tuple[bytes, ...]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text_for(number)}, "finish_reason": "stop"}
    usage = {"prompt_tokens": number, "completion_tokens": 1}
    body = json.dumps({"id": f"id-{number}", "choices": [choice], "usage": usage}).encode()
    return _head(b"application/json", b"content-length: %d\r\n" % len(body)), body[:30], body[30:]


def _stream(number: int) -> tuple[bytes, ...]:
    word, digits = text_for(number).split(" ")
    choices = [*({"delta": {"content": text}} for text in (word, " ", digits)), {"delta": {}, "finish_reason": "stop"}]
    events = [{"id": f"id-{number}", "choices": [choice]} for choice in choices]
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


def _error(behaviour: Behaviour) -> bytes:
    body = b'{"error": {"message": "not now"}}'
    return b"HTTP/1.1 %s No\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        str(behaviour).encode(),
        len(body),
        body,
    )


async def _serve(choose: Callable[[int, str], Behaviour], slow: _SlowAnswers) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(choose, slow), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 -- the parent reads it
    await loop.run_in_executor(None, sys.stdin.read)  # until the parent closes it, or ends


def _main(seed: int, chooses_by: str) -> None:
    attempts, slow = _Attempts(seed), _SlowAnswers()
    choose = attempts.choose if chooses_by == "attempts" else lambda number, _: behaviour_of(number, seed)
    asyncio.run(_serve(choose, slow))
    print(json.dumps([attempts.served, slow.count, slow.left]))  # noqa: T201 -- as above


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2])
