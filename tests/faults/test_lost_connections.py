"""If the provider resets an idle connection, nothing is logged and the next call is answered."""

import asyncio
import gc
import logging
import socket
import struct

import pytest

from llm_core.adapters.litellm import LiteLLMChat, litellm_module
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.testing import Replies
from llm_core.testing.dialects.openai_chat import OpenAIChat

REQUEST = ChatRequest(messages=[UserMessage("Well?")])
_BODY = OpenAIChat().body(Replies(text="Yes."))
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(_BODY)


async def _answer_once_and_reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    for packet in (_HEAD, _BODY):  # two packets, so that the adapter waits for the second
        writer.write(packet)
        await writer.drain()
        await asyncio.sleep(0.05)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def _call_three_times() -> list[str]:
    server = await asyncio.start_server(_answer_once_and_reset, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    texts = []
    async with server, LiteLLMChat("openai/x", api_key="none", api_base=url, lane="direct") as chat:
        for _ in range(3):
            texts.append((await chat.acomplete(REQUEST)).text)
            await asyncio.sleep(0.1)
            gc.collect()  # asyncio logs an error that was never retrieved when it is collected
    return texts


def test_a_reset_between_two_calls_is_not_an_error(caplog: pytest.LogCaptureFixture) -> None:
    litellm_module.litellm()
    caplog.set_level(logging.WARNING)

    texts = asyncio.run(_call_three_times())

    assert ["Yes."] * 3 == texts
    assert [] == [record for record in caplog.records if record.name == "asyncio"]
