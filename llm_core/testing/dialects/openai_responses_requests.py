"""How OpenAI Responses reads a request: the body as a `ChatRequest`. Source: its API reference.

A request is stateless only where ``store`` is false: without it the provider stores the answer, so that it is read as
``"store": true`` in `extra`. `normal_form` removes what the wire cannot carry: stop, seed and penalties, the lifetime
of the prompt cache, the border between an answer and another one unless both have text, the reasoning and opaque data
of other providers, the media type of a file by its URL, a missing `additionalProperties` of a strict schema (must be
false), and fields with their default. A failed result has `Error: ` before its text, for want of a flag. Not checked is
that a strict schema requires all its properties, and that every call has a result.
"""

import json
from collections.abc import Mapping
from typing import get_args

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import FilePart, ProviderData, UserPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice

from .closed_schemas import closed_object, require_closed
from .json_fields import Json, boolean, fields, integer, number, optional_text, text, texts
from .normal_forms import content_with_joined_prefix, single_text
from .openai_responses_items import LINKED_TYPE, PROVIDER, merge_answers, read_items, require_name

_KNOWN_FIELDS = frozenset(
    {
        *("model", "input", "instructions", "tools", "tool_choice", "stream", "store", "include", "text", "reasoning"),
        *("max_output_tokens", "temperature", "top_p", "parallel_tool_calls", "service_tier"),
    }
)
_MOVED = {  # fields of chat completions, with their names here
    "messages": "input",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "functions": "tools",
    "function_call": "tool_choice",
}
_REFUSED = frozenset(
    {
        *("stop", "seed", "presence_penalty", "frequency_penalty", "n", "logit_bias", "logprobs"),
        *("modalities", "audio", "prediction"),
    }
)
_DEFAULTS: Mapping[str, JsonValue] = {"store": False, "background": False, "truncation": "disabled"}
_ENCRYPTED = "reasoning.encrypted_content"
_LEAST_TOKENS = 16
_MOST_TEMPERATURE = 2
_MOST_SCHEMA_NAME = 64
_TOOL_KEYS = frozenset({"type", "name", "description", "parameters", "strict"})
_KEYS_WITHOUT_FIELD = frozenset({"defer_loading", "output_schema", "allowed_callers"})  # `Tool` has none for them
_CHOICES: Mapping[JsonValue, ToolChoice] = {"auto": "auto", "none": "none", "required": "required"}


def read_request(body: Json) -> ChatRequest:
    """Return the request as the provider understands it. ValueError where the provider would answer 400."""
    _refuse_parameters(body)
    tools = [_tool_object(item) for item in _array(body, "tools")]
    return ChatRequest(
        model=text(body, "model"),
        messages=[*_instructions(body), *_input(body)],
        tools=[_tool(tool) for tool in tools if not _is_opaque(tool)],
        server_tools=[ProviderData(provider=PROVIDER, value=dict(tool)) for tool in tools if _is_opaque(tool)],
        tool_choice=_choice(body.get("tool_choice")),
        output=_output(fields(body, "text").get("format")),
        settings=_settings(body),
    )


def asks_for_encrypted_reasoning(body: Json) -> bool:
    """Return whether the answer must include the encrypted content of its reasoning."""
    return _ENCRYPTED in texts(body, "include")


def normal_form(request: ChatRequest) -> ChatRequest:
    """Return *request* as the wire can carry it."""
    settings, output = request.settings, request.output
    if isinstance(output, JsonSchemaOutput) and output.strict:
        output = attrs.evolve(output, schema=closed_object(output.schema))
    lacking = attrs.evolve(settings, timeout=None, cache=None, stop=(), seed=None)
    return attrs.evolve(
        request,
        messages=merge_answers([_normal_message(message) for message in request.messages]),
        tools=[_normal_tool(tool) for tool in request.tools],
        tool_choice=request.tool_choice if request.tools or request.server_tools else "auto",
        output=output,
        settings=attrs.evolve(
            lacking,
            presence_penalty=None,
            frequency_penalty=None,
            service_tier=None if settings.service_tier == "auto" else settings.service_tier,
            extra=_without_defaults(settings.extra),
        ),
    )


def _without_defaults(extra: Json) -> Json:
    return {
        name: value
        for name, value in extra.items()
        if name not in _DEFAULTS or json.dumps(value) != json.dumps(_DEFAULTS[name])
    }


def _normal_message(message: Message) -> Message:
    match message:
        case ToolMessage():
            return attrs.evolve(message, content=single_text(content_with_joined_prefix(message)), is_error=False)
        case UserMessage(content) if not isinstance(content, str):
            return UserMessage(single_text([_normal_part(part) for part in content]))
        case AssistantMessage():
            return _normal_answer(message)
        case _:
            return message


def _normal_part(part: UserPart) -> UserPart:
    match part:
        case FilePart(url=str()):
            return attrs.evolve(part, media_type=LINKED_TYPE)
        case _:
            return part


def _normal_answer(message: AssistantMessage) -> AssistantMessage:
    """Return *message* without what other providers wrote: their opaque data, and reasoning without any of ours."""
    data = _own(message.provider_data)
    calls = [_normal_call(call) for call in message.all_tool_calls]
    return attrs.evolve(
        message,
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        reasoning=[part for part in message.reasoning if part.signature or _own(part.provider_data) or data],
        provider_data=data,
    )


def _normal_call(call: ToolCall | InvalidToolCall) -> ToolCall | InvalidToolCall:
    return attrs.evolve(call, provider_data=_own(call.provider_data))


