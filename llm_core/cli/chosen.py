"""The settings that a command uses: those of the environment, a model by option, or the echo."""

import attrs

from llm_core.bootstrap import example_for
from llm_core.domain.errors import ConfigurationError
from llm_core.env_settings import Settings, settings_from_env

from .known_models import unknown_model


def chosen_settings(model: str | None = None, *, echo: bool = False) -> Settings:
    """Return the settings in the environment, with *model* in place of theirs; with *echo* those of the echo.

    Raises:
        ConfigurationError: nothing is configured, a value is wrong, or no provider is known by the model's prefix.
    """
    if echo:
        return Settings(adapter="memory")
    settings = settings_from_env()
    if model:
        settings = attrs.evolve(settings, model=model)
    elif not settings.variables:
        raise ConfigurationError(f"no model is configured; for example: {example_for(settings)}; or try --echo")
    if problem := unknown_model(settings):
        raise ConfigurationError(problem)
    return settings
