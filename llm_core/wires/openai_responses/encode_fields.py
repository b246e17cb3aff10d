"""Tools, calls, tool choice, output format and settings in the format of OpenAI's Responses API.

Strict schemas have closed objects, as https://platform.openai.com/docs/guides/structured-outputs demands.
"""

from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import ChatRequest, JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import NamedTool, Tool, ToolChoice
from llm_core.wires.closed_schemas import closed_schema
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.paired_calls import WireCall
from llm_core.wires.server_tools import server_tools_of


def encode_tools(request: ChatRequest, provider: str) -> JsonObject:
    """Return the fields of the caller's tools, of the provider's, and of the choice among them."""
    ours = (_tool(tool, f"tools[{index}].parameters") for index, tool in enumerate(request.tools))
    tools = [*ours, *server_tools_of(request, provider)]
    fields: JsonObject = {"tools": tools} if tools else {}
    if request.tools and request.tool_choice != "auto":  # the default
        fields["tool_choice"] = _choice(request.tool_choice)
    return fields


def encode_output(output: OutputFormat) -> JsonObject:
    """Return the field of the output format."""
    if isinstance(output, JsonOutput):
        return {"text": {"format": {"type": "json_object"}}}
    schema = closed_schema(output.schema, "output.schema") if output.strict else output.schema
    named = {"name": output.name, "schema": schema, "strict": output.strict}
    return {"text": {"format": {"type": "json_schema", **named}}}


def encode_settings(settings: ChatSettings, rules: ModelRules) -> JsonObject:
    """Return the settings that are set; those that the API lacks are not among them."""
    effort = settings.reasoning_effort
    fields: JsonObject = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_output_tokens": settings.max_tokens,
        "reasoning": None if effort is None else {"effort": rules.efforts.get(effort, effort)},
        "parallel_tool_calls": settings.parallel_tool_calls,
        "service_tier": settings.service_tier,
    }
    return {name: value for name, value in fields.items() if value is not None}


def encode_call(wire_call: WireCall) -> JsonObject:
    """Return a call, its arguments in the model's own text."""
    name, arguments = wire_call.call.name, wire_call.arguments_text
    return {"type": "function_call", "call_id": wire_call.id, "name": name, "arguments": arguments}


def _tool(tool: Tool, path: str) -> JsonObject:
    """Return a tool; a call follows its schema strictly if `strict` is absent, so it always stands there."""
    parameters = closed_schema(tool.parameters, path) if tool.strict else tool.parameters
    named = {"name": tool.name, "description": tool.description, "parameters": parameters}
    return {"type": "function", **named, "strict": tool.strict}


def _choice(choice: ToolChoice) -> str | JsonObject:
    return {"type": "function", "name": choice.name} if isinstance(choice, NamedTool) else choice
