"""Tools that the provider runs itself: its own JSON goes to it unchanged, and is refused everywhere else."""

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import ChatRequest

_SHOWN = 40  # characters of a provider's name in an error


def server_tools_of(request: ChatRequest, provider: str) -> list[JsonObject]:
    """Return the server tools of *request*, in their order.

    Raises:
        UnsupportedFeatureError: one of another provider than *provider*, or one that is no JSON object.
    """
    tools: list[JsonObject] = []
    for index, tool in enumerate(request.server_tools):
        if tool.provider != provider:
            raise UnsupportedFeatureError(feature=f"server_tools[{index}]: of {tool.provider[:_SHOWN]}, not {provider}")
        if not isinstance(tool.value, dict):
            raise UnsupportedFeatureError(feature=f"server_tools[{index}]: not an object")
        tools.append(dict(tool.value))
    return tools


def refuse_server_tools(request: ChatRequest) -> None:
    """Refuse the server tools of *request*, for a wire without any.

    Raises:
        UnsupportedFeatureError: there is one; `feature` names it.
    """
    if request.server_tools:
        raise UnsupportedFeatureError(feature=f"server_tools[0]: of {request.server_tools[0].provider[:_SHOWN]}")
