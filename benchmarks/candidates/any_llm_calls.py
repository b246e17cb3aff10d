"""any-llm's functions."""

from collections.abc import Awaitable, Callable
from typing import Any

from any_llm import AnyLLM  # type: ignore[import-not-found]  # in the peers' environment

from benchmarks.measuring.asking import KEY, MODEL, Ask


def complete(ask: Ask) -> Callable[[], str]:
    """Return a call."""
    llm = _llm(ask)
    return lambda: str(llm.completion(model=MODEL, messages=ask.messages).choices[0].message.content)


def acomplete(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    llm = _llm(ask)

    async def call() -> str:
        return str((await llm.acompletion(model=MODEL, messages=ask.messages)).choices[0].message.content)

    return call


def stream(ask: Ask) -> Callable[[], str]:
    """Return a call that streams."""
    llm = _llm(ask)
    return lambda: "".join(_piece(chunk) for chunk in llm.completion(model=MODEL, messages=ask.messages, stream=True))


def astream(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    llm = _llm(ask)

    async def call() -> str:
        chunks = await llm.acompletion(model=MODEL, messages=ask.messages, stream=True)
        return "".join([_piece(chunk) async for chunk in chunks])

    return call


def _llm(ask: Ask) -> Any:  # noqa: ANN401 -- a class of another environment
    # One for all calls: its README's advice for production; its plain functions make a client a call.
    return AnyLLM.create("openai", api_key=KEY, api_base=f"{ask.url}/v1")


def _piece(chunk: Any) -> str:  # noqa: ANN401 -- as above
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""
