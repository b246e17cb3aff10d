"""Which settings a model refuses by their values, or beside each other: only LiteLLM's config itself can tell."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.settings import ChatSettings

from .configs import Config, find_config
from .litellm_module import litellm
from .prepared_request import PreparedRequest

_SETTINGS = tuple(attrs.fields_dict(ChatSettings))
_FIRST = "reasoning_effort"  # what others are allowed beside depends on it


def drop_unsupported(plan: PreparedRequest, *, unsupported: str) -> PreparedRequest:
    """Return *plan* without the settings that its model refuses; they are named in `ignored`.

    Raises:
        UnsupportedFeatureError: there are some, and *unsupported* is ``error``.
    """
    model = plan.model
    told = tuple((name, _hashable(value)) for name, value in plan.parameters.items() if name in _SETTINGS)
    refused = _refused(model.provider, model.bare_name, told) if told else ()
    if refused and unsupported == "error":
        raise UnsupportedFeatureError(feature=f"settings.{refused[0]}")
    if not refused:
        return plan
    kept = {name: value for name, value in plan.parameters.items() if name not in refused}
    return attrs.evolve(plan, parameters=kept, ignored=(*plan.ignored, *refused))


@lru_cache(maxsize=256)
def _refused(provider: str, model: str, told: Sequence[tuple[str, object]]) -> tuple[str, ...]:
    """Return the names of those that are refused; each is tried beside those that were taken before it."""
    config = find_config(provider, model)
    if config is None or _takes(config, model, dict(told)):
        return ()
    taken: dict[str, object] = {}
    refused = []
    for name, value in sorted(told, key=lambda setting: setting[0] != _FIRST):
        if _takes(config, model, {**taken, name: value}):
            taken[name] = value
        else:
            refused.append(name)
    return tuple(refused)


def _takes(config: Config, model: str, told: Mapping[str, object]) -> bool:
    fresh = {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
    try:
        config.map_openai_params(non_default_params=fresh, optional_params={}, model=model, drop_params=False)
    except litellm().UnsupportedParamsError:
        return False
    return True


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
