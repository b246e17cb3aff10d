"""How Gemini reads a request: path and body as a `ChatRequest`. Source: its API reference.

`normal_form` removes what the wire cannot carry: the position of a system message (all come first), the border between
two messages of one role, ids and JSON text of calls, reasoning, images in a result, the name of a file, the media type
of an image by URL, the name and strictness of a schema, parallel_tool_calls, cache, an empty `properties`. A result is
an object: a single string under any key is its text, and under ``error`` it is an error. It answers the call of its id,
else the first unanswered call of its name.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import attrs

from llm_core.domain.json_values import JsonValue, json_text
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart, ToolPart, UserPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice

from .json_fields import (
    Json,
    decode_base64,
    effort,
    effort_of_budget,
    fields,
    integer,
    items,
    number,
    optional_text,
    text,
    texts,
)
from .normal_forms import (
    Pairing,
    arguments_as_objects,
    canonical_audio_type,
    joined_text,
    merge_turns,
    paired_by_position,
    read_object,
    systems_first,
)

_PATH = re.compile(r"/models/(?P<model>[^/:]+):(?:generateContent|streamGenerateContent)(?:\?|$)")
_KNOWN_FIELDS = frozenset({"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "serviceTier"})
_CONFIG_FIELDS = frozenset(
    {
        *("temperature", "topP", "maxOutputTokens", "stopSequences", "seed", "presencePenalty", "frequencyPenalty"),
        *("thinkingConfig", "responseMimeType", "responseSchema", "responseJsonSchema"),
    }
)
_SCHEMA = "schema"  # the wire has no name for a schema
_CHOICES: dict[str, ToolChoice] = {"AUTO": "auto", "VALIDATED": "auto", "NONE": "none", "ANY": "required"}
_SERVER_RUN = frozenset({"executableCode", "codeExecutionResult", "toolCall", "toolResponse"})


def read_request(path: str, body: Json) -> ChatRequest:
    """Return the request as the provider understands it. ValueError where the provider would answer 400."""
    method = _PATH.search(path)
    if method is None:
        raise ValueError(
            f"path: {path} is not served; the paths served end with "
            "/models/MODEL:generateContent, /models/MODEL:streamGenerateContent"
        )
    fields_ = _camel_case(body)
    config = fields(fields_, "generationConfig")
    pairing = Pairing()
    messages = [message for item in items(fields_, "contents") for message in _messages(item, pairing)]
    return ChatRequest(
        model=unquote(method["model"]),
        messages=[*_systems(fields(fields_, "systemInstruction")), *messages],
        server_tools=[tool for group in items(fields_, "tools") for tool in _server_tools(group)],
        tools=[_tool(item) for tool_group in items(fields_, "tools") for item in _declarations(tool_group)],
        tool_choice=_choice(fields(fields(fields_, "toolConfig"), "functionCallingConfig")),
        output=_output(config),
        settings=_settings(body, config),
    )


def normal_form(request: ChatRequest) -> ChatRequest:
    """Return *request* as the wire can carry it."""
    output = request.output
    paired = paired_by_position([_normal_message(message) for message in request.messages])
    return attrs.evolve(
        request,
        messages=merge_turns(systems_first(list(paired))),
        tools=[
            attrs.evolve(tool, parameters=_without_empty_properties(tool.parameters), strict=False)
            for tool in request.tools
        ],
        output=JsonSchemaOutput(name=_SCHEMA, schema=output.schema) if isinstance(output, JsonSchemaOutput) else output,
        settings=attrs.evolve(request.settings, parallel_tool_calls=None, cache=None, timeout=None),
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
    """Return the fields in camel case: Gemini also accepts ``system_instruction`` for ``systemInstruction``."""
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
    content = [_part(part) for part in parts if "functionResponse" not in part]
    if content:
        yield UserMessage(content)


def _result(content: Json, pairing: Pairing) -> ToolMessage:
    name, response = text(content, "name"), fields(content, "response")
    images = [part for item in items(content, "parts") if isinstance(part := _part(_object(item)), ImagePart)]
    call_id = pairing.result(name, content.get("id"))
    match list(response.items()):
        case [(key, str(value))]:
            return ToolMessage(_result_content(value, images), tool_call_id=call_id, is_error=key == "error")
        case _:
            return ToolMessage(_result_content(json_text(response), images), tool_call_id=call_id)


def _result_content(text: str, images: list[ImagePart]) -> str | list[ToolPart]:
    return [TextPart(text), *images] if images else text


def _assistant(parts: list[Json], pairing: Pairing) -> AssistantMessage:
    calls = [_call(fields(part, "functionCall"), pairing) for part in parts if "functionCall" in part]
    others = [part for part in parts if _SERVER_RUN.isdisjoint(part) and "functionCall" not in part]
    content = [_part(part) for part in others if part.get("thought") is not True]
    return AssistantMessage(
        joined_text(content),
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
    )


def _call(call: Json, pairing: Pairing) -> ToolCall | InvalidToolCall:
    name = text(call, "name")
    return read_object(pairing.call(name, call.get("id")), name, fields(call, "args"))


def _part(part: Json) -> UserPart:
    match part:
        case {"text": str(content)}:
            return TextPart(content)
        case {"inlineData": dict(value)}:
            data = _camel_case(value)
            return _inline_part(decode_base64(text(data, "data")), text(data, "mimeType"))
        case {"fileData": dict(value)}:
            return _linked_part(_camel_case(value))
        case _:
            raise ValueError(f"parts: unknown part: {part}")


def _inline_part(data: bytes, media_type: str) -> UserPart:
    match media_type.partition("/")[0]:
        case "image":
            return ImagePart(data=data, media_type=media_type)
        case "audio":
            return AudioPart(data, media_type=media_type)
        case _:
            return FilePart(data=data, media_type=media_type)


def _linked_part(value: Json) -> UserPart:
    url, media_type = text(value, "fileUri"), value.get("mimeType")
    if isinstance(media_type, str) and not media_type.startswith("image/"):
        return FilePart(url=url, media_type=media_type)
    return ImagePart(url=url)


def _declarations(tool_group: JsonValue) -> list[JsonValue]:
    return items(_object(tool_group), "functionDeclarations")


def _server_tools(group: JsonValue) -> Iterator[ProviderData]:
    """Yield the tools that Google runs: all of a group but its declarations."""
    own = {name: value for name, value in fields({"tool": group}, "tool").items() if not _declares(name)}
    if own:
        yield ProviderData(provider="gemini", value=own)


def _declares(name: str) -> bool:
    return _camel_case_name(name) == "functionDeclarations"


def _tool(item: JsonValue) -> Tool:
    declaration = _object(item)
    parameters = fields(declaration, "parametersJsonSchema") or fields(declaration, "parameters")
    description = declaration.get("description") or ""
    return Tool(
        name=text(declaration, "name"), description=str(description), parameters=_without_empty_properties(parameters)
    )


def _without_empty_properties(schema: Json) -> Json:
    """Return *schema* without an empty ``properties``, which Gemini refuses, and with its type in lower case."""
    kept = {name: value for name, value in schema.items() if (name, value) != ("properties", {})}
    type_ = kept.get("type")
    return {**kept, "type": type_.lower()} if isinstance(type_, str) else kept


def _choice(config: Json) -> ToolChoice:
    settings = _camel_case(config)
    names, mode = texts(settings, "allowedFunctionNames"), text(settings, "mode") if settings else "AUTO"
    if mode not in _CHOICES:
        raise ValueError(f"function_calling_config.mode: {mode}")
    return NamedTool(names[0]) if mode == "ANY" and len(names) == 1 else _CHOICES[mode]


def _output(config: Json) -> OutputFormat | None:
    settings = _camel_case(config)
    name = "responseJsonSchema" if "responseJsonSchema" in settings else "responseSchema"
    match settings.get("responseMimeType"):
        case None | "text/plain":
            return None
        case "application/json":
            return JsonSchemaOutput(name=_SCHEMA, schema=fields(settings, name)) if name in settings else JsonOutput()
        case other:
            raise ValueError(f"response_mime_type: {other}")


def _settings(body: Json, config: Json) -> ChatSettings:
    settings = _camel_case(config)
    unknown = {name: value for name, value in config.items() if _camel_case_name(name) not in _CONFIG_FIELDS}
    return ChatSettings(
        temperature=number(settings, "temperature"),
        top_p=number(settings, "topP"),
        max_tokens=integer(settings, "maxOutputTokens"),
        stop=texts(settings, "stopSequences"),
        seed=integer(settings, "seed"),
        presence_penalty=number(settings, "presencePenalty"),
        frequency_penalty=number(settings, "frequencyPenalty"),
        reasoning_effort=_effort_of_thinking(_camel_case(fields(settings, "thinkingConfig"))),
        service_tier=optional_text(_camel_case(body), "serviceTier"),
        extra={
            **{name: value for name, value in body.items() if _camel_case_name(name) not in _KNOWN_FIELDS},
            **unknown,
        },
    )


def _effort_of_thinking(config: Json) -> ReasoningEffort | None:
    budget = integer(config, "thinkingBudget")
    return effort(config.get("thinkingLevel")) if budget is None else effort_of_budget(budget)
