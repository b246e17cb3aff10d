"""What of a request a model takes; the rest is named, or refused."""

import copy

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest, JsonOutput
from llm_core.domain.settings import ChatSettings

from .codec import JsonObject, encode_settings
from .litellm_module import reserved_kwargs
from .model_info import ModelInfo

_EXTRA_DROPPED = frozenset({"gemini", "vertex_ai", "vertex_ai_beta"})  # unknown fields do not reach the body
_SPOKEN_FOR = frozenset({"response_format", "stream_options", "max_completion_tokens", "functions", "function_call"})


def require_support(request: ChatRequest, model: ModelInfo) -> None:
    """Refuse what the model cannot do: tools, a choice among them, an output format.

    Raises:
        UnsupportedFeatureError: it names the field.
    """
    if request.tools and not model.supports("tools"):
        raise UnsupportedFeatureError(feature="tools")
    if request.tools and request.tool_choice != "auto" and not model.supports("tool_choice"):
        raise UnsupportedFeatureError(feature="tool_choice")
    kind = "json_object" if isinstance(request.output, JsonOutput) else "response_format"
    if request.output is not None and not model.supports(kind):
        raise UnsupportedFeatureError(feature="output")


def sendable_settings(
    settings: ChatSettings, model: ModelInfo, *, with_tools: bool
) -> tuple[JsonObject, tuple[str, ...]]:
    """Return the settings that the model takes, by OpenAI's names, and the names of those that it does not."""
    told = encode_settings(settings)
    ignored = [name for name in told if not model.supports(name) or (name == "parallel_tool_calls" and not with_tools)]
    return {name: value for name, value in told.items() if name not in ignored}, tuple(ignored)


def sendable_extra(settings: ChatSettings, model: ModelInfo, *, direct: bool) -> tuple[JsonObject, tuple[str, ...]]:
    """Return the provider's own settings for the body, and the names of those that LiteLLM's call would drop.

    Raises:
        UnsupportedFeatureError: a name that means something else to the lane.
    """
    if not direct and model.provider in _EXTRA_DROPPED:
        return {}, tuple(f"extra.{key}" for key in settings.extra)
    vendors_own = reserved_kwargs() if settings.extra and not (direct or model.openai_wire) else frozenset[str]()
    for key in settings.extra:
        if key in _SPOKEN_FOR or key in vendors_own:
            raise UnsupportedFeatureError(feature=f"settings.extra.{key}")
    return copy.deepcopy(dict(settings.extra)), ()
