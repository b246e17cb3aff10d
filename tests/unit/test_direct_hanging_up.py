"""A server that hangs up after each stream and says nothing of it beforehand, as llama.cpp's does."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from llm_core import ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat

ASK = ChatRequest(messages=[UserMessage("hello")])
TURNS = 10


def chunk(delta: dict[str, str], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return b"data: " + json.dumps({"id": "1", "model": "x", "choices": [choice]}).encode() + b"\n\n"


EVENTS = chunk({"content": "hello"}, None) + chunk({}, "stop") + b"data: [DONE]\n\n"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def hang_up_after_each(listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            asked = b""
            while not asked.endswith(b"}"):
                asked += connection.recv(65536)
            connection.sendall(STREAM + b"%x\r\n%s\r\n0\r\n\r\n" % (len(EVENTS), EVENTS))


@pytest.fixture
def address() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=hang_up_after_each, args=(listening,))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


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
