"""LiteLLM as we see it: the few names that we use, typed, and imported when the first call needs them."""

import logging
import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from llm_core.domain.errors import ConfigurationError

# Before its import LiteLLM fetches its price map and beta headers, loads a .env file, and prints records to stdout,
# unless the environment says otherwise; a variable that the user has set stands.
_QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOG": "ERROR",
}
# Below this level these log whole requests and answers, hence prompts and keys; the headers of an answer, which may
# quote a key; and an address, which may hold one. A level that the user has set stands.
_TALKATIVE = {"LiteLLM": logging.INFO, "openai": logging.INFO, "httpcore": logging.INFO, "httpx": logging.WARNING}


class CompletionClient(Protocol):
    """What the call lane asks, by keywords alone: LiteLLM's module, or a Router."""

    @property
    def completion(self) -> Callable[..., object]:
        """Ask, and block."""

    @property
    def acompletion(self) -> Callable[..., Awaitable[object]]:
        """Ask, and await."""


class Router(CompletionClient, Protocol):
    """A ``litellm.Router``: it asks whichever of its deployments goes by the model's name."""

    def get_model_list(self, model_name: str | None = None) -> Sequence[Mapping[str, object]] | None:
        """Return its deployments that go by the name."""


class LiteLLM(CompletionClient, Protocol):
    """The module ``litellm``."""

    ModelResponse: type
    CustomStreamWrapper: type
    UnsupportedParamsError: type[Exception]
    openai_compatible_providers: Collection[str]
    model_cost: Mapping[str, object]
    suppress_debug_info: bool
    disable_hf_tokenizer_download: bool
    disable_stop_sequence_limit: bool

    def get_llm_provider(
        self, model: str, *, api_base: str | None, api_key: str | None = None
    ) -> tuple[str, str, str | None, str | None]:
        """Return the bare model, its provider, its key and its address if known. Raises for an unknown prefix."""

    def get_supported_openai_params(self, model: str, custom_llm_provider: str) -> list[str] | None:
        """Return the names of the parameters that the model takes."""

    def get_model_info(self, model: str, custom_llm_provider: str) -> Mapping[str, object]:
        """Return what the price map says of a model. Raises for one that is not there."""

    def cost_per_token(self, *, model: str, custom_llm_provider: str, usage_object: object) -> tuple[float, float]:
        """Return the prices of input and output in US dollars. Raises for a model that is not in the price map."""


def require_litellm() -> None:
    """Raise ConfigurationError if LiteLLM is not installed; it is not imported for that."""
    if find_spec("litellm") is None:
        raise ConfigurationError("litellm is not installed: pip install 'llm-core[litellm]'")


@lru_cache(maxsize=1)
def litellm() -> LiteLLM:
    """Import LiteLLM: seconds and 160 MB, so only now. If somebody imported it before, their environment stands."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    vendor = cast(LiteLLM, import_module("litellm"))
    for name, level in _TALKATIVE.items():
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(max(level, logger.getEffectiveLevel()))
    vendor.suppress_debug_info = True  # else every error prints an advertisement to stdout
    vendor.disable_hf_tokenizer_download = True  # else a stream without usage may wait for a download
    vendor.disable_stop_sequence_limit = True  # else a fifth text to stop at is left out without a word
    return vendor


def reserved_kwargs() -> frozenset[str]:
    """Return the keywords that LiteLLM takes for itself: none of them would reach a provider's body."""
    types = import_module("litellm.types.utils")
    return frozenset(types.all_litellm_params)
