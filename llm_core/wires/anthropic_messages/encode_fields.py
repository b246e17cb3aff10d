"""Tools, tool choice, output format and settings in the format of Anthropic's Messages API.

Sources: https://docs.anthropic.com/en/api/messages, /en/docs/agents-and-tools/tool-use/implement-tool-use,
https://platform.claude.com/docs/en/build-with-claude/structured-outputs (every object of a schema, and of the
parameters of a strict tool, must be closed by ``additionalProperties: false``), /effort, /adaptive-thinking,
/extended-thinking (at least 1,024 tokens, fewer than ``max_tokens``; no forced tool) and /api/service-tiers.
"""

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import ChatRequest, JsonSchemaOutput
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import NamedTool, Tool
from llm_core.wires.closed_schemas import closed_schema
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.server_tools import server_tools_of

from .decode import JSON_TOOL

DEFAULT_MAX_TOKENS = 8192
RESERVED = frozenset(
    {
        *("model", "messages", "system", "max_tokens", "tools", "tool_choice", "stream", "stop_sequences"),
        *("output_format", "output_config.format", "service_tier"),
    }
)
"""The fields that only the encoder may write."""

_CHOICES = {"auto": "auto", "none": "none", "required": "any"}


def encode_fields(request: ChatRequest, settings: ChatSettings, endpoint: Endpoint) -> JsonObject:
    """Return everything but model and messages.

    Raises:
        UnsupportedFeatureError: settings, tool choice or output format contradict each other, or the format; a server
            tool of another provider.
    """
    rules = endpoint.rules
    limit = settings.max_tokens or rules.max_tokens or DEFAULT_MAX_TOKENS
    fields: JsonObject = {
        "max_tokens": limit,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "stop_sequences": list(settings.stop) or None,
        "service_tier": settings.service_tier,
        **_tools(request, settings, endpoint.provider),
        **_reasoning(settings, rules, limit),
    }
    if request.output is not None:
        _add_output(fields, request, rules)
    forced = fields.get("tool_choice")
    if _is_enabled(fields) and isinstance(forced, dict) and forced["type"] in ("any", "tool"):
        feature = "tool_choice" if request.tools else "output"
        raise UnsupportedFeatureError(feature=f"{feature}: a tool cannot be forced with reasoning_effort")
    return {name: value for name, value in fields.items() if value is not None}


def _is_enabled(fields: JsonObject) -> bool:
    thinking = fields.get("thinking")
    return isinstance(thinking, dict) and thinking["type"] == "enabled"


def _tools(request: ChatRequest, settings: ChatSettings, provider: str) -> JsonObject:
    if not (request.tools or request.server_tools):
        return {}
    own = [_tool(tool, f"tools[{index}]") for index, tool in enumerate(request.tools)]
    fields: JsonObject = {"tools": [*server_tools_of(request, provider), *own]}
    choice, parallel = request.tool_choice, settings.parallel_tool_calls
    encoded: JsonObject = (
        {"type": "tool", "name": choice.name} if isinstance(choice, NamedTool) else {"type": _CHOICES[choice]}
    )
    if parallel is not None and choice != "none":
        encoded["disable_parallel_tool_use"] = not parallel
    if encoded != {"type": "auto"}:
        fields["tool_choice"] = encoded
    return fields


def _tool(tool: Tool, path: str) -> JsonObject:
    typed = {} if "type" in tool.parameters else {"type": "object"}
    schema: JsonObject = {**typed, **tool.parameters}
    encoded: JsonObject = {"name": tool.name}
    if tool.description:
        encoded["description"] = tool.description
    if tool.strict:
        return {**encoded, "input_schema": closed_schema(schema, f"{path}.parameters"), "strict": True}
    return {**encoded, "input_schema": schema}


def _reasoning(settings: ChatSettings, rules: ModelRules, limit: int) -> JsonObject:
    effort = settings.reasoning_effort
    if effort is None:
        return {}
    if effort == "none":
        return {"thinking": {"type": rules.thinking_off}}
    budget = rules.thinking_budgets.get(effort)
    if budget is None:  # the default display is an empty text on newer models
        thinking = {"type": "adaptive", "display": "summarized"}
        return {"thinking": thinking, "output_config": {"effort": rules.efforts.get(effort, effort)}}
    if budget >= limit:
        raise UnsupportedFeatureError(feature="settings.reasoning_effort: its budget is not below max_tokens")
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _add_output(fields: JsonObject, request: ChatRequest, rules: ModelRules) -> None:
    """Add the output format to *fields*, in place."""
    output = request.output
    if not isinstance(output, JsonSchemaOutput):
        raise UnsupportedFeatureError(feature="output: json")
    if rules.schema_as_tool:
        if request.tools or request.server_tools:
            raise UnsupportedFeatureError(feature="output: schema with tools")
        if output.schema.get("type") != "object":
            raise UnsupportedFeatureError(feature="output.schema: not an object")
        fields["tools"] = [{"name": JSON_TOOL, "input_schema": output.schema}]
        fields["tool_choice"] = {"type": "tool", "name": JSON_TOOL}
        return
    config = fields.get("output_config")
    format_ = {"type": "json_schema", "schema": closed_schema(output.schema, "output.schema")}
    fields["output_config"] = {**(config if isinstance(config, dict) else {}), "format": format_}
