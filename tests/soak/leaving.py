"""Programs that leave an adapter behind in one way or another, and end."""

import asyncio
import logging
import warnings
from collections.abc import Callable

from llm_core import AsyncChatStream, ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat, litellm_module

from .acts import require_text

_ASK = ChatRequest(messages=[UserMessage(require_text(1))])


def unclosed(url: str) -> object:
    """Ask from a thread, and keep the adapter."""
    chat = _chat(url)
    chat.complete(_ASK)
    return chat


def dropped(url: str) -> object:
    """Ask from a thread, and let go of the adapter."""
    return _chat(url).complete(_ASK)


def unclosed_in_a_loop(url: str) -> object:
    """Ask from a task, whose loop ends."""
    chat = _chat(url)
    asyncio.run(chat.acomplete(_ASK))
    return chat


def closed(url: str) -> object:
    """Ask in both colours, and close."""
    chat = _chat(url)

    async def ask() -> None:
        async with chat:
            await chat.acomplete(_ASK)

    chat.complete(_ASK)
    return asyncio.run(ask())


def half_read(url: str) -> object:
    """Begin a stream, and keep it."""
    stream = _chat(url).stream(_ASK)
    next(stream)
    return stream


def half_read_in_a_loop(url: str) -> object:
    """Begin a stream in a loop, which ends."""

    async def begin() -> AsyncChatStream:
        stream = _chat(url).astream(_ASK)
        await anext(stream)
        return stream

    return asyncio.run(begin())


WAYS: dict[str, Callable[[str], object]] = {
    way.__name__: way for way in (unclosed, dropped, unclosed_in_a_loop, closed, half_read, half_read_in_a_loop)
}


def _chat(url: str) -> LiteLLMChat:
    return LiteLLMChat("openai/soak", api_key="none", api_base=f"{url}/v1", lane="direct")


def leave(way: str, url: str) -> object:
    """Do it, and return what is kept until the interpreter ends."""
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it tells of every slow step
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        litellm_module.litellm()  # its own warnings are its own affair
    return WAYS[way](url)
