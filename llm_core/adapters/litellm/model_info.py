"""What is known about a model: LiteLLM's own tables, and what they lack."""

from collections.abc import Collection
from functools import lru_cache

import attrs

from llm_core.domain.errors import ModelNotFoundError
from llm_core.providers.profile import LiteLLMQuirks
from llm_core.providers.registry import find_profile
from llm_core.wires.openai_chat import OPENAI_CHAT

from .litellm_module import litellm

_UNKNOWN = LiteLLMQuirks()


@attrs.frozen(kw_only=True)
class ModelInfo:
    """A model as LiteLLM knows it.

    `openai_wire`: the request is sent in OpenAI's format: tool arguments as text, tool results as text.
    `supported_params` None: LiteLLM does not know, so everything is sent. `base_url`: the address that the caller gave.
    """

    name: str
    bare_name: str
    provider: str
    openai_wire: bool
    supported_params: Collection[str] | None
    base_url: str | None = attrs.field(default=None, repr=False)  # it may hold a password
    quirks: LiteLLMQuirks = attrs.field(factory=LiteLLMQuirks)

    @property
    def arguments_as_text(self) -> bool:
        """Whether the arguments of a tool call are sent as the model's own text."""
        return self.openai_wire or self.quirks.arguments_as_text

    def supports(self, parameter: str) -> bool:
        """Return whether *parameter*, by OpenAI's name, would reach the provider."""
        name = "response_format" if parameter == "json_object" else parameter
        is_known = self.supported_params is None or name in self.supported_params
        return is_known and parameter not in self.quirks.dropped_parameters

    def drops_part(self, part: str) -> bool:
        """Return whether this sort of part would not reach the provider.

        The sorts are ``image by url``, ``image in a result``, ``audio`` and ``file``.
        """
        return part in self.quirks.lost_parts


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
    profile = find_profile(provider)
    return ModelInfo(
        name=name,
        bare_name=bare_name,
        provider=provider,
        openai_wire=provider in vendor.openai_compatible_providers
        or (profile is not None and profile.wire is OPENAI_CHAT),
        supported_params=vendor.get_supported_openai_params(bare_name, provider),
        base_url=api_base,
        quirks=_UNKNOWN if profile is None else profile.litellm,
    )
