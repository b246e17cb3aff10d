"""A server that hangs up after each stream and says nothing of it beforehand, as llama.cpp's does."""

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

ASK = ChatRequest(messages=[UserMessage("hello")])
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


def hang_up_after_each(listening: socket.socket, packets: tuple[bytes, ...]) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            asked = b""
            while not asked.endswith(b"}"):
                asked += connection.recv(65536)
            for number, packet in enumerate(packets):
                time.sleep(PAUSE if number else 0.0)
                connection.sendall(packet)


@contextmanager
def serving(*packets: bytes) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=hang_up_after_each, args=(listening, packets))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture
def address() -> Iterator[str]:
    with serving(HEAD + chunk(FIRST + LAST) + END) as url:
        yield url


def test_the_next_stream_is_answered(address: str) -> None:
    with LiteLLMChat("openai/x", api_key="none", api_base=address) as chat:
        seen = [chat.stream(ASK).until_done().text for _ in range(TURNS)]

    assert ["hello"] * TURNS == seen


def test_the_next_stream_that_is_awaited_is_answered(address: str) -> None:
    async def talk() -> list[str]:
        async with LiteLLMChat("openai/x", api_key="none", api_base=address) as chat:
            return [(await chat.astream(ASK).until_done()).text for _ in range(TURNS)]

    seen = asyncio.run(talk())

    assert ["hello"] * TURNS == seen


def test_who_reads_slowly_reads_what_had_come_before_it_hung_up() -> None:
    async def slowly(url: str) -> list[StreamEvent]:
        async with LiteLLMChat("openai/x", api_key="none", api_base=url) as chat, chat.astream(ASK) as events:
            first = await anext(events)
            await asyncio.sleep(3 * PAUSE)  # the rest comes in the meantime, and then the end of the connection
            return [first, *[event async for event in events]]

    with serving(HEAD + chunk(FIRST), chunk(LAST) + END) as url:
        seen = asyncio.run(slowly(url))

    assert [TextDelta("hello"), StreamEnd] == [seen[0], type(seen[-1])]
