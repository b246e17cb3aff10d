"""A provider on loopback in a child process: sends prepared bytes by path, so that it is never the bottleneck.

``/text/200/...`` answers with 200 chunks of text, streamed or whole; ``/arguments/200/...`` with one tool call;
``/apart/200/...`` as text, each event in a separate packet; ``/held/3/...`` begins a stream and keeps it open.
``GET /held`` returns how many are open.
"""

import asyncio
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from benchmarks.measuring.workload import SIZE, arguments_of, text_of
from llm_core.testing import Call, Replies
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages
from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.dialects.gemini import Gemini
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.testing.dialects.openai_responses import OpenAIResponses

_GAP = 0.001  # seconds
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_STREAM = re.compile(rb'"stream":\s*true')
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n%s\r\n\r\n"
_HELD: set[asyncio.BaseTransport] = set()


@contextmanager
def running_fake_provider() -> Iterator[str]:
    """Yield the address of a fake provider; it ends with its parent process."""
    command = (sys.executable, "-m", "benchmarks.measuring.fake_provider")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- our own module
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the fake provider did not start"
        yield url
        process.communicate()


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._unread = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        _HELD.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (blank := self._unread.find(b"\r\n\r\n")) >= 0:
            end = blank + 4
            head = bytes(self._unread[:end])
            length = _LENGTH.search(head)
            whole = end + (int(length[1]) if length else 0)
            if len(self._unread) < whole:
                return
            body = bytes(self._unread[end:whole])
            del self._unread[:whole]
            self._answer(head.split(b" ", 2)[1].decode(), body)

    def _answer(self, path: str, body: bytes) -> None:
        if path == "/held":
            count = str(len(_HELD)).encode()
            self._transport.write(_HEAD % (b"text/plain", b"content-length: %d" % len(count)) + count)
            return
        _, shape, chunks, api_path = path.split("/", 3)
        if _STREAM.search(body) or ":streamGenerateContent" in api_path:
            self._stream(shape, _packets(shape, int(chunks), _dialect(api_path)))
        else:
            self._transport.write(_whole(shape, int(chunks), _dialect(api_path)))

    def _stream(self, shape: str, packets: tuple[bytes, ...]) -> None:
        match shape:
            case "apart":
                self._drip(iter(packets))
            case "held":
                _HELD.add(self._transport)
                self._transport.write(b"".join(packets[:3]))
            case _:
                self._transport.write(b"".join(packets))

    def _drip(self, packets: Iterator[bytes]) -> None:
        packet = next(packets, None)
        if packet is not None:
            self._transport.write(packet)
            asyncio.get_running_loop().call_later(_GAP, self._drip, packets)


def _dialect(path: str) -> type[Dialect]:
    if "Content" in path:
        return Gemini
    if path.endswith("/responses"):
        return OpenAIResponses
    return AnthropicMessages if path.endswith("/messages") else OpenAIChat


def _reply(shape: str, count: int) -> Replies:
    if shape == "arguments":
        call = Call(id="call_1", name="look_up", arguments_text=arguments_of(count))
        return Replies(text=None, calls=[call], finish_reason="tool_calls", chunk_size=SIZE)
    return Replies(text=text_of(count), chunk_size=SIZE)


@lru_cache
def _whole(shape: str, count: int, dialect: type[Dialect]) -> bytes:
    body = dialect().body(_reply(shape, count))
    return _HEAD % (b"application/json", b"content-length: %d" % len(body)) + body


@lru_cache
def _packets(shape: str, count: int, dialect: type[Dialect]) -> tuple[bytes, ...]:
    head = _HEAD % (b"text/event-stream", b"transfer-encoding: chunked")
    events = dialect().events(_reply(shape, count))
    return (head, *(b"%x\r\n%s\r\n" % (len(event), event) for event in events), b"0\r\n\r\n")


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until the parent closes it, or ends


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(_serve())
