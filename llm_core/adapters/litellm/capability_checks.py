"""Checks a request against its model: unsupported settings are reported as ignored, anything else is refused."""

import copy
from collections.abc import Collection

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import ChatRequest, JsonOutput
from llm_core.domain.settings import ChatSettings
from llm_core.wires.openai_chat.encode_fields import encode_settings
from llm_core.wires.refusals import refuse_server_tools

from .litellm_module import reserved_kwargs
from .model_info import ModelInfo

_TYPED_PARAMS = frozenset({"response_format", "stream_options", "max_completion_tokens", "functions", "function_call"})


def require_support(request: ChatRequest, model: ModelInfo) -> None:
    """Refuse server tools, and tools, a tool choice or an output format that the model does not support.

    Raises:
        UnsupportedFeatureError: `feature` names the field.
    """
    refuse_server_tools(request)
    if request.tools and not model.supports("tools"):
        raise UnsupportedFeatureError(feature="tools")
    if request.tools and request.tool_choice != "auto" and not model.supports("tool_choice"):
        raise UnsupportedFeatureError(feature="tool_choice")
    parameter = "json_object" if isinstance(request.output, JsonOutput) else "response_format"
    if request.output is not None and not model.supports(parameter):
        raise UnsupportedFeatureError(feature="output")


def sendable_settings(
    settings: ChatSettings, model: ModelInfo, supported: Collection[str] | None = None, *, with_tools: bool
) -> tuple[JsonObject, tuple[str, ...]]:
    """Return the settings that the model supports, by OpenAI's names, and the names of the others.

    *supported* are the names that it supports, where the caller knows better than LiteLLM.
    LiteLLM has no parameter for the lifetime of a prompt cache that all its providers share: `cache` is never sent.
    """
    encoded = encode_settings(settings)
    ignored = tuple(
        name
        for name in encoded
        if not (model.supports(name) if supported is None else name in supported)
        or (name == "parallel_tool_calls" and not with_tools)
    )
    sent = {name: value for name, value in encoded.items() if name not in ignored}
    return sent, ignored if settings.cache is None else (*ignored, "cache")


def sendable_extra(settings: ChatSettings, model: ModelInfo) -> tuple[JsonObject, tuple[str, ...]]:
    """Return the `extra` settings for the body, and the names of those that LiteLLM would drop.

    Raises:
        UnsupportedFeatureError: a name that LiteLLM uses for something else.
    """
    if model.quirks.drops_extra:
        return {}, tuple(f"extra.{key}" for key in settings.extra)
    reserved = reserved_kwargs() if settings.extra and not model.openai_wire else frozenset[str]()
    for key in settings.extra:
        if key in _TYPED_PARAMS or key in reserved:
            raise UnsupportedFeatureError(feature=f"settings.extra.{key}")
    return copy.deepcopy(dict(settings.extra)), ()
