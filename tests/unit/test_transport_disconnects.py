"""Tests with a server that closes the connection after each stream without `Connection: close`, as llama.cpp's does."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from llm_core import ChatRequest, StreamEnd, StreamEvent, TextDelta, UserMessage
from llm_core.adapters.litellm import LiteLLMChat

REQUEST = ChatRequest(messages=[UserMessage("hello")])
TURNS = 10
PAUSE = 0.1  # seconds between two packets


def event(delta: dict[str, str], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return b"data: " + json.dumps({"id": "1", "model": "x", "choices": [choice]}).encode() + b"\n\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


FIRST, LAST = event({"content": "hello"}, None), event({}, "stop") + b"data: [DONE]\n\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = chunk(b"")


def answer_and_close(listening: socket.socket, packets: tuple[bytes, ...]) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            received = b""
            while not received.endswith(b"}"):
                received += connection.recv(65536)
            for number, packet in enumerate(packets):
                time.sleep(PAUSE if number else 0.0)
                connection.sendall(packet)


@contextmanager
def serving(*packets: bytes) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer_and_close, args=(listening, packets))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture
def base_url() -> Iterator[str]:
    with serving(HEAD + chunk(FIRST + LAST) + END) as url:
        yield url


def test_the_next_sync_stream_is_answered(base_url: str) -> None:
    with LiteLLMChat("openai/x", api_key="none", api_base=base_url) as chat:
        seen = [chat.stream(REQUEST).until_done().text for _ in range(TURNS)]

    assert ["hello"] * TURNS == seen


def test_the_next_async_stream_is_answered(base_url: str) -> None:
    async def collect() -> list[str]:
        async with LiteLLMChat("openai/x", api_key="none", api_base=base_url) as chat:
            return [(await chat.astream(REQUEST).until_done()).text for _ in range(TURNS)]

    seen = asyncio.run(collect())

    assert ["hello"] * TURNS == seen


def test_a_slow_reader_receives_what_the_server_sent_before_it_disconnected() -> None:
    async def read_slowly(url: str) -> list[StreamEvent]:
        async with LiteLLMChat("openai/x", api_key="none", api_base=url) as chat, chat.astream(REQUEST) as events:
            first = await anext(events)
            await asyncio.sleep(3 * PAUSE)  # meanwhile the last chunk arrives and the server disconnects
            return [first, *[event async for event in events]]

    with serving(HEAD + chunk(FIRST), chunk(LAST) + END) as url:
        seen = asyncio.run(read_slowly(url))

    assert [TextDelta("hello"), StreamEnd] == [seen[0], type(seen[-1])]
