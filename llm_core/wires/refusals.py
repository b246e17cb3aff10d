"""What a wire has no field for: an encoder that receives it refuses it, since it sends all that it receives."""

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import NO_SETTINGS, ChatSettings

MAX_SHOWN = 40
"""Characters of a provider's name in an error."""


def refuse_settings(settings: ChatSettings, *names: str) -> None:
    """Refuse *settings* if one of *names* is set.

    Raises:
        UnsupportedFeatureError: `feature` names the setting.
    """
    for name in names:
        if getattr(settings, name) != getattr(NO_SETTINGS, name):
            raise UnsupportedFeatureError(feature=f"settings.{name}")


def refuse_server_tools(request: ChatRequest) -> None:
    """Refuse the server tools of *request*, for a wire without any.

    Raises:
        UnsupportedFeatureError: there is one; `feature` names it.
    """
    if request.server_tools:
        raise UnsupportedFeatureError(feature=f"server_tools[0]: of {request.server_tools[0].provider[:MAX_SHOWN]}")
