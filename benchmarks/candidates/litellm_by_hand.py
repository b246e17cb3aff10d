"""``litellm.completion`` without a port, with the keyword arguments that the adapter sets."""

from collections.abc import Awaitable, Callable
from typing import Any

import litellm

from benchmarks.measuring.workload import KEY, MODEL, CallSpec

litellm.suppress_debug_info = True
litellm.disable_hf_tokenizer_download = True
_MODELS = {
    "openai": (f"openai/{MODEL}", "/v1"),
    "anthropic": ("anthropic/claude-sonnet-4-5", ""),
    "gemini": ("gemini/gemini-2.5-flash", "/v1beta"),
}


def complete(spec: CallSpec) -> Callable[[], str]:
    """Return a call."""
    keywords = _kwargs(spec)
    return lambda: str(litellm.completion(**keywords()).choices[0].message.content)


def acomplete(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    keywords = _kwargs(spec)

    async def call() -> str:
        return str((await litellm.acompletion(**keywords())).choices[0].message.content)

    return call


def stream(spec: CallSpec) -> Callable[[], str]:
    """Return a call that streams."""
    keywords = _kwargs(spec)
    streaming = {"stream": True, "stream_options": {"include_usage": True}}

    def call() -> str:
        return "".join(_delta_text(chunk, spec) for chunk in litellm.completion(**keywords(), **streaming))

    return call


def astream(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    keywords = _kwargs(spec)
    streaming = {"stream": True, "stream_options": {"include_usage": True}}

    async def call() -> str:
        return "".join(
            [_delta_text(chunk, spec) async for chunk in await litellm.acompletion(**keywords(), **streaming)]
        )

    return call


def _delta_text(chunk: Any, spec: CallSpec) -> str:  # noqa: ANN401 -- LiteLLM's values are untyped here
    delta = chunk.choices[0].delta if chunk.choices else None
    if delta is None:
        return ""
    if spec.with_arguments:
        return delta.tool_calls[0].function.arguments or "" if delta.tool_calls else ""
    return delta.content or ""


def _kwargs(spec: CallSpec) -> Callable[[], dict[str, Any]]:
    model, base = _MODELS[spec.dialect]
    fixed = {"model": model, "api_key": KEY, "api_base": spec.url + base, "timeout": 120.0}
    quiet = {"max_retries": 0, "drop_params": False, "_skip_mcp_handler": True}
    tools = {"tools": spec.tools} if spec.tools else {}
    # LiteLLM changes the messages that are passed to it.
    return lambda: {**fixed, **quiet, **tools, "messages": [dict(one) for one in spec.messages]}
