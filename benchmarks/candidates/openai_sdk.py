"""The openai SDK, used as in its README."""

from collections.abc import Awaitable, Callable
from typing import Any

import openai

from benchmarks.measuring.workload import KEY, MODEL, CallSpec


def complete(spec: CallSpec) -> Callable[[], str]:
    """Return a call."""
    client: Any = openai.OpenAI(api_key=KEY, base_url=f"{spec.url}/v1")
    arguments = _arguments(spec)
    return lambda: str(client.chat.completions.create(**arguments).choices[0].message.content)


def acomplete(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    client: Any = openai.AsyncOpenAI(api_key=KEY, base_url=f"{spec.url}/v1")
    arguments = _arguments(spec)

    async def call() -> str:
        return str((await client.chat.completions.create(**arguments)).choices[0].message.content)

    return call


def stream(spec: CallSpec) -> Callable[[], str]:
    """Return a call that streams."""
    client: Any = openai.OpenAI(api_key=KEY, base_url=f"{spec.url}/v1")
    arguments = {**_arguments(spec), "stream": True, "stream_options": {"include_usage": True}}
    return lambda: "".join(_delta_text(chunk, spec) for chunk in client.chat.completions.create(**arguments))


def astream(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    client: Any = openai.AsyncOpenAI(api_key=KEY, base_url=f"{spec.url}/v1")
    arguments = {**_arguments(spec), "stream": True, "stream_options": {"include_usage": True}}

    async def call() -> str:
        return "".join([_delta_text(chunk, spec) async for chunk in await client.chat.completions.create(**arguments)])

    return call


def _arguments(spec: CallSpec) -> dict[str, object]:
    assert spec.dialect == "openai", "supports only OpenAI's wire"
    return {"model": MODEL, "messages": spec.messages, **({"tools": spec.tools} if spec.tools else {})}


def _delta_text(chunk: Any, spec: CallSpec) -> str:  # noqa: ANN401 -- the SDK's own union
    delta = chunk.choices[0].delta if chunk.choices else None
    if delta is None:
        return ""
    if spec.with_arguments:
        return delta.tool_calls[0].function.arguments or "" if delta.tool_calls else ""
    return delta.content or ""
