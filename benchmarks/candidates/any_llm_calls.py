"""any-llm's functions."""

from collections.abc import Awaitable, Callable
from typing import Any

from any_llm import AnyLLM  # type: ignore[import-not-found]  # in the peers' environment

from benchmarks.measuring.workload import KEY, MODEL, CallSpec


def complete(spec: CallSpec) -> Callable[[], str]:
    """Return a call."""
    llm = _llm(spec)
    return lambda: str(llm.completion(model=MODEL, messages=spec.messages).choices[0].message.content)


def acomplete(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    llm = _llm(spec)

    async def call() -> str:
        return str((await llm.acompletion(model=MODEL, messages=spec.messages)).choices[0].message.content)

    return call


def stream(spec: CallSpec) -> Callable[[], str]:
    """Return a call that streams."""
    llm = _llm(spec)
    return lambda: "".join(
        _delta_text(chunk) for chunk in llm.completion(model=MODEL, messages=spec.messages, stream=True)
    )


def astream(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    llm = _llm(spec)

    async def call() -> str:
        chunks = await llm.acompletion(model=MODEL, messages=spec.messages, stream=True)
        return "".join([_delta_text(chunk) async for chunk in chunks])

    return call


def _llm(spec: CallSpec) -> Any:  # noqa: ANN401 -- a class of another environment
    # One for all calls, as its README advises for production; its plain functions create a client for each call.
    return AnyLLM.create("openai", api_key=KEY, api_base=f"{spec.url}/v1")


def _delta_text(chunk: Any) -> str:  # noqa: ANN401 -- as above
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""
