"""Keyword arguments for `litellm.completion` and `litellm.acompletion`, and how to close the streams they return."""

import copy
from collections.abc import Callable

from llm_core.domain.json_values import JsonObject
from llm_core.transport.adapter_config import AdapterConfig

from .prepared_request import PreparedRequest

_LAYERS = ("completion_stream", "response", "streaming_response", "async_response_iterator")


def completion_kwargs(prepared: PreparedRequest, config: AdapterConfig, *, stream: bool) -> JsonObject:
    """Return the keyword arguments of the call."""
    kwargs: JsonObject = {
        **prepared.parameters,
        **({"extra_body": prepared.extra} if prepared.extra and prepared.model.openai_wire else prepared.extra),
        **copy.deepcopy(dict(config.provider_options)),
        "model": prepared.model.name,
        "messages": prepared.messages,
        **({} if prepared.api_key is None else {"api_key": prepared.api_key}),  # a Router's deployments have their own
        **({} if config.api_base is None else {"api_base": config.api_base}),
        "timeout": prepared.timeout,
        "max_retries": 0,
        "drop_params": False,
        "_skip_mcp_handler": True,  # else tools need the package mcp in 1.106
    }
    if config.supported_settings is not None:
        kwargs["allowed_openai_params"] = sorted(config.supported_settings)  # otherwise LiteLLM's own list decides
    if config.headers:
        kwargs["extra_headers"] = dict(config.headers)
    if stream:
        kwargs |= {"stream": True, "stream_options": {"include_usage": True}}
    return kwargs


def close_callbacks(stream: object, *names: str) -> list[Callable[[], object]]:
    """Return the close methods of *stream*'s layers, outermost first: which of them frees the connection, varies."""
    layers = [stream]
    for name in _LAYERS:
        below = getattr(layers[-1], name, None)
        if below is not None:
            layers.append(below)
    return [method for layer in layers if (method := _first_method(layer, names)) is not None]


def _first_method(layer: object, names: tuple[str, ...]) -> Callable[[], object] | None:
    methods = (getattr(layer, name, None) for name in names)
    return next((method for method in methods if callable(method)), None)
