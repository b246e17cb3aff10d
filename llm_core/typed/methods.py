"""How a type can be sent to a model, and the request for each way."""

from collections.abc import Iterator

import attrs

from llm_core.domain.json_values import json_text
from llm_core.domain.messages import AssistantMessage, SystemMessage
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput
from llm_core.domain.tools import NamedTool, Tool, ToolChoice

from .results import Method
from .strict_schema import Schema, Shape

_PROMPT = "Answer with one JSON object that this JSON Schema accepts, and with nothing else:\n"


def requests_by_method(
    request: ChatRequest, known: ModelDescription, shape: Shape, method: Method
) -> Iterator[tuple[Method, ChatRequest]]:
    """Yield the ways to get a value of *shape* from the model, best first; only *method* unless it is ``auto``.

    The caller's tools are not to be called. Where the model has no choice ``none``, they are left out, unless the
    history holds calls of them.
    """
    is_auto, has_calls = method == "auto", _has_calls(request)
    can_forbid = known.tool_choices is None or "none" in known.tool_choices
    tools = request.tools if can_forbid or has_calls else ()
    choice: ToolChoice = "none" if tools and can_forbid else "auto"
    plain = attrs.evolve(request, tools=tools, tool_choice=choice)
    enforces = known.recursive_schemas is not False or not shape.is_recursive
    schema_output = known.json_schema_output_with_tools if tools else known.json_schema_output
    json_output = known.json_output_with_tools if tools else known.json_output
    if method == "schema" or (is_auto and enforces and schema_output is not False):
        schema = shape.strict(known.schema_limits)
        yield "schema", attrs.evolve(plain, output=JsonSchemaOutput(name="answer", schema=schema))
    with_tool = _with_tool(request, known, shape, is_strict=enforces and known.strict_tools is True)
    if method == "tool" or (is_auto and known.tools is not False and with_tool.tool_choice != "auto"):
        yield "tool", with_tool
    prompted = _with_prompt(plain, shape.strict(None))
    if method == "json" or (is_auto and json_output is not False):
        yield "json", attrs.evolve(prompted, output=JsonOutput())
    if method in ("auto", "prompt"):
        yield "prompt", prompted


def _has_calls(request: ChatRequest) -> bool:
    return any(isinstance(message, AssistantMessage) and message.all_tool_calls for message in request.messages)


def _with_tool(request: ChatRequest, known: ModelDescription, shape: Shape, *, is_strict: bool) -> ChatRequest:
    """Return *request* with a last tool that takes the answer; the model must call it if that is possible."""
    name, names = "final_answer", {tool.name for tool in request.tools}
    while name in names:
        name += "_"
    parameters = shape.strict(known.schema_limits if is_strict else None)
    tool = Tool(name=name, description="Takes the final answer.", parameters=parameters, strict=is_strict)
    tools = (*request.tools, tool)
    reasons = request.settings.reasoning_effort not in (None, "none")
    if reasons and known.forced_tools_with_reasoning is False:
        return attrs.evolve(request, tools=tools, tool_choice="auto")
    if known.tool_choices is None or "named" in known.tool_choices:
        return attrs.evolve(request, tools=tools, tool_choice=NamedTool(name))
    if _has_calls(request) and request.tools:
        return attrs.evolve(request, tools=tools, tool_choice="auto")
    return attrs.evolve(request, tools=[tool], tool_choice="required" if "required" in known.tool_choices else "auto")


def _with_prompt(request: ChatRequest, schema: Schema) -> ChatRequest:
    """Return *request* with *schema* in its first system message: some models accept only one."""
    text, messages = f"{_PROMPT}{json_text(schema)}", request.messages
    if isinstance(messages[0], SystemMessage):
        text, messages = f"{messages[0].content}\n\n{text}", messages[1:]
    return attrs.evolve(request, messages=(SystemMessage(text), *messages))
