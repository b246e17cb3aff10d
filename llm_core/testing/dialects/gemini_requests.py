"""How Gemini reads a request, from its API reference: path and body as a `ChatRequest`.

What the wire cannot carry, and `carried` therefore leaves out: the place of a system message (all stand in front), the
border between two messages of one side, ids and spelling of calls, thoughts, pictures in a result, the name of a file,
the type of a picture by address, the name and strictness of a schema, parallel_tool_calls, an object without
properties. A result is an object: one text under any name is that text, and under ``error`` it is an error.
"""

import re
from collections.abc import Iterator

import attrs

from llm_core.domain.json_values import JsonValue, json_text
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, ToolPart, UserPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice

from .json_fields import Json, effort, effort_of_budget, fields, items, number, decode_base64, text, texts, integer
from .normal_forms import (
    Pairing,
    arguments_as_objects,
    ids_by_place,
    canonical_audio_type,
    merge_turns,
    read_object,
    systems_first,
    joined_text,
)

_PATH = re.compile(r"/models/(?P<model>[^/:]+):(?:generateContent|streamGenerateContent)(?:\?|$)")
_KNOWN_FIELDS = frozenset({"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"})
_CONFIG_FIELDS = frozenset(
    {
        *("temperature", "topP", "maxOutputTokens", "stopSequences", "seed", "presencePenalty", "frequencyPenalty"),
        *("thinkingConfig", "responseMimeType", "responseSchema", "responseJsonSchema"),
    }
)
_SCHEMA = "schema"  # the wire has no name for one
_CHOICES: dict[str, ToolChoice] = {"AUTO": "auto", "NONE": "none", "ANY": "required"}


def read_request(path: str, body: Json) -> ChatRequest:
    """Return what the provider understands. ValueError where it would answer 400."""
    asked = _PATH.search(path)
    if asked is None:
        raise ValueError(f"no such method: {path}")
    told = _camel_case(body)
    config = fields(told, "generationConfig")
    pairing = Pairing()
    said = [message for item in items(told, "contents") for message in _messages(item, pairing)]
    return ChatRequest(
        model=asked["model"],
        messages=[*_systems(fields(told, "systemInstruction")), *said],
        tools=[_tool(item) for tool_group in items(told, "tools") for item in _declarations(tool_group)],
        tool_choice=_choice(fields(fields(told, "toolConfig"), "functionCallingConfig")),
        output=_output(config),
        settings=_settings(body, config),
    )


def normal_form(request: ChatRequest) -> ChatRequest:
    """Return what of *request* the wire can carry, in its normal form."""
    output = request.output
    paired = ids_by_place([_normal_message(message) for message in request.messages])
    return attrs.evolve(
        request,
        messages=merge_turns(systems_first(list(paired))),
        tools=[attrs.evolve(tool, parameters=_without_empty_properties(tool.parameters), strict=False) for tool in request.tools],
        output=JsonSchemaOutput(name=_SCHEMA, schema=output.schema) if isinstance(output, JsonSchemaOutput) else output,
        settings=attrs.evolve(request.settings, parallel_tool_calls=None, timeout=None),
    )


def _normal_message(message: Message) -> Message:
    match message:
        case AssistantMessage():
            return attrs.evolve(arguments_as_objects(message), reasoning=())
        case ToolMessage():
            return attrs.evolve(message, content=joined_text(message.parts))
        case UserMessage():
            return UserMessage([_normal_part(part) for part in message.parts])
        case _:
            return message


def _normal_part(part: UserPart) -> UserPart:
    match part:
        case ImagePart(url=str(url)):
            return ImagePart(url=url)
        case FilePart():
            return attrs.evolve(part, name=None)
        case _:
            return canonical_audio_type(part)


def _camel_case(value: Json) -> Json:
    """Return the fields by one of their two names: ``system_instruction`` is ``systemInstruction``."""
    return {_camel_case_name(name): item for name, item in value.items()}


