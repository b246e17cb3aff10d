"""What of a request a model accepts: unsupported settings are left out and named, anything else is refused."""

from collections.abc import Collection

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest, JsonOutput
from llm_core.domain.settings import NO_SETTINGS, ChatSettings
from llm_core.domain.tools import NamedTool
from llm_core.wires.model_rules import ALL_SETTINGS, Choice, ModelRules, Output

_NAMES = tuple(name for name in attrs.fields_dict(ChatSettings) if name in ALL_SETTINGS)  # as `ChatSettings` has them


def require_features(request: ChatRequest, rules: ModelRules) -> None:
    """Refuse tools, a tool choice or an output format that the model does not accept.

    Raises:
        UnsupportedFeatureError: `feature` names the field.
    """
    if request.tools:
        _require_tools(request, rules)
    if request.output is not None:
        _require_output(request, rules)


def accepted_settings(
    request: ChatRequest, settings: ChatSettings, rules: ModelRules, supported: Collection[str] | None = None
) -> tuple[ChatSettings, tuple[str, ...]]:
    """Return the *settings* that the model accepts, and the names of the others.

    *supported* are the names that it accepts, where the caller knows better than *rules*.
    """
    if settings is NO_SETTINGS:
        return settings, ()
    accepted = rules.settings if supported is None else supported
    refused = rules.refused_settings(request, settings) if supported is None else frozenset[str]()
    ignored = tuple(
        name
        for name in _NAMES
        if getattr(settings, name) != getattr(NO_SETTINGS, name)
        and (name not in accepted or name in refused or (name == "parallel_tool_calls" and not request.tools))
    )
    if not ignored:
        return settings, ()
    return attrs.evolve(settings, **{name: getattr(NO_SETTINGS, name) for name in ignored}), ignored


def _require_tools(request: ChatRequest, rules: ModelRules) -> None:
    if not rules.tools:
        raise UnsupportedFeatureError(feature="tools")
    if request.tool_choice != "auto":
        choice: Choice = "named" if isinstance(request.tool_choice, NamedTool) else request.tool_choice
        if choice not in rules.tool_choices:
            raise UnsupportedFeatureError(feature=f"tool_choice: {choice}")
    if not rules.strict_tools:
        for index, tool in enumerate(request.tools):
            if tool.strict:
                raise UnsupportedFeatureError(feature=f"tools[{index}].strict")


def _require_output(request: ChatRequest, rules: ModelRules) -> None:
    output: Output = "json" if isinstance(request.output, JsonOutput) else "schema"
    beside: Output = "json with tools" if output == "json" else "schema with tools"
    if output not in rules.outputs:
        raise UnsupportedFeatureError(feature=f"output: {output}")
    if request.tools and beside not in rules.outputs:
        raise UnsupportedFeatureError(feature=f"output: {beside}")
