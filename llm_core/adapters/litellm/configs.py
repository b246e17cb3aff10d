"""LiteLLM's provider configs, which write the requests of the direct lane and are used for nothing else."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Protocol, runtime_checkable

from llm_core.domain.json_values import JsonObject

_EDITS = "_transform_messages"  # overridden by configs that rewrite messages


@runtime_checkable
class Config(Protocol):
    """How one provider's requests are written. LiteLLM edits all values: pass fresh ones."""

    def map_openai_params(
        self, *, non_default_params: JsonObject, optional_params: JsonObject, model: str, drop_params: bool
    ) -> JsonObject:
        """Return the parameters by the provider's own names. UnsupportedParamsError for those it does not support."""

    def validate_environment(
        self,
        *,
        headers: dict[str, str],
        model: str,
        messages: Sequence[JsonObject],
        optional_params: JsonObject,
        litellm_params: JsonObject,
        api_key: str,
        api_base: str,
    ) -> dict[str, str]:
        """Return the headers, the key among them."""

    def get_complete_url(
        self,
        *,
        api_base: str,
        api_key: str,
        model: str,
        optional_params: JsonObject,
        litellm_params: JsonObject,
        stream: bool,
    ) -> str:
        """Return the URL."""

    def transform_request(
        self,
        *,
        model: str,
        messages: Sequence[JsonObject],
        optional_params: JsonObject,
        litellm_params: JsonObject,
        headers: Mapping[str, str],
    ) -> JsonObject:
        """Return the body."""


@lru_cache(maxsize=256)
def find_config(provider: str, model: str) -> Config | None:
    """Return LiteLLM's config for *model*; None if this LiteLLM has none, or one with another interface."""
    try:
        manager = import_module("litellm.utils").ProviderConfigManager
        providers = import_module("litellm.types.utils").LlmProviders
        config: object = manager.get_provider_chat_config(model, providers(provider))
    except (ImportError, AttributeError, ValueError, TypeError):
        return None
    return config if isinstance(config, Config) else None


def keeps_messages(config: Config) -> bool:
    """Return whether *config* sends text messages unchanged; LiteLLM would walk through all of them to find out."""
    gpt = import_module("litellm.llms.openai.chat.gpt_transformation").OpenAIGPTConfig
    method: object = getattr(type(config), _EDITS, None)
    return method is not None and method is getattr(gpt, _EDITS, None)


def get_secret(*names: str) -> str | None:
    """Return the first of these variables that is set, read by LiteLLM, which may use a secret manager."""
    read = import_module("litellm.secret_managers.main").get_secret_str
    values = (read(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), None)
