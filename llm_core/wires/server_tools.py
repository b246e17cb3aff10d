"""Tools that the provider runs itself: its own JSON goes to it unchanged."""

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import ChatRequest

from .refusals import MAX_SHOWN


def server_tools_of(request: ChatRequest, provider: str) -> list[JsonObject]:
    """Return the server tools of *request*, in their order.

    Raises:
        UnsupportedFeatureError: one of another provider than *provider*, or one that is no JSON object.
    """
    tools: list[JsonObject] = []
    for index, tool in enumerate(request.server_tools):
        if tool.provider != provider:
            raise UnsupportedFeatureError(
                feature=f"server_tools[{index}]: of {tool.provider[:MAX_SHOWN]}, not {provider}"
            )
        if not isinstance(tool.value, dict):
            raise UnsupportedFeatureError(feature=f"server_tools[{index}]: not an object")
        tools.append(dict(tool.value))
    return tools
