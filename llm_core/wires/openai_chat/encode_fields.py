"""Tools, calls, tool choice, output format and settings in the format of OpenAI's Chat Completions API."""

from collections.abc import Sequence

from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import NamedTool, Tool, ToolChoice, sent_text
from llm_core.wires.paired_calls import WireCall


def encode_tools(tools: Sequence[Tool]) -> list[JsonObject]:
    """Return the tools; `strict` is sent only if it is True."""
    return [
        {"type": "function", "function": encode_function(tool) | ({"strict": True} if tool.strict else {})}
        for tool in tools
    ]


def encode_function(tool: Tool) -> JsonObject:
    """Return name, description and parameters of a tool."""
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}


def encode_choice(choice: ToolChoice) -> str | JsonObject:
    """Return the tool choice."""
    if isinstance(choice, NamedTool):
        return {"type": "function", "function": {"name": choice.name}}
    return choice


def encode_output(output: OutputFormat) -> JsonObject:
    """Return the response format."""
    if isinstance(output, JsonOutput):
        return {"type": "json_object"}
    schema = {"name": output.name, "schema": output.schema, "strict": output.strict}
    return {"type": "json_schema", "json_schema": schema}


def encode_settings(settings: ChatSettings) -> JsonObject:
    """Return the settings that are set, by OpenAI's names; `timeout`, `cache` and `extra` are not among them."""
    parameters: JsonObject = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_tokens": settings.max_tokens,
        "stop": list(settings.stop) or None,
        "seed": settings.seed,
        "presence_penalty": settings.presence_penalty,
        "frequency_penalty": settings.frequency_penalty,
        "reasoning_effort": settings.reasoning_effort,
        "parallel_tool_calls": settings.parallel_tool_calls,
        "service_tier": settings.service_tier,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def encode_call(wire_call: WireCall) -> JsonObject:
    """Return a call, its arguments in the model's own text."""
    call, id = wire_call
    return {"id": id, "type": "function", "function": {"name": call.name, "arguments": sent_text(call)}}
