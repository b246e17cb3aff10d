"""The call lane: `litellm.completion` and `litellm.acompletion`, and a way to close what they leave open."""

import copy
from collections.abc import Callable

from .codec import JsonObject
from .config import AdapterConfig
from .prepared_request import PreparedRequest

_LADDER = ("completion_stream", "response", "streaming_response", "async_response_iterator")


def completion_kwargs(plan: PreparedRequest, options: AdapterConfig, *, stream: bool) -> JsonObject:
    """Return the call that *plan* makes, as LiteLLM's keywords."""
    told: JsonObject = {
        **plan.parameters,
        **({"extra_body": plan.extra} if plan.extra and plan.model.openai_wire else plan.extra),
        **copy.deepcopy(dict(options.provider_options)),
        "model": plan.model.name,
        "messages": plan.messages,
        **({} if options.api_key is None else {"api_key": options.api_key}),  # a Router's deployments have their own
        **({} if options.api_base is None else {"api_base": options.api_base}),
        "timeout": plan.timeout,
        "max_retries": 0,
        "drop_params": False,
        "_skip_mcp_handler": True,  # else tools need the package mcp in 1.106
    }
    if options.headers:
        told["extra_headers"] = dict(options.headers)
    if stream:
        told |= {"stream": True, "stream_options": {"include_usage": True}}
    return told


def close_callbacks(stream: object, *names: str) -> list[Callable[[], object]]:
    """Return what closes *stream*, from LiteLLM's wrapper down to the connection: which step frees it, varies."""
    steps = [stream]
    for rung in _LADDER:
        below = getattr(steps[-1], rung, None)
        if below is not None:
            steps.append(below)
    return [method for step in steps if (method := _first_method(step, names)) is not None]


def _first_method(step: object, names: tuple[str, ...]) -> Callable[[], object] | None:
    methods = (getattr(step, name, None) for name in names)
    return next((method for method in methods if callable(method)), None)
