"""The openai SDK as its README has it."""

from collections.abc import Awaitable, Callable
from typing import Any

import openai

from benchmarks.measuring.asking import KEY, MODEL, Ask


def complete(ask: Ask) -> Callable[[], str]:
    """Return a call."""
    client: Any = openai.OpenAI(api_key=KEY, base_url=f"{ask.url}/v1")
    asked = _asked(ask)
    return lambda: str(client.chat.completions.create(**asked).choices[0].message.content)


def acomplete(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    client: Any = openai.AsyncOpenAI(api_key=KEY, base_url=f"{ask.url}/v1")
    asked = _asked(ask)

    async def call() -> str:
        return str((await client.chat.completions.create(**asked)).choices[0].message.content)

    return call


def stream(ask: Ask) -> Callable[[], str]:
    """Return a call that streams."""
    client: Any = openai.OpenAI(api_key=KEY, base_url=f"{ask.url}/v1")
    asked = {**_asked(ask), "stream": True, "stream_options": {"include_usage": True}}
    return lambda: "".join(_piece(chunk, ask) for chunk in client.chat.completions.create(**asked))


def astream(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    client: Any = openai.AsyncOpenAI(api_key=KEY, base_url=f"{ask.url}/v1")
    asked = {**_asked(ask), "stream": True, "stream_options": {"include_usage": True}}

    async def call() -> str:
        return "".join([_piece(chunk, ask) async for chunk in await client.chat.completions.create(**asked)])

    return call


def _asked(ask: Ask) -> dict[str, object]:
    assert ask.dialect == "openai", "speaks OpenAI's wire alone"
    return {"model": MODEL, "messages": ask.messages, **({"tools": ask.tools} if ask.tools else {})}


def _piece(chunk: Any, ask: Ask) -> str:  # noqa: ANN401 -- the SDK's own union
    delta = chunk.choices[0].delta if chunk.choices else None
    if delta is None:
        return ""
    if ask.with_arguments:
        return delta.tool_calls[0].function.arguments or "" if delta.tool_calls else ""
    return delta.content or ""
