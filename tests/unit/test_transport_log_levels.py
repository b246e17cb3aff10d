"""Tests of the log levels of HTTP libraries: no key is logged by them, unless the user wants their records."""

import asyncio
import logging
import subprocess
import sys

import httpx
import pytest

from llm_core import ChatRequest, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.testing import FakeProvider, Replies
from llm_core.transport.log_levels import limit_log_levels

KEY = "wooden-spoon-of-a-test"
REQUEST = ChatRequest(messages=[UserMessage("hi")])
PROGRAM = """
import logging
logging.basicConfig(level="DEBUG")
from llm_core import ChatRequest, UserMessage
from llm_core.adapters.direct import DirectChat
chat = DirectChat("openai/x", api_key={key!r}, api_base={url!r})
chat.complete(ChatRequest(messages=[UserMessage("hi")]))
"""


@pytest.mark.parametrize(
    ("expected", "own", "parent"),
    [
        (logging.INFO, logging.NOTSET, logging.DEBUG),
        (logging.ERROR, logging.NOTSET, logging.ERROR),
        (logging.DEBUG, logging.DEBUG, logging.ERROR),
        (logging.ERROR, logging.ERROR, logging.DEBUG),
    ],
)
def test_a_level_is_raised_unless_the_user_has_set_it(expected: int, own: int, parent: int) -> None:
    logging.getLogger("test_log_levels").setLevel(parent)
    logging.getLogger("test_log_levels.library").setLevel(own)

    limit_log_levels({"test_log_levels.library": logging.INFO})

    assert expected == logging.getLogger("test_log_levels.library").level


def test_a_program_that_logs_everything_logs_no_answer() -> None:
    with FakeProvider(Replies()) as fake_provider:
        text = PROGRAM.format(key=KEY, url=f"{fake_provider.url}/v1?token=spoon-of-the-address")
        run = subprocess.run([sys.executable, "-I", "-c", text], capture_output=True, text=True, check=True, timeout=60)

    assert ("", "") == (run.stdout, run.stderr)


def test_a_client_of_the_caller_logs_no_url(caplog: pytest.LogCaptureFixture) -> None:
    async def call(url: str) -> None:
        async with httpx.AsyncClient() as client, DirectChat("openai/x", api_base=url, async_client=client) as chat:
            await chat.acomplete(REQUEST)

    caplog.set_level(logging.DEBUG)
    with FakeProvider(Replies()) as fake_provider, httpx.Client() as client:
        url = f"{fake_provider.url}/v1?token={KEY}".replace("://", "://me:word@")
        DirectChat("openai/x", api_base=url, client=client).complete(REQUEST)
        asyncio.run(call(url))

    assert 2 == fake_provider.recorder.count
    assert not [record for record in caplog.records if KEY in record.getMessage()]
