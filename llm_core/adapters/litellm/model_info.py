"""Whom a request asks, and what it takes: LiteLLM's own tables, and what they do not tell."""

from collections.abc import Collection
from functools import lru_cache

import attrs

from llm_core.domain.errors import ModelNotFoundError

from .litellm_module import litellm

# LiteLLM lists these as supported and leaves them out without a word.
_DROPPED: dict[str, frozenset[str]] = {
    "anthropic": frozenset({"json_object"}),
    "gemini": frozenset({"parallel_tool_calls"}),
    "ollama_chat": frozenset({"frequency_penalty", "tool_choice"}),
}


# Parts of a message that LiteLLM leaves out as silently; a picture by address it fetches itself, or sends as data.
_LOST: dict[str, frozenset[str]] = {
    "anthropic": frozenset({"sound"}),
    "gemini": frozenset({"a picture by url"}),
    "ollama": frozenset({"a picture by url", "sound", "a file"}),
    "ollama_chat": frozenset({"a picture by url", "sound", "a file"}),
}


_OPENAI_WIRES = ("openai", "azure", "openrouter", "mistral")  # LiteLLM's own list lacks some


@attrs.frozen(kw_only=True)
class ModelInfo:
    """A model as LiteLLM knows it.

    `openai_wire`: arguments travel as text, and tool results are text alone. `takes` None: LiteLLM cannot tell, so
    everything is sent. `custom_base_url`: a server of somebody else's is asked, in that provider's wire format.
    """

    name: str
    bare_name: str
    provider: str
    openai_wire: bool
    supported_params: Collection[str] | None
    custom_base_url: bool = False

    @property
    def arguments_as_text(self) -> bool:
        """Whether the arguments of a call travel as the model's own text."""
        return self.openai_wire or self.provider == "cohere_chat"

    @property
    def supports_stream_options(self) -> bool:
        """Whether a stream has to be asked for its usage, and may be."""
        return self.openai_wire and self.supports("stream_options")

    def supports(self, parameter: str) -> bool:
        """Return whether *parameter*, by OpenAI's name, would reach the provider."""
        known = "response_format" if parameter == "json_object" else parameter
        return (self.supported_params is None or known in self.supported_params) and parameter not in _DROPPED.get(
            self.provider, ()
        )

    def drops_part(self, part: str) -> bool:
        """Return whether *part* of a message ("sound", say) would not reach the provider."""
        return part in _LOST.get(self.provider, ())


@lru_cache(maxsize=256)
def find_model_info(name: str, api_base: str | None) -> ModelInfo:
    """Return what LiteLLM knows of the model *name*, prefix and all.

    Raises:
        ModelNotFoundError: no provider goes by that prefix.
    """
    vendor = litellm()
    try:
        bare_name, provider, *_ = vendor.get_llm_provider(name, api_base=api_base)
    except Exception:  # noqa: BLE001 -- an unknown prefix raises, and each version something else
        provider = None
    if provider is None:
        raise ModelNotFoundError(model=name, detail="unknown provider: name the model as in 'openai/gpt-5-mini'")
    return ModelInfo(
        name=name,
        bare_name=bare_name,
        provider=provider,
        openai_wire=provider in {*_OPENAI_WIRES, *vendor.openai_compatible_providers},
        supported_params=vendor.get_supported_openai_params(bare_name, provider),
        custom_base_url=api_base is not None and "api.openai.com" not in api_base,
    )
