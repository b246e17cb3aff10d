"""Settings that a model refuses because of their value or their combination; only LiteLLM's config knows them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.settings import ChatSettings

from .configs import Config, find_config
from .litellm_module import litellm
from .prepared_request import PreparedRequest

_SETTINGS = tuple(attrs.fields_dict(ChatSettings))
_FIRST = "reasoning_effort"  # whether others are accepted depends on it


def drop_unsupported(prepared: PreparedRequest, *, unsupported: str) -> PreparedRequest:
    """Return *prepared* without the settings that its model refuses; `ignored` names them.

    Raises:
        UnsupportedFeatureError: there are some, and *unsupported* is ``error``.
    """
    model = prepared.model
    settings = tuple((name, _hashable(value)) for name, value in prepared.parameters.items() if name in _SETTINGS)
    refused = _refused(model.provider, model.bare_name, settings) if settings else ()
    if refused and unsupported == "error":
        raise UnsupportedFeatureError(feature=f"settings.{refused[0]}")
    if not refused:
        return prepared
    accepted = {name: value for name, value in prepared.parameters.items() if name not in refused}
    return attrs.evolve(prepared, parameters=accepted, ignored=(*prepared.ignored, *refused))


@lru_cache(maxsize=256)
def _refused(provider: str, model: str, settings: Sequence[tuple[str, object]]) -> tuple[str, ...]:
    """Return the names of those that are refused; each is tried together with those accepted before it."""
    config = find_config(provider, model)
    if config is None or _accepts(config, model, dict(settings)):
        return ()
    accepted: dict[str, object] = {}
    refused = []
    for name, value in sorted(settings, key=lambda setting: setting[0] != _FIRST):
        if _accepts(config, model, {**accepted, name: value}):
            accepted[name] = value
        else:
            refused.append(name)
    return tuple(refused)


def _accepts(config: Config, model: str, settings: Mapping[str, object]) -> bool:
    fresh = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
    try:
        config.map_openai_params(non_default_params=fresh, optional_params={}, model=model, drop_params=False)
    except litellm().UnsupportedParamsError:
        return False
    return True


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
