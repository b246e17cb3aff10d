"""LangChain's chat models: ``ChatOpenAI``, and ``ChatLiteLLM``, as the variant says."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import convert_to_messages  # type: ignore[import-not-found]  # in the peers' environment

from benchmarks.measuring.asking import KEY, MODEL, Ask


def complete(ask: Ask) -> Callable[[], str]:
    """Return a call."""
    chat, messages = _chat(ask), convert_to_messages(ask.messages)
    return lambda: str(chat.invoke(messages).content)


def acomplete(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    chat, messages = _chat(ask), convert_to_messages(ask.messages)

    async def call() -> str:
        return str((await chat.ainvoke(messages)).content)

    return call


def stream(ask: Ask) -> Callable[[], str]:
    """Return a call that streams."""
    chat, messages = _chat(ask), convert_to_messages(ask.messages)
    return lambda: "".join(chunk.content for chunk in chat.stream(messages))


def astream(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    chat, messages = _chat(ask), convert_to_messages(ask.messages)

    async def call() -> str:
        return "".join([chunk.content async for chunk in chat.astream(messages)])

    return call


def _chat(ask: Ask) -> Any:  # noqa: ANN401 -- a class of another environment
    if ask.variant == "openai":
        from langchain_openai import ChatOpenAI  # type: ignore[import-not-found]  # in the peers' environment

        return ChatOpenAI(model=MODEL, api_key=KEY, base_url=f"{ask.url}/v1", max_retries=0)
    from langchain_litellm import ChatLiteLLM  # type: ignore[import-not-found]  # in the peers' environment

    return ChatLiteLLM(model=f"openai/{MODEL}", api_key=KEY, api_base=f"{ask.url}/v1", max_retries=0)
