"""Ways in which a program may leave an adapter open, or close it, before the interpreter exits."""

import asyncio
import logging
import warnings
from collections.abc import Callable

from llm_core import AsyncChatStream, ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat, litellm_module

from .behaviours import text_for

_REQUEST = ChatRequest(messages=[UserMessage(text_for(1))])


def unclosed(url: str) -> object:
    """Call from a thread, and keep the adapter."""
    chat = _chat(url)
    chat.complete(_REQUEST)
    return chat


def dropped(url: str) -> object:
    """Call from a thread, and drop the adapter."""
    return _chat(url).complete(_REQUEST)


def unclosed_in_a_loop(url: str) -> object:
    """Call from a task, whose event loop ends."""
    chat = _chat(url)
    asyncio.run(chat.acomplete(_REQUEST))
    return chat


def closed(url: str) -> object:
    """Call sync and async, and close."""
    chat = _chat(url)

    async def call() -> None:
        async with chat:
            await chat.acomplete(_REQUEST)

    chat.complete(_REQUEST)
    return asyncio.run(call())


def half_read(url: str) -> object:
    """Read one event of a stream, and keep the stream."""
    stream = _chat(url).stream(_REQUEST)
    next(stream)
    return stream


def half_read_in_a_loop(url: str) -> object:
    """Read one event of a stream in an event loop, which ends."""

    async def begin() -> AsyncChatStream:
        stream = _chat(url).astream(_REQUEST)
        await anext(stream)
        return stream

    return asyncio.run(begin())


WAYS: dict[str, Callable[[str], object]] = {
    way.__name__: way for way in (unclosed, dropped, unclosed_in_a_loop, closed, half_read, half_read_in_a_loop)
}


def _chat(url: str) -> LiteLLMChat:
    return LiteLLMChat("openai/soak", api_key="none", api_base=f"{url}/v1", lane="direct")


def leave(way: str, url: str) -> object:
    """Run *way*, and return the object to keep until the interpreter exits."""
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # in dev mode it logs every slow callback
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        litellm_module.litellm()  # LiteLLM warns at import
    return WAYS[way](url)
