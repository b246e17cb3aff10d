"""A program that leaves an adapter behind in one way or another, and ends: ``python -m tests.soak.leaving WAY URL``."""

import asyncio
import logging
import sys
import warnings
from collections.abc import Callable

from llm_core import AsyncChatStream, ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat, vendor

from .acts import words_of

_ASK = ChatRequest(messages=[UserMessage(words_of(1))])


def unclosed(chat: LiteLLMChat) -> object:
    """Ask from a thread."""
    return chat.complete(_ASK)


def unclosed_in_a_loop(chat: LiteLLMChat) -> object:
    """Ask from a task, whose loop ends."""
    return asyncio.run(chat.acomplete(_ASK))


def closed(chat: LiteLLMChat) -> object:
    """Ask in both colours, and close."""

    async def ask() -> None:
        async with chat:
            await chat.acomplete(_ASK)

    chat.complete(_ASK)
    return asyncio.run(ask())


def half_read(chat: LiteLLMChat) -> object:
    """Begin a stream, and keep it."""
    stream = chat.stream(_ASK)
    next(stream)
    return stream


def half_read_in_a_loop(chat: LiteLLMChat) -> object:
    """Begin a stream in a loop, which ends."""

    async def begin() -> AsyncChatStream:
        stream = chat.astream(_ASK)
        await anext(stream)
        return stream

    return asyncio.run(begin())


WAYS: dict[str, Callable[[LiteLLMChat], object]] = {
    way.__name__: way for way in (unclosed, unclosed_in_a_loop, closed, half_read, half_read_in_a_loop)
}

if __name__ == "__main__":
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it tells of every slow step
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vendor.litellm()  # its own warnings are its own affair
    chat = LiteLLMChat("openai/soak", api_key="none", api_base=f"{sys.argv[2]}/v1", lane="direct")
    kept = WAYS[sys.argv[1]](chat)  # both until the interpreter ends
