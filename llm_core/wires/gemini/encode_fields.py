"""Tools, tool choice, output format and settings in the format of Gemini.

Sources: https://ai.google.dev/api/caching#FunctionDeclaration, https://ai.google.dev/api/caching#FunctionCallingConfig,
https://ai.google.dev/api/generate-content#generationconfig, https://ai.google.dev/gemini-api/docs/thinking.
"""

from collections.abc import Sequence

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import ChatRequest, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import NamedTool, Tool
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.refusals import refuse_settings

_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def encode_tools(tools: Sequence[Tool]) -> list[JsonObject]:
    """Return the tools; the parameters are JSON Schema, which Google reads as a whole. Tools without any have none."""
    return [{"functionDeclarations": [_declaration(tool) for tool in tools]}]


def encode_choice(request: ChatRequest) -> JsonObject | None:
    """Return the tool choice; None for the default.

    A strict tool needs the mode VALIDATED, in which the model chooses and Google enforces the parameters of all tools;
    the mode ANY enforces them as well.
    """
    choice = request.tool_choice
    if isinstance(choice, NamedTool):
        return {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [choice.name]}}
    if choice == "auto":
        is_strict = any(tool.strict for tool in request.tools)
        return {"functionCallingConfig": {"mode": "VALIDATED"}} if is_strict else None
    return {"functionCallingConfig": {"mode": _MODES[choice]}}


def encode_output(output: OutputFormat) -> JsonObject:
    """Return the fields of the output format; a schema has no name, and is always enforced."""
    schema = {"responseJsonSchema": output.schema} if isinstance(output, JsonSchemaOutput) else {}
    return {"responseMimeType": "application/json", **schema}


def encode_settings(settings: ChatSettings, rules: ModelRules) -> JsonObject:
    """Return the settings that are set, by Google's names.

    Raises:
        UnsupportedFeatureError: `parallel_tool_calls` or `cache`, for which there is no field; an effort that the
            model lacks.
    """
    refuse_settings(settings, "parallel_tool_calls", "cache")
    fields: JsonObject = {
        "temperature": settings.temperature,
        "topP": settings.top_p,
        "maxOutputTokens": settings.max_tokens,
        "stopSequences": list(settings.stop) or None,
        "seed": settings.seed,
        "presencePenalty": settings.presence_penalty,
        "frequencyPenalty": settings.frequency_penalty,
    }
    if settings.reasoning_effort is not None:
        fields["thinkingConfig"] = _thinking(settings.reasoning_effort, rules)
    return {name: value for name, value in fields.items() if value is not None}


def _declaration(tool: Tool) -> JsonObject:
    parameters = {"parametersJsonSchema": tool.parameters} if tool.parameters else {}
    return {"name": tool.name, "description": tool.description, **parameters}


def _thinking(effort: str, rules: ModelRules) -> JsonObject:
    """Return how much the model thinks; a summary of its thoughts is requested too, where there are any."""
    if effort in rules.thinking_budgets:
        budget = rules.thinking_budgets[effort]
        return {"thinkingBudget": budget, "includeThoughts": True} if budget else {"thinkingBudget": 0}
    if effort in rules.efforts:
        return {"thinkingLevel": rules.efforts[effort], "includeThoughts": True}
    raise UnsupportedFeatureError(feature=f"settings.reasoning_effort: {effort}")
