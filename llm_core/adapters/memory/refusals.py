"""What of a request the described model does not accept, as an adapter that sends requests refuses or drops it."""

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.messages import ToolMessage, UserMessage
from llm_core.domain.model_description import ModelDescription, ToolChoiceName
from llm_core.domain.parts import ImagePart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput
from llm_core.domain.settings import NO_SETTINGS, ChatSettings
from llm_core.domain.tools import NamedTool

_NEVER_DROPPED = frozenset({"timeout", "extra"})  # the adapter's own, and the provider's own


def require_described(request: ChatRequest, description: ModelDescription) -> None:
    """Refuse tools, a tool choice, an output format or an image that the model is known not to accept.

    Raises:
        UnsupportedFeatureError: `feature` names the part of the request.
    """
    feature = _tools(request, description) or _output(request, description) or _image(request, description)
    if feature:
        raise UnsupportedFeatureError(
            feature=feature, provider=description.provider, model=request.model or description.model
        )


def ignored_settings(request: ChatRequest, description: ModelDescription) -> tuple[str, ...]:
    """Return the names of the settings that are set, and that the model is known not to accept."""
    settings, accepted = request.settings, description.settings
    if accepted is None or settings is NO_SETTINGS:
        return ()
    sendable = accepted if request.tools else accepted - {"parallel_tool_calls"}
    names = [name for name in attrs.fields_dict(ChatSettings) if name not in sendable | _NEVER_DROPPED]
    return tuple(name for name in names if getattr(settings, name) != getattr(NO_SETTINGS, name))


def accepted_request(request: ChatRequest, description: ModelDescription) -> ChatRequest:
    """Return *request* without the settings that the model does not accept, as the model receives it."""
    unset = {name: getattr(NO_SETTINGS, name) for name in ignored_settings(request, description)}
    return attrs.evolve(request, settings=attrs.evolve(request.settings, **unset)) if unset else request


def _tools(request: ChatRequest, description: ModelDescription) -> str:
    if request.tools and description.tools is False:
        return "tools"
    if request.tools and request.tool_choice != "auto":
        choice: ToolChoiceName = "named" if isinstance(request.tool_choice, NamedTool) else request.tool_choice
        if description.tool_choices is not None and choice not in description.tool_choices:
            return f"tool_choice: {choice}"
        if choice != "none" and description.forced_tools_with_reasoning is False and _reasons(request.settings):
            return "tool_choice: a tool cannot be forced with reasoning_effort"
    strict = [index for index, tool in enumerate(request.tools) if tool.strict]
    return f"tools[{strict[0]}].strict" if strict and description.strict_tools is False else ""


def _reasons(settings: ChatSettings) -> bool:
    return settings.reasoning_effort not in (None, "none")


def _output(request: ChatRequest, description: ModelDescription) -> str:
    match request.output:
        case JsonOutput() if description.json_output is False:
            return "output: json"
        case JsonOutput() if request.tools and description.json_output_with_tools is False:
            return "output: json with tools"
        case JsonSchemaOutput() if description.json_schema_output is False:
            return "output: schema"
        case JsonSchemaOutput() if request.tools and description.json_schema_output_with_tools is False:
            return "output: schema with tools"
        case _:
            return ""


def _image(request: ChatRequest, description: ModelDescription) -> str:
    if description.images is not False:
        return ""
    for index, message in enumerate(request.messages):
        if isinstance(message, UserMessage | ToolMessage):
            for place, part in enumerate(message.parts):
                if isinstance(part, ImagePart):
                    return f"messages[{index}].content[{place}]: image {'data' if part.url is None else 'by url'}"
    return ""
