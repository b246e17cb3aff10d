"""A program that ends while streams are open, or calls wait, prints nothing."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from llm_core.testing import Breaks, FakeProvider

BEGIN = """
import asyncio, atexit, sys, threading, time

late = threading.Event()
atexit.register(lambda: late.is_set() or (late.set(), time.sleep(0.2)))  # runs last, as the first that was registered

from llm_core import ChatRequest, UserMessage, from_async
from llm_core.adapters.direct import DirectChat

request = ChatRequest(messages=[UserMessage("hi")])
chat = DirectChat("openai/x", api_key="k", api_base=sys.argv[1])

async def begun(chat):
    stream = chat.astream(request)
    await anext(stream)
    return stream

async def read(chat):
    async for _ in chat.astream(request):
        pass

class Provider:  # an asyncio adapter without a way to close it
    def acomplete(self, request):
        return chat.acomplete(request)

    def astream(self, request):
        return chat.astream(request)
"""
ENDINGS = {
    "a sync stream": "stream = chat.stream(request); next(stream)",
    "a sync stream within with": "with chat.stream(request) as stream: next(stream); sys.exit(0)",
    "a sync stream through a client": """
        import httpx; client = httpx.Client()
        own = DirectChat("openai/x", api_key="k", api_base=sys.argv[1], client=client)
        stream = own.stream(request)
        next(stream)
    """,
    "a sync stream that a thread reads": """
        stream = chat.stream(request)
        next(stream)
        threading.Thread(target=list, args=[stream], daemon=True).start()
    """,
    "a sync stream that a thread reads once the rest is closed": """
        stream = chat.stream(request)
        next(stream)
        threading.Thread(target=lambda: late.wait() and list(stream), daemon=True).start()
    """,
    "a sync stream of an async adapter": """
        stream = from_async(Provider()).stream(request)
        next(stream)
    """,
    "an async stream, after its loop": "stream = asyncio.run(begun(chat))",
    "an async stream within async with": """
        async def leave():
            async with chat.astream(request) as stream:
                await anext(stream)
                sys.exit(0)
        asyncio.run(leave())
    """,
    "an async stream, whose loop stands still": """
        loop = asyncio.new_event_loop()
        stream = loop.run_until_complete(begun(chat))
    """,
    "an async stream that a thread reads": """
        threading.Thread(target=lambda: asyncio.run(read(chat)), daemon=True).start()
        time.sleep(0.3)
    """,
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with FakeProvider(Breaks(how="silence", after=4, patience=30.0)) as fake_provider:
        yield f"{fake_provider.url}/v1"


QUICK = (
    "a sync stream that a thread reads once the rest is closed",
    "a sync stream of an async adapter",
    "an async stream, whose loop stands still",
)


@pytest.mark.parametrize(
    "ending", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in ENDINGS]
)
def test_the_interpreter_exits_with_open_streams_and_prints_nothing(ending: str, url: str) -> None:
    lines = ENDINGS[ending].strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    program = BEGIN + "\n".join(line[indent:] for line in lines)

    ended = subprocess.run(
        [sys.executable, "-c", program, url], capture_output=True, text=True, timeout=30, check=False
    )

    assert (0, "", "") == (ended.returncode, ended.stdout, ended.stderr)
