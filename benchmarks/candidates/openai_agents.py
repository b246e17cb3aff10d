"""The Agents SDK's ``LitellmModel``: its model layer without an agent around it; it has no blocking calls."""

from collections.abc import Awaitable, Callable
from typing import Any

from agents import ModelSettings, ModelTracing, set_tracing_disabled  # type: ignore[import-not-found]  # in the peers' environment
from agents.extensions.models.litellm_model import LitellmModel  # type: ignore[import-not-found]  # as above

from benchmarks.measuring.asking import KEY, MODEL, Ask

set_tracing_disabled(disabled=True)  # else it sends its traces away


def acomplete(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    model, asked = _given(ask)

    async def call() -> str:
        response = await model.get_response(**asked)
        return "".join(part.text for item in response.output for part in item.content)

    return call


def astream(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    model, asked = _given(ask)

    async def call() -> str:
        events = model.stream_response(**asked)
        return "".join([event.delta async for event in events if event.type == "response.output_text.delta"])

    return call


def _given(ask: Ask) -> tuple[Any, dict[str, Any]]:
    model = LitellmModel(model=f"openai/{MODEL}", base_url=f"{ask.url}/v1", api_key=KEY)
    system, user = (message["content"] for message in ask.messages)
    return model, {
        "system_instructions": system,
        "input": user,
        "model_settings": ModelSettings(include_usage=True),
        "tools": [],
        "output_schema": None,
        "handoffs": [],
        "tracing": ModelTracing.DISABLED,
        "previous_response_id": None,
        "conversation_id": None,
        "prompt": None,
    }