def _own(data: tuple[ProviderData, ...]) -> list[ProviderData]:
    return [one for one in data if one.provider == PROVIDER]


def _normal_tool(tool: Tool) -> Tool:
    return attrs.evolve(tool, parameters=closed_object(tool.parameters)) if tool.strict else tool


def _refuse_parameters(body: Json) -> None:
    for name in body:
        if name in _MOVED:
            raise ValueError(f"unsupported parameter: {name}: here it is {_MOVED[name]}")
        if name in _REFUSED:
            raise ValueError(f"unknown parameter: {name}")
    if "stream_options" in body and body.get("stream") is not True:
        raise ValueError("stream_options: only allowed where stream is true")
    if "include_usage" in fields(body, "stream_options"):
        raise ValueError("unknown parameter: stream_options.include_usage")


def _instructions(body: Json) -> list[SystemMessage]:
    instructions = optional_text(body, "instructions")
    return [] if instructions is None else [SystemMessage(instructions)]


def _input(body: Json) -> list[Message]:
    match body.get("input"):
        case str(question):
            return [UserMessage(question)]
        case list(values) if values:
            return read_items(values, stored=_is_stored(body))
        case other:
            raise ValueError(f"input: expected text or an array of items: {other}")


def _is_stored(body: Json) -> bool:
    return boolean(body, "store") is not False


def _array(body: Json, key: str) -> list[JsonValue]:
    value = body.get(key)
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{key}: expected an array")
    return value or []


def _tool_object(item: JsonValue) -> Json:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        raise ValueError(f"tools: expected an object with a type: {item}")
    return item


def _is_opaque(item: Json) -> bool:
    """Return whether the provider defines the tool, or a function has fields that `Tool` has not."""
    return item["type"] != "function" or not _KEYS_WITHOUT_FIELD.isdisjoint(item)


def _tool(item: Json) -> Tool:
    """Return a function; where ``strict`` is absent, the provider makes it strict and closes its schema itself."""
    if "name" not in item:
        raise ValueError("tools: missing required parameter: name")
    if unknown := item.keys() - _TOOL_KEYS:
        raise ValueError(f"tools: unknown parameter: {', '.join(sorted(unknown))}")
    name, parameters, strict = require_name(text(item, "name")), fields(item, "parameters"), boolean(item, "strict")
    if parameters and parameters.get("type") != "object":
        raise ValueError(f"tools: {name}: schema must be of type object, got {parameters.get('type')}")
    if "strict" not in item:
        strict, parameters = True, closed_object(parameters)
    if strict:
        require_closed(parameters, f"tools: {name}: parameters")
    description = optional_text(item, "description") or ""
    return Tool(name=name, description=description, parameters=parameters, strict=strict is True)


def _choice(value: JsonValue) -> ToolChoice:
    match value:
        case None:
            return "auto"
        case {"type": "function", "name": str(name)}:
            return NamedTool(name)
        case str() if value in _CHOICES:
            return _CHOICES[value]
        case _:
            raise ValueError(f"tool_choice: unknown choice: {value}")


def _output(value: JsonValue) -> OutputFormat | None:
    match value:
        case None | {"type": "text"}:  # the default
            return None
        case {"type": "json_object"}:
            return JsonOutput()
        case {"type": "json_schema", "name": str(name), "schema": dict(schema), **options}:
            strict = options.get("strict", False) is True
            if strict:
                require_closed(schema, "text.format.schema")
            if len(require_name(name)) > _MOST_SCHEMA_NAME:
                raise ValueError(f"text.format.name: more than {_MOST_SCHEMA_NAME} characters")
            return JsonSchemaOutput(name=name, schema=schema, strict=strict)
        case _:
            raise ValueError(f"text.format: unknown format: {value}")


def _settings(body: Json) -> ChatSettings:
    limit, temperature = integer(body, "max_output_tokens"), number(body, "temperature")
    if limit is not None and limit < _LEAST_TOKENS:
        raise ValueError(f"max_output_tokens: integer below minimum value: expected at least {_LEAST_TOKENS}")
    if temperature is not None and temperature > _MOST_TEMPERATURE:
        raise ValueError(f"temperature: decimal above maximum value: expected at most {_MOST_TEMPERATURE}")
    return ChatSettings(
        temperature=temperature,
        top_p=number(body, "top_p"),
        max_tokens=limit,
        reasoning_effort=_effort(fields(body, "reasoning").get("effort")),
        parallel_tool_calls=boolean(body, "parallel_tool_calls"),
        service_tier=optional_text(body, "service_tier"),
        extra=_extra(body),
    )


def _effort(value: JsonValue) -> ReasoningEffort | None:
    efforts: tuple[ReasoningEffort, ...] = get_args(ReasoningEffort)
    if value is not None and value not in efforts:
        raise ValueError(f"reasoning.effort: expected one of {', '.join(efforts)}: {value}")
    return next((effort for effort in efforts if effort == value), None)


def _extra(body: Json) -> dict[str, JsonValue]:
    """Return the fields that no other field of a `ChatRequest` stands for, also within ``text`` and ``reasoning``."""
    included: list[JsonValue] = [value for value in _array(body, "include") if value != _ENCRYPTED]
    left: dict[str, JsonValue] = {
        "text": {name: value for name, value in fields(body, "text").items() if name != "format"},
        "reasoning": {name: value for name, value in fields(body, "reasoning").items() if name != "effort"},
        "include": included,
        "store": _is_stored(body),
    }
    others = {name: value for name, value in body.items() if name not in _KNOWN_FIELDS}
    return {**others, **{name: value for name, value in left.items() if value}}
