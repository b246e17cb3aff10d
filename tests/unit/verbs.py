"""One request in each of the four verbs."""

import asyncio
from collections.abc import Callable

import pytest

from llm_core import ChatPort, ChatRequest, ChatResponse, UserMessage

REQUEST = ChatRequest(messages=[UserMessage("a prompt that no log may show")])


def complete(chat: ChatPort) -> ChatResponse:
    return chat.complete(REQUEST)


def acomplete(chat: ChatPort) -> ChatResponse:
    return asyncio.run(_acomplete(chat))


async def _acomplete(chat: ChatPort) -> ChatResponse:
    return await chat.acomplete(REQUEST)


def stream(chat: ChatPort) -> ChatResponse:
    with chat.stream(REQUEST) as events:
        return events.until_done()


def astream(chat: ChatPort) -> ChatResponse:
    return asyncio.run(_astream(chat))


async def _astream(chat: ChatPort) -> ChatResponse:
    async with chat.astream(REQUEST) as events:
        return await events.until_done()


Verb = Callable[[ChatPort], ChatResponse]
in_every_verb = pytest.mark.parametrize("call", [complete, acomplete, stream, astream])
sync_and_async = pytest.mark.parametrize("call", [complete, acomplete])
in_streams = pytest.mark.parametrize("call", [stream, astream])
