"""What is known about a model: LiteLLM's own tables, and what they lack."""

from collections.abc import Collection
from functools import lru_cache

import attrs

from llm_core.domain.errors import ModelNotFoundError
from llm_core.providers.registry import profile_for

from .litellm_module import litellm

# Parameters that LiteLLM lists as supported, but drops without an error.
_DROPPED: dict[str, frozenset[str]] = {
    "anthropic": frozenset({"json_object"}),
    "gemini": frozenset({"parallel_tool_calls"}),
    "ollama_chat": frozenset({"frequency_penalty", "tool_choice"}),
}


# Parts of a message that LiteLLM drops without an error. It downloads an image given by URL itself, or sends the URL as
# if it were image data.
# To Cohere it sends every part in OpenAI's form, but Cohere reads text and images, and in a result text alone:
# https://docs.cohere.com/reference/chat.
_LOST: dict[str, frozenset[str]] = {
    "anthropic": frozenset({"audio"}),
    "cohere_chat": frozenset({"audio", "file", "image in a result"}),
    "gemini": frozenset({"image by url"}),
    "ollama": frozenset({"image by url", "audio", "file"}),
    "ollama_chat": frozenset({"image by url", "audio", "file"}),
}


@attrs.frozen(kw_only=True)
class ModelInfo:
    """A model as LiteLLM knows it.

    `openai_wire`: the request is sent in OpenAI's format: tool arguments as text, tool results as text.
    `supported_params` None: LiteLLM does not know, so everything is sent. `custom_base_url`: the address is not the
    provider's own; another server uses its wire format.
    """

    name: str
    bare_name: str
    provider: str
    openai_wire: bool
    supported_params: Collection[str] | None
    custom_base_url: bool = False

    @property
    def arguments_as_text(self) -> bool:
        """Whether the arguments of a tool call are sent as the model's own text."""
        return self.openai_wire or profile_for(self.provider).arguments_as_text

    @property
    def supports_stream_options(self) -> bool:
        """Whether a stream reports usage only on request, and accepts that request."""
        return self.openai_wire and self.supports("stream_options")

    def supports(self, parameter: str) -> bool:
        """Return whether *parameter*, by OpenAI's name, would reach the provider."""
        name = "response_format" if parameter == "json_object" else parameter
        is_known = self.supported_params is None or name in self.supported_params
        return is_known and parameter not in _DROPPED.get(self.provider, ())

    def drops_part(self, part: str) -> bool:
        """Return whether this sort of part would not reach the provider.

        The sorts are ``image by url``, ``image in a result``, ``audio`` and ``file``.
        """
        return part in _LOST.get(self.provider, ())


@lru_cache(maxsize=256)
def find_model_info(name: str, api_base: str | None) -> ModelInfo:
    """Return what LiteLLM knows about the model *name*, which includes the provider's prefix.

    Raises:
        ModelNotFoundError: no provider has that prefix.
    """
    vendor = litellm()
    try:
        bare_name, provider, *_ = vendor.get_llm_provider(name, api_base=api_base)
    except Exception:  # noqa: BLE001 -- LiteLLM raises for an unknown prefix, each version another exception
        provider = None
    if provider is None:
        raise ModelNotFoundError(model=name, detail="unknown provider: name the model as in 'openai/gpt-5-mini'")
    return ModelInfo(
        name=name,
        bare_name=bare_name,
        provider=provider,
        openai_wire=provider in vendor.openai_compatible_providers or profile_for(provider).openai_wire,
        supported_params=vendor.get_supported_openai_params(bare_name, provider),
        custom_base_url=api_base is not None and "api.openai.com" not in api_base,
    )
