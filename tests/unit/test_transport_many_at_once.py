"""The connection pools do not limit the number of concurrent calls."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from llm_core import ChatRequest, ChatResponse, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat

PATIENCE = 20.0  # seconds
REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=PATIENCE))
BODY = b'{"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY
THREADS, TASKS = 30, 130  # more than the default pool of httpx or aiohttp holds


async def count_concurrent_answers(calls: int, call: Callable[[LiteLLMChat], Awaitable[ChatResponse]]) -> int:
    """Return how many of *calls* calls are answered by a server that first waits for all of the requests."""
    all_received = asyncio.Barrier(calls)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        async with asyncio.timeout(2 * PATIENCE):
            await all_received.wait()
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, backlog=2 * calls) as server:
        port = server.sockets[0].getsockname()[1]
        async with LiteLLMChat("openai/x", api_key="k", api_base=f"http://127.0.0.1:{port}/v1") as chat:
            return len(await asyncio.gather(*(call(chat) for _ in range(calls))))


def test_all_tasks_send_their_requests_concurrently() -> None:
    seen = asyncio.run(count_concurrent_answers(TASKS, lambda chat: chat.acomplete(REQUEST)))

    assert TASKS == seen


def test_all_threads_send_their_requests_concurrently() -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        seen = asyncio.run(
            count_concurrent_answers(
                THREADS, lambda chat: asyncio.get_running_loop().run_in_executor(threads, chat.complete, REQUEST)
            )
        )

    assert THREADS == seen
