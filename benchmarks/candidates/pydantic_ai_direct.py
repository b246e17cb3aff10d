"""pydantic-ai's direct model requests: its model layer without an agent around it."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic_ai import ModelRequest  # type: ignore[import-not-found]  # in the peers' environment, as all here
from pydantic_ai.direct import (  # type: ignore[import-not-found]  # as above
    model_request,
    model_request_stream,
    model_request_stream_sync,
    model_request_sync,
)
from pydantic_ai.messages import (  # type: ignore[import-not-found]  # as above
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    UserPromptPart,
)
from pydantic_ai.models.openai import OpenAIChatModel  # type: ignore[import-not-found]  # as above
from pydantic_ai.providers.openai import OpenAIProvider  # type: ignore[import-not-found]  # as above

from benchmarks.measuring.workload import KEY, MODEL, CallSpec


def complete(spec: CallSpec) -> Callable[[], str]:
    """Return a call."""
    model, messages = _model_and_messages(spec)
    return lambda: _text(model_request_sync(model, messages))


def acomplete(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    model, messages = _model_and_messages(spec)

    async def call() -> str:
        return _text(await model_request(model, messages))

    return call


def stream(spec: CallSpec) -> Callable[[], str]:
    """Return a call that streams."""
    model, messages = _model_and_messages(spec)

    def call() -> str:
        with model_request_stream_sync(model, messages) as events:
            return "".join(_delta_text(event) for event in events)

    return call


def astream(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    model, messages = _model_and_messages(spec)

    async def call() -> str:
        async with model_request_stream(model, messages) as events:
            return "".join([_delta_text(event) async for event in events])

    return call


def _model_and_messages(spec: CallSpec) -> tuple[Any, list[Any]]:
    model = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=f"{spec.url}/v1", api_key=KEY))
    system, user = (message["content"] for message in spec.messages)
    return model, [ModelRequest(parts=[SystemPromptPart(content=system), UserPromptPart(content=user)])]


def _text(response: Any) -> str:  # noqa: ANN401 -- a class of another environment
    return "".join(part.content for part in response.parts)


def _delta_text(event: Any) -> str:  # noqa: ANN401 -- as above
    if isinstance(event, PartStartEvent):
        return str(event.part.content)
    return str(event.delta.content_delta) if isinstance(event, PartDeltaEvent) else ""
