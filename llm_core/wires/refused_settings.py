"""Settings for which a wire has no field: an encoder that receives one refuses it, since it sends all of them."""

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.settings import NO_SETTINGS, ChatSettings


def refuse_settings(settings: ChatSettings, *names: str) -> None:
    """Refuse *settings* if one of *names* is set.

    Raises:
        UnsupportedFeatureError: `feature` names the setting.
    """
    for name in names:
        if getattr(settings, name) != getattr(NO_SETTINGS, name):
            raise UnsupportedFeatureError(feature=f"settings.{name}")
