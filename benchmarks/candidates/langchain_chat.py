"""LangChain's chat models: ``ChatOpenAI`` or ``ChatLiteLLM``, by variant."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import convert_to_messages  # type: ignore[import-not-found]  # in the peers' environment

from benchmarks.measuring.workload import KEY, MODEL, CallSpec


def complete(spec: CallSpec) -> Callable[[], str]:
    """Return a call."""
    chat, messages = _chat(spec), convert_to_messages(spec.messages)
    return lambda: str(chat.invoke(messages).content)


def acomplete(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    chat, messages = _chat(spec), convert_to_messages(spec.messages)

    async def call() -> str:
        return str((await chat.ainvoke(messages)).content)

    return call


def stream(spec: CallSpec) -> Callable[[], str]:
    """Return a call that streams."""
    chat, messages = _chat(spec), convert_to_messages(spec.messages)
    return lambda: "".join(chunk.content for chunk in chat.stream(messages))


def astream(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    chat, messages = _chat(spec), convert_to_messages(spec.messages)

    async def call() -> str:
        return "".join([chunk.content async for chunk in chat.astream(messages)])

    return call


def _chat(spec: CallSpec) -> Any:  # noqa: ANN401 -- a class of another environment
    if spec.variant == "openai":
        from langchain_openai import ChatOpenAI  # type: ignore[import-not-found]  # in the peers' environment

        return ChatOpenAI(model=MODEL, api_key=KEY, base_url=f"{spec.url}/v1", max_retries=0)
    from langchain_litellm import ChatLiteLLM  # type: ignore[import-not-found]  # in the peers' environment

    return ChatLiteLLM(model=f"openai/{MODEL}", api_key=KEY, api_base=f"{spec.url}/v1", max_retries=0)
