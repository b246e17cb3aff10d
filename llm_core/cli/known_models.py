"""The models and providers that are known, without sending anything and without importing LiteLLM."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from llm_core.env_settings import Settings

if TYPE_CHECKING:
    from llm_core.domain.model_description import ModelDescription


def unknown_model(settings: Settings) -> str | None:
    """Return why no provider is known for the model of *settings*, and the nearest one; None if it may be served."""
    model = settings.model
    if model is None or settings.adapter not in ("litellm", "direct"):
        return None
    from llm_core.providers.registry import find_profile, nearest_provider, provider_of

    provider, slash, name = model.partition("/")
    if (find_profile(provider) if slash and name else provider_of(model)) is not None:
        return None
    others: Collection[str] = ()
    if settings.adapter == "litellm":
        from llm_core.adapters.litellm.provider_names import litellm_providers, may_be_served

        if settings.api_base or may_be_served(model):
            return None
        others = litellm_providers()
    near = nearest_provider(provider, others)
    known = f"no provider {provider!r}" if slash else f"{model!r} names no provider"
    return f"{known}: name the model as provider/model" + (f"; did you mean {near}/{name or '...'}?" if near else "")


def known_models(provider: str | None = None) -> list[tuple[str, str, ModelDescription]]:
    """Return name, lane and description of each known model; of a provider without one, what its profile knows.

    Raises:
        ValueError: no provider is named *provider*.
    """
    from llm_core.adapters.litellm.model_list import listed_models
    from llm_core.domain.model_description import ModelDescription
    from llm_core.providers.registry import all_profiles, nearest_provider

    models = list(listed_models())
    listed = {_prefix(name) for name, _, _ in models}
    for name, profile in sorted(all_profiles().items()):
        if name not in listed:
            models.append((f"{name}/...", "direct", ModelDescription(provider=name, wire=profile.wire.name)))
    if provider is None:
        return models
    found = [model for model in models if _prefix(model[0]) == provider]
    if not found:
        near = nearest_provider(provider, listed)
        raise ValueError(f"no provider {provider!r}" + (f"; did you mean {near}?" if near else ""))
    return found


def _prefix(name: str) -> str:
    return name.partition("/")[0]
