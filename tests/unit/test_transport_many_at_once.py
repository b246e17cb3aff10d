"""As many calls as there are go out at once: the pools set no bound."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from llm_core import ChatRequest, ChatResponse, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat

PATIENCE = 20.0  # seconds
ASK = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=PATIENCE))
BODY = b'{"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY
THREADS, TASKS = 30, 130  # more than a pool of httpcore's, or of aiohttp's, holds by itself


async def answered(many: int, asking: Callable[[LiteLLMChat], Awaitable[ChatResponse]]) -> int:
    """Return how many of *many* were answered by a server that answers nobody before all of them have asked."""
    everybody = asyncio.Barrier(many)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        async with asyncio.timeout(2 * PATIENCE):
            await everybody.wait()
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, backlog=2 * many) as server:
        port = server.sockets[0].getsockname()[1]
        async with LiteLLMChat("openai/x", api_key="k", api_base=f"http://127.0.0.1:{port}/v1") as chat:
            return len(await asyncio.gather(*(asking(chat) for _ in range(many))))


def test_as_many_tasks_as_there_are_ask_at_once() -> None:
    seen = asyncio.run(answered(TASKS, lambda chat: chat.acomplete(ASK)))

    assert TASKS == seen


def test_as_many_threads_as_there_are_ask_at_once() -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        seen = asyncio.run(
            answered(THREADS, lambda chat: asyncio.get_running_loop().run_in_executor(threads, chat.complete, ASK))
        )

    assert THREADS == seen