def _camel_case_name(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _object(value: JsonValue) -> Json:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object: {value}")
    return _camel_case(value)


def _systems(instruction: Json) -> Iterator[SystemMessage]:
    for part in items(instruction, "parts"):
        yield SystemMessage(joined_text([_part(_object(part))]))


def _messages(item: JsonValue, pairing: Pairing) -> Iterator[Message]:
    content = _object(item)
    parts = [_object(part) for part in items(content, "parts")]
    match content.get("role", "user"):
        case "model":
            yield _assistant(parts, pairing)
        case "user" | "function":
            yield from _user_messages(parts, pairing)
        case _:
            raise ValueError("Please use a valid role: user, model.")


def _user_messages(parts: list[Json], pairing: Pairing) -> Iterator[Message]:
    yield from (_result(fields(part, "functionResponse"), pairing) for part in parts if "functionResponse" in part)
    said = [_part(part) for part in parts if "functionResponse" not in part]
    if said:
        yield UserMessage(said)


def _result(told: Json, pairing: Pairing) -> ToolMessage:
    name, response = text(told, "name"), fields(told, "response")
    images = [part for item in items(told, "parts") if isinstance(part := _part(_object(item)), ImagePart)]
    match list(response.items()):
        case [(key, str(said))]:
            return ToolMessage(_result_content(said, images), tool_call_id=pairing.result(name), is_error=key == "error")
        case _:
            return ToolMessage(_result_content(json_text(response), images), tool_call_id=pairing.result(name))


def _result_content(said: str, images: list[ImagePart]) -> str | list[ToolPart]:
    return [TextPart(said), *images] if images else said


def _assistant(parts: list[Json], pairing: Pairing) -> AssistantMessage:
    told = [_call(fields(part, "functionCall"), pairing) for part in parts if "functionCall" in part]
    said = [_part(part) for part in parts if "functionCall" not in part and part.get("thought") is not True]
    return AssistantMessage(
        joined_text(said),
        tool_calls=[call for call in told if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in told if isinstance(call, InvalidToolCall)],
    )


def _call(told: Json, pairing: Pairing) -> ToolCall | InvalidToolCall:
    name = text(told, "name")
    return read_object(pairing.call(name), name, fields(told, "args"))


def _part(part: Json) -> UserPart:
    match part:
        case {"text": str(said)}:
            return TextPart(said)
        case {"inlineData": dict(told)}:
            data = _camel_case(told)
            return _inline_part(decode_base64(text(data, "data")), text(data, "mimeType"))
        case {"fileData": dict(told)}:
            return _linked_part(_camel_case(told))
        case _:
            raise ValueError(f"parts: no such part: {part}")


def _inline_part(data: bytes, kind: str) -> UserPart:
    match kind.partition("/")[0]:
        case "image":
            return ImagePart(data=data, media_type=kind)
        case "audio":
            return AudioPart(data, media_type=kind)
        case _:
            return FilePart(data=data, media_type=kind)


def _linked_part(told: Json) -> UserPart:
    url, kind = text(told, "fileUri"), told.get("mimeType")
    if isinstance(kind, str) and not kind.startswith("image/"):
        return FilePart(url=url, media_type=kind)
    return ImagePart(url=url)


def _declarations(tool_group: JsonValue) -> list[JsonValue]:
    return items(_object(tool_group), "functionDeclarations")


def _tool(item: JsonValue) -> Tool:
    told = _object(item)
    parameters = fields(told, "parametersJsonSchema") or fields(told, "parameters")
    described = told.get("description") or ""
    return Tool(name=text(told, "name"), description=str(described), parameters=_without_empty_properties(parameters))


def _without_empty_properties(schema: Json) -> Json:
    """Return *schema* without an empty set of properties, which Gemini refuses, and with its type in lower case."""
    told = {name: value for name, value in schema.items() if (name, value) != ("properties", {})}
    kind = told.get("type")
    return {**told, "type": kind.lower()} if isinstance(kind, str) else told


def _choice(config: Json) -> ToolChoice:
    told = _camel_case(config)
    names, mode = texts(told, "allowedFunctionNames"), text(told, "mode") if told else "AUTO"
    if mode not in _CHOICES:
        raise ValueError(f"function_calling_config.mode: {mode}")
    return NamedTool(names[0]) if mode == "ANY" and len(names) == 1 else _CHOICES[mode]


def _output(config: Json) -> OutputFormat | None:
    told = _camel_case(config)
    schema = fields(told, "responseJsonSchema") or fields(told, "responseSchema")
    match told.get("responseMimeType"):
        case None | "text/plain":
            return None
        case "application/json":
            return JsonSchemaOutput(name=_SCHEMA, schema=schema) if schema else JsonOutput()
        case other:
            raise ValueError(f"response_mime_type: {other}")


def _settings(body: Json, config: Json) -> ChatSettings:
    told = _camel_case(config)
    unknown = {name: value for name, value in config.items() if _camel_case_name(name) not in _CONFIG_FIELDS}
    return ChatSettings(
        temperature=number(told, "temperature"),
        top_p=number(told, "topP"),
        max_tokens=integer(told, "maxOutputTokens"),
        stop=texts(told, "stopSequences"),
        seed=integer(told, "seed"),
        presence_penalty=number(told, "presencePenalty"),
        frequency_penalty=number(told, "frequencyPenalty"),
        reasoning_effort=_thinking(_camel_case(fields(told, "thinkingConfig"))),
        extra={**{name: value for name, value in body.items() if _camel_case_name(name) not in _KNOWN_FIELDS}, **unknown},
    )


def _thinking(config: Json) -> ReasoningEffort | None:
    budget = integer(config, "thinkingBudget")
    return effort(config.get("thinkingLevel")) if budget is None else effort_of_budget(budget)
