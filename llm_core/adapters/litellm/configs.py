"""LiteLLM's provider configs as we see them: they write requests, and nothing else is asked of them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Protocol, runtime_checkable

from .codec import JsonObject

_EDITS = "_transform_messages"  # what a config overrides to send other messages than it was given


@runtime_checkable
class Config(Protocol):
    """How one provider wants to be asked. All values are LiteLLM's to edit: hand in fresh ones."""

    def map_openai_params(
        self, *, non_default_params: JsonObject, optional_params: JsonObject, model: str, drop_params: bool
    ) -> JsonObject:
        """Return the parameters by the provider's own names. UnsupportedParamsError for what it does not take."""

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
        """Return where to ask."""

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
    """Return LiteLLM's config for *model*; None where this LiteLLM has none, or one that is not as we know it."""
    try:
        manager = import_module("litellm.utils").ProviderConfigManager
        providers = import_module("litellm.types.utils").LlmProviders
        config: object = manager.get_provider_chat_config(model, providers(provider))
    except (ImportError, AttributeError, ValueError, TypeError):
        return None
    return config if isinstance(config, Config) else None


def keeps_messages(config: Config) -> bool:
    """Return whether *config* sends messages of plain words as they are: LiteLLM walks through all to see that."""
    gpt = import_module("litellm.llms.openai.chat.gpt_transformation").OpenAIGPTConfig
    ours: object = getattr(type(config), _EDITS, None)
    return ours is not None and ours is getattr(gpt, _EDITS, None)


def get_secret(*names: str) -> str | None:
    """Return the first of these variables that is set, as LiteLLM reads it: a secret manager may stand behind."""
    read = import_module("litellm.secret_managers.main").get_secret_str
    values = (read(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), None)
