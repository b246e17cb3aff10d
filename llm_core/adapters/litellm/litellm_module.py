"""The module ``litellm``: the names that are used, typed, and imported by the first call that needs them."""

import logging
import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from llm_core.domain.errors import ConfigurationError
from llm_core.transport.log_levels import limit_log_levels

# Without these LiteLLM downloads its price map and beta headers when it is imported, loads a .env file, and prints log
# records to stdout. A variable that the user has set is left as it is.
_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOG": "ERROR",
}
# Below these levels they log whole requests and answers, hence prompts and keys; response headers, which may quote a
# key; and URLs, which may hold one.
_LOG_LEVELS = {"LiteLLM": logging.INFO, "openai": logging.INFO, "httpcore": logging.INFO, "httpx": logging.WARNING}


class CompletionClient(Protocol):
    """What the call lane calls, with keyword arguments: LiteLLM's module, or a Router."""

    @property
    def completion(self) -> Callable[..., object]:
        """Complete, sync."""

    @property
    def acompletion(self) -> Callable[..., Awaitable[object]]:
        """Complete, async."""


class Router(CompletionClient, Protocol):
    """A ``litellm.Router``: it calls one of its deployments of the model's name."""

    def get_model_list(self, model_name: str | None = None) -> Sequence[Mapping[str, object]] | None:
        """Return the deployments of that name."""


class LiteLLM(CompletionClient, Protocol):
    """The module ``litellm``."""

    ModelResponse: type
    CustomStreamWrapper: type
    UnsupportedParamsError: type[Exception]
    openai_compatible_providers: Collection[str]
    suppress_debug_info: bool
    disable_hf_tokenizer_download: bool
    disable_stop_sequence_limit: bool

    def get_llm_provider(
        self, model: str, *, api_base: str | None, api_key: str | None = None
    ) -> tuple[str, str, str | None, str | None]:
        """Return the bare model, its provider, its key and its address if known. Raises for an unknown prefix."""

    def get_supported_openai_params(self, model: str, custom_llm_provider: str) -> list[str] | None:
        """Return the names of the parameters that the model supports."""


def require_litellm() -> None:
    """Raise ConfigurationError if LiteLLM is not installed, without importing it."""
    if find_spec("litellm") is None:
        raise ConfigurationError("litellm is not installed: pip install 'llm-core[litellm]'")


@lru_cache(maxsize=1)
def litellm() -> LiteLLM:
    """Import LiteLLM: seconds and 160 MB. If the program has imported it already, the variables have no effect."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    vendor = cast(LiteLLM, import_module("litellm"))
    limit_log_levels(_LOG_LEVELS)
    vendor.suppress_debug_info = True  # otherwise every error prints an advertisement to stdout
    vendor.disable_hf_tokenizer_download = True  # otherwise a stream without usage may wait for a download
    vendor.disable_stop_sequence_limit = True  # otherwise a fifth stop sequence is dropped without an error
    return vendor


def get_secret(*names: str) -> str | None:
    """Return the first of these variables that is set, read by LiteLLM, which may use a secret manager."""
    read = import_module("litellm.secret_managers.main").get_secret_str
    values = (read(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), None)


def reserved_kwargs() -> frozenset[str]:
    """Return the keyword arguments that LiteLLM uses itself: none of them would reach a provider."""
    types = import_module("litellm.types.utils")
    return frozenset(types.all_litellm_params)
