"""``litellm.completion`` as one writes it without a port, with the keywords that the adapter sets."""

from collections.abc import Awaitable, Callable
from typing import Any

import litellm

from benchmarks.measuring.asking import KEY, MODEL, Ask

litellm.suppress_debug_info = True
litellm.disable_hf_tokenizer_download = True
_MODELS = {
    "openai": (f"openai/{MODEL}", "/v1"),
    "anthropic": ("anthropic/claude-sonnet-4-5", ""),
    "gemini": ("gemini/gemini-2.5-flash", "/v1beta"),
}


def complete(ask: Ask) -> Callable[[], str]:
    """Return a call."""
    keywords = _given(ask)
    return lambda: str(litellm.completion(**keywords()).choices[0].message.content)


def acomplete(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    keywords = _given(ask)

    async def call() -> str:
        return str((await litellm.acompletion(**keywords())).choices[0].message.content)

    return call


def stream(ask: Ask) -> Callable[[], str]:
    """Return a call that streams."""
    keywords = _given(ask)
    streaming = {"stream": True, "stream_options": {"include_usage": True}}

    def call() -> str:
        return "".join(_piece(chunk, ask) for chunk in litellm.completion(**keywords(), **streaming))

    return call


def astream(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    keywords = _given(ask)
    streaming = {"stream": True, "stream_options": {"include_usage": True}}

    async def call() -> str:
        return "".join([_piece(chunk, ask) async for chunk in await litellm.acompletion(**keywords(), **streaming)])

    return call


def _piece(chunk: Any, ask: Ask) -> str:  # noqa: ANN401 -- LiteLLM's values are untyped here
    delta = chunk.choices[0].delta if chunk.choices else None
    if delta is None:
        return ""
    if ask.with_arguments:
        return delta.tool_calls[0].function.arguments or "" if delta.tool_calls else ""
    return delta.content or ""


def _given(ask: Ask) -> Callable[[], dict[str, Any]]:
    model, base = _MODELS[ask.dialect]
    fixed = {"model": model, "api_key": KEY, "api_base": ask.url + base, "timeout": 120.0}
    quiet = {"max_retries": 0, "drop_params": False, "_skip_mcp_handler": True}
    tools = {"tools": ask.tools} if ask.tools else {}
    # LiteLLM edits the messages that it is given.
    return lambda: {**fixed, **quiet, **tools, "messages": [dict(one) for one in ask.messages]}
