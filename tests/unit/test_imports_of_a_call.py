"""Tests of what a call imports, in a fresh interpreter: the direct lane needs no LiteLLM, a sync call no event loop."""

import json
import subprocess
import sys

import pytest

from llm_core.testing import FakeProvider, Replies, Scenario
from llm_core.testing.dialects.registry import DIALECTS

SYNC = """
import json, sys
from llm_core import ChatError, ChatRequest, Tool, UserMessage
from {module} import {adapter}
chat = {adapter}({model!r}, api_key="k", api_base={url!r})
request = ChatRequest(messages=[UserMessage("hi")], tools=[Tool(name="look", description="", parameters={{}})])
try:
    chat.complete(request)
    with chat.stream(request) as stream:
        list(stream)
except ChatError as error:
    assert error.status_code == 429, repr(error)
chat.close()
print(json.dumps([*sys.modules]))
"""
ASYNC = """
import asyncio, json, sys
from llm_core import ChatRequest, UserMessage
from {module} import {adapter}
async def main():
    async with {adapter}({model!r}, api_key="k", api_base={url!r}) as chat:
        await chat.acomplete(ChatRequest(messages=[UserMessage("hi")]))
        await chat.astream(ChatRequest(messages=[UserMessage("hi")])).until_done()
asyncio.run(main())
print(json.dumps([*sys.modules]))
"""
ADAPTERS = ["direct", "litellm"]
MODELS = {
    "openai_chat": "openai/gpt-5-mini",
    "openai_responses": "openai/responses/gpt-5-mini",
    "anthropic_messages": "anthropic/claude-sonnet-4-5",
    "gemini": "gemini/gemini-2.5-flash",
    "ollama_chat": "ollama_chat/qwen3",
    "cohere_chat": "cohere_chat/command-a-03-2025",
}
LIBRARIES = {"litellm", "httpx", "httpx2", "aiohttp", "asyncio", "openai", "pydantic", "httpcore2", "cattrs"}


def imported(program: str, adapter: str, dialect: str, scenario: Scenario | None = None) -> set[str]:
    """Return those of `LIBRARIES` that *program* imports."""
    name = {"direct": "DirectChat", "litellm": "LiteLLMChat"}[adapter]
    with FakeProvider(scenario or Replies(), dialect) as fake_provider:
        text = program.format(
            module=f"llm_core.adapters.{adapter}", adapter=name, model=MODELS[dialect], url=fake_provider.url
        )
        run = subprocess.run(
            [sys.executable, "-I", "-c", text], capture_output=True, text=True, timeout=60, check=False
        )
    assert (0, "") == (run.returncode, run.stderr)
    return LIBRARIES & set(json.loads(run.stdout))


def test_every_dialect_is_tested_here() -> None:
    assert set(DIALECTS) == set(MODELS)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("dialect", MODELS)
def test_a_sync_call_imports_one_library(dialect: str, adapter: str) -> None:
    assert set() == imported(SYNC, adapter, dialect)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_call_that_fails_imports_no_more(adapter: str) -> None:
    from llm_core.testing import Fails

    assert set() == imported(SYNC, adapter, "openai_chat", Fails(status=429))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_async_call_imports_asyncio_alone(adapter: str) -> None:
    assert {"asyncio"} == imported(ASYNC, adapter, "openai_chat")
