"""The Agents SDK's ``LitellmModel``: its model layer without an agent around it; it has no sync calls."""

from collections.abc import Awaitable, Callable
from typing import Any

from agents import ModelSettings, ModelTracing, set_tracing_disabled  # type: ignore[import-not-found]  # in the peers' environment
from agents.extensions.models.litellm_model import LitellmModel  # type: ignore[import-not-found]  # as above

from benchmarks.measuring.workload import KEY, MODEL, CallSpec

set_tracing_disabled(disabled=True)  # else it uploads its traces


def acomplete(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    model, arguments = _model_and_arguments(spec)

    async def call() -> str:
        response = await model.get_response(**arguments)
        return "".join(part.text for item in response.output for part in item.content)

    return call


def astream(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    model, arguments = _model_and_arguments(spec)

    async def call() -> str:
        events = model.stream_response(**arguments)
        return "".join([event.delta async for event in events if event.type == "response.output_text.delta"])

    return call


def _model_and_arguments(spec: CallSpec) -> tuple[Any, dict[str, Any]]:
    model = LitellmModel(model=f"openai/{MODEL}", base_url=f"{spec.url}/v1", api_key=KEY)
    system, user = (message["content"] for message in spec.messages)
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
